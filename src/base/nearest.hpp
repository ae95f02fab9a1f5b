#pragma once

#include <span>
#include <string_view>

namespace certherald {

// The known word that was probably meant: the first of the nearest that are at most two edits away
// (Levenshtein), "" where none is. Words of more than 32 bytes are near to nothing.
[[nodiscard]] std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

}  // namespace certherald
