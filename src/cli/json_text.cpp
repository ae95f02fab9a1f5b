#include "cli/json_text.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.hpp"

namespace certherald::cli {
namespace {

// Is this character, though JSON lets it stand as it is, an order to a terminal: DEL, C1 (U+009B starts a
// sequence as ESC [ does), line separators, bidirectional overrides? `at` are the bytes of well-formed UTF-8.
std::size_t length_of_order(std::string_view at) {
  const auto byte = [at](std::size_t i) { return static_cast<std::uint8_t>(at[i]); };
  if (byte(0) == 0x7f) return 1;
  if (at.size() >= 2 && byte(0) == 0xc2 && byte(1) < 0xa0) return 2;
  if (at.size() < 3) return 0;
  const std::uint32_t three = std::uint32_t{byte(0)} << 16U | std::uint32_t{byte(1)} << 8U | byte(2);
  const bool marks = three == 0xe2808e || three == 0xe2808f || three == 0xefbbbf;
  const bool separators_and_overrides = three >= 0xe280a8 && three <= 0xe280ae;
  const bool isolates = three >= 0xe281a6 && three <= 0xe281a9;
  return marks || separators_and_overrides || isolates ? 3 : 0;
}

// Beyond ASCII there is only text inside strings, where the escape means the same.
std::string without_orders(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  while (!line.empty()) {
    const std::size_t length = length_of_order(line);
    if (length == 0) {
      out += line.front();
      line.remove_prefix(1);
      continue;
    }
    constexpr std::array<std::uint32_t, 4> lead_bits = {0, 0x7f, 0x1f, 0x0f};
    std::uint32_t c = static_cast<std::uint8_t>(line.front()) & lead_bits[length];
    for (std::size_t i = 1; i < length; ++i) c = c << 6U | (static_cast<std::uint8_t>(line[i]) & 0x3fU);
    out += fmt::format("\\u{:04x}", c);
    line.remove_prefix(length);
  }
  return out;
}

}  // namespace

boost::json::value json_text(std::string_view bytes) { return boost::json::string(to_utf8(bytes)); }

std::string json_serialized(const boost::json::value& value) {
  return without_orders(boost::json::serialize(value));
}

}  // namespace certherald::cli
