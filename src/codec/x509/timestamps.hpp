#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald::codec::x509 {

// A log's promise that it has seen a certificate: SignedCertificateTimestamp (RFC 6962 section 3.2).
struct SignedTimestamp {
  std::uint8_t version = 0;            // 0 is v1, the only one that is understood
  std::array<std::uint8_t, 32> log{};  // SHA-256 of the log's SubjectPublicKeyInfo
  std::uint64_t millis = 0;            // since 1970
  Bytes extensions;
  std::uint8_t hash = 0;       // RFC 5246 section 7.4.1.4.1; 4 is SHA-256, which section 2.1.4 demands
  std::uint8_t algorithm = 0;  // the same; 1 is RSA, 3 ECDSA
  Bytes signature;

  [[nodiscard]] Instant at() const;  // cut at the end of the year 9999

  friend bool operator==(const SignedTimestamp&, const SignedTimestamp&) = default;
};

inline constexpr std::size_t max_timestamps = 64;

// Reads a SignedCertificateTimestampList (RFC 6962 section 3.3) of exactly these bytes. `invalid_input` where
// lengths do not fit, `too_large` beyond max_timestamps. One of another version is kept with its version
// alone.
[[nodiscard]] Result<std::vector<SignedTimestamp>> parse_timestamps(ByteView list);

// Has the log with this SubjectPublicKeyInfo signed a timestamp that is embedded in the certificate `leaf`,
// which `issuer` issued (all DER)? `false` for whatever cannot be read.
[[nodiscard]] bool verify_timestamp(const SignedTimestamp& timestamp, ByteView leaf, ByteView issuer,
                                    ByteView log_key);

}  // namespace certherald::codec::x509
