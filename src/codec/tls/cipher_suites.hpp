#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/observation.hpp"

namespace certherald::codec::tls {

// SCSVs are no suites and stand outside the table.
inline constexpr std::uint16_t empty_renegotiation_info_scsv = 0x00ff;  // RFC 5746 section 3.3
inline constexpr std::uint16_t fallback_scsv = 0x5600;                  // RFC 7507

enum class KeyExchange : std::uint8_t {
  rsa,
  rsa_export,
  dh,
  dh_export,
  dhe,
  dhe_export,
  ecdh,
  ecdhe,
  dh_anon,
  dh_anon_export,
  ecdh_anon,
  psk,
  dhe_psk,
  rsa_psk,
  ecdhe_psk,
  krb5,
  krb5_export,
  srp,
  gost,
  eccpwd,
  negotiated,  // TLS 1.3: chosen apart from the suite
};

enum class Authentication : std::uint8_t {
  none,
  anonymous,
  rsa,
  dss,
  ecdsa,
  psk,
  krb5,
  srp,
  gost,
  negotiated,  // TLS 1.3: chosen apart from the suite
};

enum class Mode : std::uint8_t { null, stream, cbc, aead };

// What makes a suite weak. More than one may hold: TLS_DH_anon_EXPORT_WITH_RC4_40_MD5 is anonymous and
// EXPORT. `low` and `block64` are only said of suites that are not anonymous, EXPORT or without encryption.
struct WeakClasses {
  bool null_cipher = false;   // no encryption
  bool anonymous = false;     // no authentication
  bool export_grade = false;  // 40 or 56 bits by law
  bool low = false;           // DES, RC2, RC4, or MD5 as MAC
  bool block64 = false;       // 3DES and IDEA

  [[nodiscard]] bool any() const { return null_cipher || anonymous || export_grade || low || block64; }
  friend bool operator==(const WeakClasses&, const WeakClasses&) = default;
};

struct CipherInfo {
  std::uint32_t code = 0;  // two bytes; three of SSL 2.0
  std::string_view name;   // as IANA registered it, or the name it is known by where it never was
  KeyExchange key_exchange = KeyExchange::rsa;
  Authentication authentication = Authentication::none;
  Mode mode = Mode::null;
  int bits = 0;                                                 // effective; 3DES counts 112
  model::ProtocolVersion since = model::ProtocolVersion::ssl3;  // the oldest version it is made for
  WeakClasses weak;

  [[nodiscard]] bool cbc() const { return mode == Mode::cbc; }
  [[nodiscard]] bool tls13() const { return since == model::ProtocolVersion::tls13; }
  [[nodiscard]] bool forward_secret() const;
  [[nodiscard]] bool elliptic() const;      // needs supported_groups and ec_point_formats
  [[nodiscard]] bool finite_field() const;  // its ServerKeyExchange starts with a DH group
  [[nodiscard]] bool temporary_rsa() const { return key_exchange == KeyExchange::rsa_export; }
  [[nodiscard]] bool sends_certificate() const;
};

// Of SSL 3.0 to TLS 1.3, sorted by code. Those of SSL 2.0 are in ssl2.hpp.
[[nodiscard]] std::span<const CipherInfo> all_cipher_suites();
// One of either table; nullptr where unknown. 0 is SSL 2.0's: TLS has no suite of that number.
[[nodiscard]] const CipherInfo* find_cipher_suite(std::uint32_t code);

// The name, or "unknown 0xabcd".
[[nodiscard]] std::string cipher_suite_name(std::uint32_t code);

}  // namespace certherald::codec::tls
