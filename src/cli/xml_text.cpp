#include "cli/xml_text.hpp"

#include <cstdint>

#include "base/text.hpp"

namespace certherald::cli {
namespace {

// Bytes of the character at the front that XML cannot hold; 0 where it can.
std::size_t length_of_unfit(std::string_view at) {
  const auto byte = [at](std::size_t i) { return static_cast<std::uint8_t>(at[i]); };
  if (byte(0) == 0x7f) return 1;
  if (byte(0) < 0x20) return byte(0) == '\n' || byte(0) == '\t' ? 0 : 1;
  if (byte(0) == 0xc2 && at.size() >= 2 && byte(1) < 0xa0) return 2;
  const bool non_character = byte(0) == 0xef && at.size() >= 3 && byte(1) == 0xbf && byte(2) >= 0xbe;
  return non_character ? 3 : 0;
}

std::string_view reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
      return "&#10;";
    case '\t':
      return "&#9;";
    default:
      return {};
  }
}

}  // namespace

std::string xml_text(std::string_view bytes) {
  const std::string text = to_utf8(bytes);
  std::string out;
  out.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t unfit = length_of_unfit(rest);
    if (unfit == 0) {
      const std::string_view escaped = reference(rest.front());
      if (escaped.empty()) {
        out += rest.front();
      } else {
        out += escaped;
      }
    }
    rest.remove_prefix(unfit == 0 ? 1 : unfit);
  }
  return out;
}

}  // namespace certherald::cli
