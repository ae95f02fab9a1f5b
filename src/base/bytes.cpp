#include "base/bytes.hpp"

#include <array>
#include <cassert>

namespace certherald {
namespace {

constexpr std::uint8_t not_hex = 0x80;

// A look-up: the digits of a certificate are random, and a branch for each is guessed wrong half of the time.
constexpr auto nibbles = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_hex);
  for (std::uint8_t i = 0; i < 10; ++i) table['0' + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    table['a' + i] = static_cast<std::uint8_t>(10 + i);
    table['A' + i] = static_cast<std::uint8_t>(10 + i);
  }
  return table;
}();

}  // namespace

std::string to_hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  char* out = text.data();
  for (const std::uint8_t byte : bytes) {
    *out++ = digits[byte >> 4U];
    *out++ = digits[byte & 15U];
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes(text.size() / 2);
  const ByteView digits = as_bytes(text);
  std::uint8_t seen = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t high = nibbles[digits[2 * i]];
    const std::uint8_t low = nibbles[digits[2 * i + 1]];
    seen |= high | low;
    bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  if ((seen & not_hex) != 0) return std::nullopt;
  return bytes;
}

std::optional<std::uint32_t> ByteReader::number(std::size_t width) {
  if (view_.size() < width) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8U | view_[i];
  view_ = view_.subspan(width);
  return value;
}

std::optional<ByteView> ByteReader::vector(std::size_t width) {
  const ByteView before = view_;
  const auto length = number(width);
  if (length) {
    if (auto body = take(*length)) return body;
  }
  view_ = before;
  return std::nullopt;
}

std::optional<std::uint8_t> ByteReader::u8() {
  const auto value = number(1);
  return value ? std::optional(static_cast<std::uint8_t>(*value)) : std::nullopt;
}

std::optional<std::uint16_t> ByteReader::u16() {
  const auto value = number(2);
  return value ? std::optional(static_cast<std::uint16_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> ByteReader::u24() { return number(3); }
std::optional<std::uint32_t> ByteReader::u32() { return number(4); }

std::optional<ByteView> ByteReader::take(std::size_t count) {
  if (view_.size() < count) return std::nullopt;
  const ByteView taken = view_.first(count);
  view_ = view_.subspan(count);
  return taken;
}

std::optional<ByteView> ByteReader::vector8() { return vector(1); }
std::optional<ByteView> ByteReader::vector16() { return vector(2); }
std::optional<ByteView> ByteReader::vector24() { return vector(3); }

ByteWriter& ByteWriter::number(std::uint32_t value, std::size_t width) {
  assert(width == 4 || value < (std::uint32_t{1} << (8U * width)));
  for (std::size_t i = width; i > 0; --i) out_.push_back(static_cast<std::uint8_t>(value >> (8U * (i - 1))));
  return *this;
}

ByteWriter& ByteWriter::vector(ByteView value, std::size_t width) {
  assert(value.size() < (std::size_t{1} << (8U * width)));
  number(static_cast<std::uint32_t>(value.size()), width);
  return bytes(value);
}

ByteWriter& ByteWriter::u8(std::uint8_t value) { return number(value, 1); }
ByteWriter& ByteWriter::u16(std::uint16_t value) { return number(value, 2); }
ByteWriter& ByteWriter::u24(std::uint32_t value) { return number(value, 3); }
ByteWriter& ByteWriter::u32(std::uint32_t value) { return number(value, 4); }

ByteWriter& ByteWriter::bytes(ByteView value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

ByteWriter& ByteWriter::vector8(ByteView value) { return vector(value, 1); }
ByteWriter& ByteWriter::vector16(ByteView value) { return vector(value, 2); }
ByteWriter& ByteWriter::vector24(ByteView value) { return vector(value, 3); }

}  // namespace certherald
