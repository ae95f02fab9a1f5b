#pragma once

// Just enough DER (X.690) to walk a long list without making objects of it. Only for this folder.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace certherald::codec::revocation {

struct DerElement {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;  // with tag and length
};

// Tags of one byte, definite lengths of at most four bytes. What does not fit is nothing and is not read.
class DerReader {
 public:
  explicit DerReader(ByteView view) : view_(view) {}
  [[nodiscard]] bool empty() const { return view_.empty(); }
  [[nodiscard]] std::uint8_t peek() const { return view_.empty() ? 0 : view_.front(); }  // 0: at the end

  [[nodiscard]] std::optional<DerElement> next() {
    constexpr std::uint8_t long_tag = 0x1f;
    constexpr std::uint8_t long_length = 0x80;
    ByteReader reader(view_);
    const auto tag = reader.u8();
    const auto first = reader.u8();
    if (!tag || !first || (*tag & long_tag) == long_tag) return std::nullopt;
    std::size_t length = *first;
    if (*first >= long_length) {
      const auto bytes = reader.take(*first & 0x7fU);
      if (!bytes || bytes->empty() || bytes->size() > 4) return std::nullopt;
      length = 0;
      for (const std::uint8_t byte : *bytes) length = (length << 8U) | byte;
    }
    const auto content = reader.take(length);
    if (!content) return std::nullopt;
    const ByteView whole = view_.first(view_.size() - reader.left());
    view_ = reader.rest();
    return DerElement{*tag, *content, whole};
  }

  // The next element where it has this tag.
  [[nodiscard]] std::optional<DerElement> next(std::uint8_t tag) {
    return peek() == tag ? next() : std::nullopt;
  }

 private:
  ByteView view_;
};

inline constexpr std::uint8_t der_boolean = 0x01;
inline constexpr std::uint8_t der_integer = 0x02;
inline constexpr std::uint8_t der_bits = 0x03;
inline constexpr std::uint8_t der_octets = 0x04;
inline constexpr std::uint8_t der_oid = 0x06;
inline constexpr std::uint8_t der_utc_time = 0x17;
inline constexpr std::uint8_t der_general_time = 0x18;
inline constexpr std::uint8_t der_sequence = 0x30;
inline constexpr std::uint8_t der_context_0 = 0xa0;

[[nodiscard]] constexpr bool is_time(std::uint8_t tag) {
  return tag == der_utc_time || tag == der_general_time;
}

}  // namespace certherald::codec::revocation
