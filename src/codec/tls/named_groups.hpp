#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace certherald::codec::tls {

enum class GroupKind : std::uint8_t { elliptic, finite_field, hybrid };

// RFC 8446 section 4.2.7, RFC 8422, RFC 7919, RFC 7027, RFC 8734, and the hybrids with ML-KEM.
struct NamedGroup {
  std::uint16_t code = 0;
  std::string_view name;  // as IANA registered it, in lower case
  GroupKind kind = GroupKind::elliptic;
  int bits = 0;        // of the field or the prime; of the classical part for hybrids
  bool tls12 = true;   // may be offered up to TLS 1.2
  bool tls13 = false;  // may be offered in TLS 1.3
};

// The most usual first: the order in which hellos offer them.
[[nodiscard]] std::span<const NamedGroup> all_named_groups();
[[nodiscard]] const NamedGroup* find_named_group(std::uint32_t code);  // nullptr where unknown
[[nodiscard]] std::string named_group_name(std::uint32_t code);        // or "unknown 0xabcd"

}  // namespace certherald::codec::tls
