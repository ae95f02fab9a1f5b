#include "base/bytes.hpp"

#include <cassert>

namespace certherald {
namespace {

std::optional<std::uint8_t> nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = nibble(text[i]);
    const auto low = nibble(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
  }
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
