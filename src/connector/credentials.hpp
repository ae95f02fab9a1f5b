#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/delivery.hpp"

namespace certherald::connector {

// What proves who we are, for one call.
struct Credentials {
  std::pair<std::string, std::string> header;
  std::vector<std::string> secrets;  // what must not be repeated to anybody
};

// "Basic <base64 of user:password>" (RFC 7617; RFC 4648 section 4 with padding).
[[nodiscard]] std::string basic_credentials(std::string_view user, std::string_view password);

// The outcome without what a system repeats of our secrets in its words.
[[nodiscard]] model::Outcome without_secrets(model::Outcome outcome, const Credentials& credentials);

}  // namespace certherald::connector
