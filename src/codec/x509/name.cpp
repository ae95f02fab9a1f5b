#include "codec/x509/name.hpp"

#include <arpa/inet.h>

#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/lenient.hpp"

namespace certherald::codec::x509 {
namespace {

ByteView bytes_of(const ASN1_STRING* text) {
  return {ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void append_code_point(std::string& out, char32_t c) {
  const auto put = [&out](char32_t value) { out += static_cast<char>(value); };
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) c = 0xfffd;
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | c >> 6U);
    put(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0U | c >> 12U);
    put(0x80U | (c >> 6U & 0x3fU));
    put(0x80U | (c & 0x3fU));
  } else {
    put(0xf0U | c >> 18U);
    put(0x80U | (c >> 12U & 0x3fU));
    put(0x80U | (c >> 6U & 0x3fU));
    put(0x80U | (c & 0x3fU));
  }
}

std::string from_latin1(ByteView bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) append_code_point(out, byte);
  return out;
}

// BMPString is UCS-2, but surrogate pairs occur and are read as what they mean.
std::string from_utf16(ByteView bytes) {
  std::string out;
  ByteReader reader(bytes);
  while (const auto unit = reader.u16()) {
    char32_t c = *unit;
    if (c >= 0xd800 && c < 0xdc00) {
      ByteReader ahead = reader;
      const auto low = ahead.u16();
      if (low && *low >= 0xdc00 && *low < 0xe000) {
        c = 0x10000U + ((c - 0xd800U) << 10U) + (*low - 0xdc00U);
        reader = ahead;
      }
    }
    append_code_point(out, c);
  }
  if (!reader.empty()) append_code_point(out, 0xfffd);
  return out;
}

std::string from_utf32(ByteView bytes) {
  std::string out;
  ByteReader reader(bytes);
  while (const auto unit = reader.u32()) append_code_point(out, *unit);
  if (!reader.empty()) append_code_point(out, 0xfffd);
  return out;
}

// Nothing where the value is no character string.
std::optional<std::string> text_of(const ASN1_STRING* value) {
  const ByteView bytes = bytes_of(value);
  switch (ASN1_STRING_type(value)) {
    case V_ASN1_BMPSTRING:
    case odd_utf16_type:
      return from_utf16(bytes);
    case V_ASN1_UNIVERSALSTRING:
      return from_utf32(bytes);
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_VISIBLESTRING:
    case V_ASN1_GENERALSTRING:
      return to_utf8(as_text(bytes));
    case V_ASN1_T61STRING:
      // T.61 in name only: what is found is UTF-8 or Latin-1.
      return is_utf8(as_text(bytes)) ? std::string(as_text(bytes)) : from_latin1(bytes);
    default:
      return std::nullopt;
  }
}

// A NUL ends strings in many a tool behind us; shown, it can neither hide nor cut what follows.
std::string show_nul(std::string text) {
  for (auto at = text.find('\0'); at != std::string::npos; at = text.find('\0', at + 3)) {
    text.replace(at, 1, "\\00");
  }
  return text;
}

// RFC 4514 section 2.4.
std::string escape_value(std::string_view text) {
  constexpr std::string_view special = "\"+,;<>\\";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool first = i == 0;
    const bool last = i + 1 == text.size();
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += '\\';
      out += to_hex(ByteView(&byte, 1));
      continue;
    }
    const bool edge = (c == ' ' && (first || last)) || (c == '#' && first);
    if (edge || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// "#" and the BER of the value in hex: RFC 4514 section 2.4 for values that are no string.
std::string hex_value(const ASN1_STRING* value) { return "#" + to_hex(bytes_of(value)); }

std::string attribute_type(const ASN1_OBJECT* object) {
  const int nid = OBJ_obj2nid(object);
  if (nid == NID_undef) return oid_text(object);
  return OBJ_nid2sn(nid);
}

std::string entry_text(const X509_NAME_ENTRY* entry) {
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
  const auto text = text_of(value);
  return attribute_type(X509_NAME_ENTRY_get_object(entry)) + "=" +
         (text ? escape_value(*text) : hex_value(value));
}

std::optional<std::string> address_text(ByteView bytes) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const int family = bytes.size() == 4 ? AF_INET : AF_INET6;
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  return std::string(inet_ntop(family, bytes.data(), out.data(), out.size()));
}

}  // namespace

std::string oid_text(const ASN1_OBJECT* object) {
  std::array<char, 256> out{};
  const int length = OBJ_obj2txt(out.data(), static_cast<int>(out.size()), object, 1);
  if (length <= 0) return "unknown";
  return {out.data()};
}

std::string name_text(const X509_NAME* name) {
  std::string out;
  int previous_set = -1;
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    const int set = X509_NAME_ENTRY_set(entry);
    if (!out.empty()) out += set == previous_set ? '+' : ',';
    previous_set = set;
    out += entry_text(entry);
  }
  return out;
}

std::string last_common_name(const X509_NAME* name) {
  const X509_NAME_ENTRY* last = nullptr;
  for (int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) {
    last = X509_NAME_get_entry(name, at);
  }
  if (last == nullptr) return {};
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(last);
  const auto text = text_of(value);
  return text ? show_nul(*text) : hex_value(value);
}

AlternativeNames alternative_names(const STACK_OF(X509_EXTENSION) * extensions) {
  const QuietErrors quiet;
  AlternativeNames out;
  const GeneralNamesHandle names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_DNS && type != GEN_IPADD) continue;
    const ByteView bytes = bytes_of(static_cast<const ASN1_STRING*>(value));
    if (type == GEN_DNS) {
      out.dns.push_back(lower_ascii(show_nul(to_utf8(as_text(bytes)))));
    } else if (const auto address = address_text(bytes)) {
      out.ip.push_back(*address);
    }
  }
  return out;
}

}  // namespace certherald::codec::x509
