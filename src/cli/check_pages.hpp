#pragma once

#include <span>
#include <string_view>

namespace certherald::cli {

struct CheckPage {
  std::string_view id;
  std::string_view text;  // Markdown, as it stands in doc/checks
};

// The pages of doc/checks, sorted by id, built into the program.
[[nodiscard]] std::span<const CheckPage> check_pages();

// "" where there is none.
[[nodiscard]] std::string_view check_page(std::string_view id);

}  // namespace certherald::cli
