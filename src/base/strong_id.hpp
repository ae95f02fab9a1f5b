#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace certherald {

// A database row's identity that cannot be mixed up with another table's. 0 is "not stored yet".
template <class Tag>
struct StrongId {
  std::int64_t value = 0;

  [[nodiscard]] constexpr bool stored() const { return value != 0; }
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

}  // namespace certherald

template <class Tag>
struct std::hash<certherald::StrongId<Tag>> {
  std::size_t operator()(const certherald::StrongId<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
