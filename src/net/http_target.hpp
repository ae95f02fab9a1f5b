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

// The URL that `reference`, a Location header, means where `base` was asked (RFC 3986 section 5). `protocol`
// where that is no URL.
[[nodiscard]] Result<std::string> resolve_reference(const std::string& base, std::string_view reference);

}  // namespace certherald::net
