#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace certherald {

// The names of an enum whose values count up from 0, in that order.
template <class Enum, std::size_t N>
struct EnumNames {
  std::array<std::string_view, N> names;

  [[nodiscard]] constexpr std::string_view name(Enum value) const {
    return names[static_cast<std::size_t>(value)];
  }
  [[nodiscard]] constexpr std::optional<Enum> find(std::string_view text) const {
    for (std::size_t i = 0; i < N; ++i) {
      if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
  }
};

}  // namespace certherald
