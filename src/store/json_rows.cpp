#include "store/json_rows.hpp"

#include <boost/json.hpp>

#include "store/json_columns.hpp"

namespace certherald::store {

void JsonRows::put(std::string_view text) {
  const std::string clean = storable(text);
  text_ += boost::json::serialize(boost::json::string_view(clean.data(), clean.size()));
}

}  // namespace certherald::store
