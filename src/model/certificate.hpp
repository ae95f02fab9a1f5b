#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace certherald::model {

struct PublicKeyInfo {
  std::string type;         // "rsa", "ec", "ed25519", "ed448", "dsa", "unknown"
  int bits = 0;             // modulus or field size; 0 where unknown
  std::string curve;        // for "ec": "P-256", ... or the OID in dots; else ""
  std::string spki_sha256;  // lower hex, of the whole SubjectPublicKeyInfo

  friend bool operator==(const PublicKeyInfo&, const PublicKeyInfo&) = default;
};

// What a certificate says (RFC 5280), as UTF-8 without any promise that it is safe to show: escape it.
struct Certificate {
  std::string sha256;                     // fingerprint of `der`, lower hex: its identity
  Bytes der;                              // whole, as received
  std::string subject;                    // RFC 4514 text
  std::string common_name;                // the last CN of the subject; "" where there is none
  std::vector<std::string> dns_names;     // SAN dNSName, lower case, in order
  std::vector<std::string> ip_addresses;  // SAN iPAddress, canonical text, in order
  std::string issuer;                     // RFC 4514 text
  std::string
      serial;  // lower hex, without leading zeros beyond the first digit pair; "-" in front where negative
  Instant not_before{};
  Instant not_after{};
  std::string signature_algorithm;  // "sha256WithRSAEncryption", "ecdsa-with-SHA256", ... or the OID in dots
  PublicKeyInfo key;
  bool is_ca = false;        // basicConstraints CA
  bool self_signed = false;  // issuer equals subject and its own key verifies the signature

  friend bool operator==(const Certificate&, const Certificate&) = default;
};

// CN, else the first DNS SAN, else the first IP SAN, else "serial <hex>".
[[nodiscard]] std::string display_common_name(const Certificate& certificate);

// The name a ticket about the certificate itself carries: its first SAN, else as above.
[[nodiscard]] std::string display_domain_name(const Certificate& certificate);

// All SANs, DNS names first.
[[nodiscard]] std::vector<std::string> subject_alternative_names(const Certificate& certificate);

// "cert:<sha256>": the subject of a ticket key.
[[nodiscard]] std::string subject_text(const Certificate& certificate);

}  // namespace certherald::model
