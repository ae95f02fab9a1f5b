#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace certherald {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] std::string to_hex(ByteView bytes);                    // lower case
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);  // even length, either case
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads big-endian fields from a view it does not own; never past the end. A read that does not fit
// returns nothing and leaves the position where it was.
class ByteReader {
 public:
  explicit ByteReader(ByteView view) : view_(view) {}

  [[nodiscard]] bool empty() const { return view_.empty(); }
  [[nodiscard]] std::size_t left() const { return view_.size(); }
  [[nodiscard]] ByteView rest() const { return view_; }

  [[nodiscard]] std::optional<std::uint8_t> u8();
  [[nodiscard]] std::optional<std::uint16_t> u16();
  [[nodiscard]] std::optional<std::uint32_t> u24();
  [[nodiscard]] std::optional<std::uint32_t> u32();
  [[nodiscard]] std::optional<ByteView> take(std::size_t count);
  // A vector with a length of 1, 2 or 3 bytes in front (RFC 8446 section 3.4).
  [[nodiscard]] std::optional<ByteView> vector8();
  [[nodiscard]] std::optional<ByteView> vector16();
  [[nodiscard]] std::optional<ByteView> vector24();

 private:
  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t width);
  [[nodiscard]] std::optional<ByteView> vector(std::size_t width);

  ByteView view_;
};

// Appends big-endian fields. Lengths that do not fit their field are a bug of the caller (assert).
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value);
  ByteWriter& u16(std::uint16_t value);
  ByteWriter& u24(std::uint32_t value);
  ByteWriter& u32(std::uint32_t value);
  ByteWriter& bytes(ByteView value);
  ByteWriter& vector8(ByteView value);
  ByteWriter& vector16(ByteView value);
  ByteWriter& vector24(ByteView value);

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] ByteView view() const { return out_; }
  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  ByteWriter& number(std::uint32_t value, std::size_t width);
  ByteWriter& vector(ByteView value, std::size_t width);

  Bytes out_;
};

}  // namespace certherald
