#include "codec/x509/pem.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace certherald::codec::x509 {
namespace {

constexpr std::string_view begin = "-----BEGIN ";
constexpr std::string_view end = "-----END ";
constexpr std::string_view dashes = "-----";

// "CERTIFICATE" from a line "-----BEGIN CERTIFICATE-----".
std::optional<std::string_view> label_of(std::string_view line, std::string_view start) {
  line = trim(line);
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  if (!line.starts_with(start) || !line.ends_with(dashes)) return std::nullopt;
  line.remove_prefix(start.size());
  if (line.size() <= dashes.size()) return std::nullopt;
  line.remove_suffix(dashes.size());
  return line;
}

constexpr std::uint8_t not_base64 = 0xff;

// A look-up: the digits of a certificate are random, and a branch for each kind is guessed wrong too often.
constexpr auto base64_digits = [] {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::uint8_t, 256> table{};
  table.fill(not_base64);
  std::uint8_t value = 0;
  for (const char digit : digits) table[static_cast<std::uint8_t>(digit)] = value++;
  return table;
}();

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Result<std::vector<PemBlock>> pem_blocks(std::string_view text) {
  std::vector<PemBlock> blocks;
  std::optional<PemBlock> open;
  std::size_t body_at = 0;
  std::size_t number = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, stop - at);
    const std::size_t next = std::min(stop + 1, text.size());
    ++number;
    if (const auto label = label_of(line, begin)) {
      if (open) break;
      open = PemBlock{*label, {}, number};
      body_at = next;
    } else if (open && label_of(line, end) == open->label) {
      open->body = text.substr(body_at, at - body_at);
      blocks.push_back(*open);
      open.reset();
    }
    at = next;
  }
  if (open) {
    return fail(ErrorKind::invalid_input, "line {}: the block '{}' does not end", open->line,
                truncate(single_line(open->label), 60));
  }
  return blocks;
}

Result<Bytes> decode_pem(const PemBlock& block) {
  const auto broken = [&block] {
    return fail(ErrorKind::invalid_input, "line {}: the block is not base64", block.line);
  };
  Bytes out;
  out.reserve(block.body.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : block.body) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const std::uint8_t digit = base64_digits[static_cast<std::uint8_t>(c)];
    if (digit == not_base64 || padding > 0) return broken();
    group = group << 6U | digit;
    if (++digits % 4 != 0) continue;
    out.push_back(static_cast<std::uint8_t>(group >> 16U));
    out.push_back(static_cast<std::uint8_t>(group >> 8U));
    out.push_back(static_cast<std::uint8_t>(group));
    group = 0;
  }
  const std::size_t left = digits % 4;
  if (left == 1 || (digits + padding) % 4 != 0 || padding > 2) return broken();
  if (left == 2) out.push_back(static_cast<std::uint8_t>(group >> 4U));
  if (left == 3) {
    out.push_back(static_cast<std::uint8_t>(group >> 10U));
    out.push_back(static_cast<std::uint8_t>(group >> 2U));
  }
  return out;
}

}  // namespace certherald::codec::x509
