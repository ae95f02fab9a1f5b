#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace certherald::app {

struct ListenAddress {
  std::string address;  // IP address in text
  std::uint16_t port = 0;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// "127.0.0.1:9180", "[::1]:9180"; port 0 lets the system choose. Names are refused: they may come to mean
// more than the loopback address.
[[nodiscard]] Result<ListenAddress> parse_listen(std::string_view text);
[[nodiscard]] std::string to_string(const ListenAddress& at);

}  // namespace certherald::app
