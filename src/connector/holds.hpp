#pragma once

#include <algorithm>
#include <ranges>

namespace certherald::connector {

// std::ranges::contains of C++23, which libstdc++ 12 has not.
template <std::ranges::input_range Range, class Value>
[[nodiscard]] constexpr bool holds(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace certherald::connector
