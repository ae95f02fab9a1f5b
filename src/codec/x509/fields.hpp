#pragma once

// Fields of a certificate as values. Only for .cpp files of this module: it speaks of OpenSSL's types.

#include <openssl/x509.h>

#include <string>

#include "base/clock.hpp"

namespace certherald::codec::x509 {

// What a time that cannot be read becomes: see parse_certificate.
inline constexpr Instant earliest = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
inline constexpr Instant latest = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + Seconds(86'399);
[[nodiscard]] Instant instant_of(const ASN1_TIME* time, Instant when_unreadable);

// Lower hex of whole bytes, "-" before a negative one.
[[nodiscard]] std::string serial_text(const ASN1_INTEGER* serial);

// The library's long name, else the OID.
[[nodiscard]] std::string algorithm_text(const X509_ALGOR* algorithm);

// "P-256"; the library's short name where NIST has none, else `group` itself.
[[nodiscard]] std::string curve_text(std::string_view group);

}  // namespace certherald::codec::x509
