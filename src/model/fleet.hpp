#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace certherald::model {

// The checks that compare the certificates of the inventory with each other. A vulnerability scan asks them
// once it has scanned; they are no question to one address.
inline constexpr auto fleet_checks =
    std::to_array<std::string_view>({"shared_key", "duplicate_serial", "batch_gcd"});

[[nodiscard]] constexpr bool is_fleet_check(std::string_view id) {
  return std::ranges::find(fleet_checks, id) != fleet_checks.end();
}

}  // namespace certherald::model
