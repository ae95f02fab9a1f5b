#pragma once

#include <algorithm>
#include <cstddef>

namespace certherald::app {

// How several nodes share what a run scans. Whoever comes first must not take all of a small estate, and what
// a node holds beyond what it can do at once is lost to the others.

inline constexpr std::size_t least_claimed = 8;
inline constexpr std::size_t most_claimed = 256;
inline constexpr std::size_t claimed_part = 8;                         // of what is free
inline constexpr std::size_t most_free = most_claimed * claimed_part;  // more free ones need not be counted

// Endpoints that a node claims next where so many are free: fewer as the end comes near.
[[nodiscard]] constexpr std::size_t claim_size(std::size_t free) {
  return std::clamp(free / claimed_part, least_claimed, most_claimed);
}

inline constexpr std::size_t least_under_way = 16;

// Endpoints that a node has under way at once, `most` at the most, where it may have so many connections (0
// or more): some wait for a name, a slow host or their turn at one.
[[nodiscard]] constexpr std::size_t under_way(std::size_t connections, std::size_t most) {
  return std::min(std::max(connections * 4, least_under_way), most);
}

}  // namespace certherald::app
