#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "connector/reply.hpp"

namespace certherald::connector::servicedesk_plus {

// The status part of an answer: an object, or for lists an array of them.
struct Status {
  std::int64_t code = 0;  // outer: 2000 is success
  std::vector<std::int64_t> inner;
  std::vector<std::string> fields;  // that messages name
  std::string words;
};

[[nodiscard]] Status read_status(const boost::json::object& object);

// The object of an answer that is a success in every way, or what it means: wrong keys come as HTTP 400 with
// an inner 401, a lock-out as words.
[[nodiscard]] std::expected<boost::json::object, model::Outcome> read_success(const HttpReply& reply,
                                                                              Call call);

}  // namespace certherald::connector::servicedesk_plus
