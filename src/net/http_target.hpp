#pragma once

#include <string>

#include "base/result.hpp"
#include "net/http.hpp"

namespace certherald::net {

// The host that a request connects to first: its proxy's, or its URL's. Split by libcurl, so that nobody
// reads a URL otherwise than the code that connects.
struct ConnectTarget {
  std::string host;  // name (A-labels, lower case) or address without brackets
  std::string port;
  std::string proxy_user;  // to keep it out of messages, decoded; "" for none
  std::string proxy_password;

  friend bool operator==(const ConnectTarget&, const ConnectTarget&) = default;
};

// Checks the whole request: invalid_input says what is wrong without repeating a secret.
[[nodiscard]] Result<ConnectTarget> check_request(const HttpRequest& request);

}  // namespace certherald::net
