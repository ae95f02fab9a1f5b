#pragma once

#include <string>
#include <string_view>

namespace certherald::store {

// Settings of this name, a connection's name behind, are there while deliveries to it are held; their value
// is when the store was restored.
inline constexpr std::string_view hold_prefix = "hold_deliveries:";

[[nodiscard]] inline std::string hold_name(std::string_view connection) {
  return std::string(hold_prefix).append(connection);
}

}  // namespace certherald::store
