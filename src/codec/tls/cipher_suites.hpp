#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace certherald::codec::tls {

// SCSVs are no suites and stand outside the table.
inline constexpr std::uint16_t empty_renegotiation_info_scsv = 0x00ff;  // RFC 5746 section 3.3
inline constexpr std::uint16_t fallback_scsv = 0x5600;                  // RFC 7507

enum class KeyExchange : std::uint8_t {
  null,
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
  sm2,
  fortezza,
  tls13,  // chosen apart from the suite
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
  sm2,
  fortezza,
  tls13,  // chosen apart from the suite
};

enum class Mode : std::uint8_t { null, stream, cbc, aead };

// How bad a suite is, worst first; each suite is in exactly the first class that holds it, while
// `CipherInfo` tells all that apply.
struct WeakClasses {
  bool null_cipher = false;  // no encryption
  bool anonymous = false;    // no authentication
  bool export_grade = false;
  bool low = false;      // DES, RC2, RC4, MD5
  bool block64 = false;  // 3DES and IDEA

  [[nodiscard]] bool any() const { return null_cipher || anonymous || export_grade || low || block64; }
  friend bool operator==(const WeakClasses&, const WeakClasses&) = default;
};

struct CipherInfo {
  std::uint16_t code = 0;
  std::string_view name;  // as IANA registered it, or the name it is known by where it never was
  KeyExchange key_exchange = KeyExchange::null;
  Authentication authentication = Authentication::none;
  Mode mode = Mode::null;
  int bits = 0;  // effective key bits of the encryption; 3DES counts 112
  WeakClasses weak;
  bool aead_only = false;  // needs TLS 1.2 (RFC 5246 or later hash or AEAD)
  bool tls13 = false;      // TLS 1.3 only

  [[nodiscard]] bool forward_secret() const;
  [[nodiscard]] bool elliptic() const;  // needs supported_groups and ec_point_formats
  [[nodiscard]] bool cbc() const { return mode == Mode::cbc; }
};

// Sorted by code.
[[nodiscard]] std::span<const CipherInfo> all_cipher_suites();
[[nodiscard]] const CipherInfo* find_cipher_suite(std::uint32_t code);  // nullptr where unknown

// The name, or "unknown 0xabcd".
[[nodiscard]] std::string cipher_suite_name(std::uint32_t code);

}  // namespace certherald::codec::tls
