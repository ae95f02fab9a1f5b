#include "cli/check_pages.hpp"

#include <algorithm>

namespace certherald::cli {

std::string_view check_page(std::string_view id) {
  const auto pages = check_pages();
  const auto at = std::ranges::find(pages, id, &CheckPage::id);
  return at == pages.end() ? std::string_view() : at->text;
}

}  // namespace certherald::cli
