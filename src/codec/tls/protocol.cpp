#include "codec/tls/protocol.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace certherald::codec::tls {
namespace {

struct AlertName {
  std::uint8_t description;
  std::string_view name;
};

// RFC 8446 section 6 and appendix B.2, RFC 5246 section 7.2, RFC 6101 section 5.4.
constexpr auto alert_names = std::to_array<AlertName>({
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {21, "decryption_failed"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {41, "no_certificate"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {114, "bad_certificate_hash_value"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
});

}  // namespace

std::string describe(const Alert& alert) {
  const auto found = std::ranges::find(alert_names, alert.description, &AlertName::description);
  if (found == alert_names.end()) return fmt::format("alert {}", alert.description);
  return fmt::format("alert {} {}", alert.description, found->name);
}

std::uint16_t wire_version(model::ProtocolVersion version) {
  using enum model::ProtocolVersion;
  switch (version) {
    case ssl2:
      return 0x0002;
    case ssl3:
      return 0x0300;
    case tls10:
      return 0x0301;
    case tls11:
      return 0x0302;
    case tls12:
      return 0x0303;
    case tls13:
      return 0x0304;
  }
  return 0x0303;
}

std::optional<model::ProtocolVersion> version_from_wire(std::uint16_t wire) {
  using enum model::ProtocolVersion;
  for (const auto version : {ssl3, tls10, tls11, tls12, tls13}) {
    if (wire_version(version) == wire) return version;
  }
  return std::nullopt;
}

}  // namespace certherald::codec::tls
