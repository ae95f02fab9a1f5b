#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace certherald {
namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";
constexpr std::string_view replacement = "\xef\xbf\xbd";

struct CodePoint {
  char32_t value;
  std::size_t length;
};

// The code point at the start of `text`, or nothing where the bytes are ill-formed.
std::optional<CodePoint> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return CodePoint{first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return std::nullopt;
  char32_t value = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
    value = value << 6U | (byte(i) & 0x3fU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return std::nullopt;
  return CodePoint{value, length};
}

bool breaks_line(char32_t c) { return c == '\r' || c == '\n' || c == '\t' || c == 0x2028 || c == 0x2029; }

bool is_unsafe(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool bidirectional = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                             c == 0x200f || c == 0x061c;
  return control || bidirectional || c == 0xfeff;
}

}  // namespace

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty() || &part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = decode(text);
    if (!point) return false;
    text.remove_prefix(point->length);
  }
  return true;
}

std::string to_utf8(std::string_view bytes) {
  if (std::ranges::none_of(bytes, [](char c) { return (c & 0x80) != 0; })) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto point = decode(bytes);
    out += point ? bytes.substr(0, point->length) : replacement;
    bytes.remove_prefix(point ? point->length : 1);
  }
  return out;
}

std::string single_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto point = decode(text);
    if (!point || (is_unsafe(point->value) && !breaks_line(point->value))) {
      out += replacement;
    } else if (breaks_line(point->value)) {
      out += ' ';
    } else {
      out += text.substr(0, point->length);
    }
    text.remove_prefix(point ? point->length : 1);
  }
  return out;
}

std::string truncate(std::string_view text, std::size_t limit) {
  std::size_t count = 0;
  std::size_t at = 0;
  std::size_t last = 0;  // where the last code point that is kept starts
  while (at < text.size()) {
    if (count == limit) {
      if (limit == 0) return {};
      return std::string(text.substr(0, last)) + "\xe2\x80\xa6";
    }
    last = at;
    const auto point = decode(text.substr(at));
    at += point ? point->length : 1;
    ++count;
  }
  return std::string(text);
}

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace certherald
