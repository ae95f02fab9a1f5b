#pragma once

#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace certherald::cli {

// Every string that a server sent goes through here: JSON text is UTF-8 and servers send anything.
[[nodiscard]] boost::json::value json_text(std::string_view bytes);

// One line without its end (RFC 8259). What would be an order to a terminal is escaped.
[[nodiscard]] std::string json_serialized(const boost::json::value& value);

}  // namespace certherald::cli
