#include "base/nearest.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace certherald {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t longest = 32;
  if (a.size() > longest || b.size() > longest) return std::numeric_limits<std::size_t>::max();
  std::array<std::size_t, longest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = 3;  // more edits than two is another word
  for (const std::string_view candidate : known) {
    const std::size_t edits = distance(candidate, word);
    if (edits >= best_distance) continue;
    best = candidate;
    best_distance = edits;
  }
  return best;
}

}  // namespace certherald
