#include "codec/x509/lenient.hpp"

#include <optional>

#include "base/text.hpp"

namespace certherald::codec::x509 {
namespace {

constexpr std::uint8_t constructed = 0x20;
constexpr int max_nesting = 6;  // Certificate, TBSCertificate, Name, RDN, attribute, value

// Where one element (X.690 section 8.1) lies in the whole; only the short forms that DER names have.
struct Element {
  std::uint8_t tag = 0;
  std::size_t tag_at = 0;
  std::size_t content_at = 0;
  std::size_t size = 0;

  [[nodiscard]] std::size_t end() const { return content_at + size; }
};

std::optional<Element> element_at(ByteView der, std::size_t at, std::size_t end) {
  ByteReader reader(der.subspan(at, end - at));
  const auto tag = reader.u8();
  const auto first = reader.u8();
  if (!tag || !first || (*tag & 0x1fU) == 0x1f) return std::nullopt;
  std::size_t size = *first;
  if (*first >= 0x80) {
    const std::size_t width = *first & 0x7fU;
    if (width == 0 || width > 3) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const auto byte = reader.u8();
      if (!byte) return std::nullopt;
      size = size << 8U | *byte;
    }
  }
  if (size > reader.left()) return std::nullopt;
  return Element{*tag, at, end - reader.left(), size};
}

bool has_surrogates(ByteView utf16) {
  ByteReader reader(utf16);
  while (const auto unit = reader.u16()) {
    if (*unit >= 0xd800 && *unit < 0xe000) return true;
  }
  return false;
}

// The type it can pass under; its own where it is well-formed.
std::uint8_t acceptable_type(std::uint8_t tag, ByteView content) {
  switch (tag) {
    case V_ASN1_UTF8STRING:
      return is_utf8(as_text(content)) ? tag : V_ASN1_T61STRING;
    case V_ASN1_BMPSTRING:
      return content.size() % 2 != 0 || has_surrogates(content) ? odd_utf16_type : tag;
    case V_ASN1_UNIVERSALSTRING:
      return V_ASN1_T61STRING;
    default:
      return tag;
  }
}

void retag(Bytes& der, std::size_t at, std::size_t end, int nesting) {
  while (at < end) {
    const auto element = element_at(der, at, end);
    if (!element) return;
    if ((element->tag & constructed) == 0) {
      der[element->tag_at] =
          acceptable_type(element->tag, ByteView(der).subspan(element->content_at, element->size));
    } else if (nesting < max_nesting) {
      retag(der, element->content_at, element->end(), nesting + 1);
    }
    at = element->end();
  }
}

}  // namespace

LenientX509 decode_leniently(ByteView der) {
  X509Handle strict = decode_x509(der);
  if (strict || der.empty()) return {std::move(strict), false};
  Bytes copy(der.begin(), der.end());
  retag(copy, 0, copy.size(), 1);
  return {decode_x509(copy), true};
}

}  // namespace certherald::codec::x509
