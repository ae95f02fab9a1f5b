#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace certherald::render {

using Lines = std::vector<std::string>;

// A piece of a body: lines that always stand, then a list that gives way where room is short.
struct Part {
  enum class Gives : std::uint8_t { with_others, last };  // `last`: once the others have what they keep

  Lines lines = {};
  Lines list = {};
  std::string indent = {};  // of the list's items
  std::size_t keep = 0;     // its first items, which go only when nothing else is left to
  std::size_t most = 200;   // of its items at once, whatever the room
  Gives gives = Gives::with_others;
};

// All parts, a line each. A body longer than `longest` code points (0: no limit) has its lists shortened, the
// longest ones first, each to "and <n> more: <link>"; it stays longer only where lines that always stand are.
// An empty `link` is left out.
[[nodiscard]] std::string lay_out(const std::vector<Part>& parts, std::size_t longest,
                                  const std::string& link);

}  // namespace certherald::render
