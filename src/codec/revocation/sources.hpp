#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace certherald::codec::revocation {

// Where a certificate says that its revocation can be looked up (RFC 5280 sections 4.2.1.13 and 4.2.2.1,
// RFC 7633). URLs are as written, hostile text, each once; at most 8 of a kind.
struct RevocationSources {
  std::vector<std::string> crl;     // http and https, of distribution points that the issuer itself serves
  std::vector<std::string> ocsp;    // http and https
  std::vector<std::string> issuer;  // caIssuers, http and https
  int unusable = 0;                 // named, but not by http or https (LDAP, relative names, ...)
  bool other_crl_issuer = false;    // a distribution point whose CRL somebody else signs (cRLIssuer)
  bool reasons_split = false;       // a distribution point that has only some reasons
  bool delta_named = false;         // freshestCRL: not followed
  bool must_staple = false;         // TLS feature status_request (RFC 7633)

  [[nodiscard]] bool none() const {
    return crl.empty() && ocsp.empty() && unusable == 0 && !other_crl_issuer;
  }
  friend bool operator==(const RevocationSources&, const RevocationSources&) = default;
};

// Of one certificate in DER; nothing named where it cannot be decoded.
[[nodiscard]] RevocationSources revocation_sources(ByteView certificate);

// Whether `issuer` signed `certificate`: the names fit and the signature verifies.
[[nodiscard]] bool issued_by(ByteView certificate, ByteView issuer);

// SHA-256 of the issuer's SubjectPublicKeyInfo and the certificate's serial in hex: what a status is
// about. "" for what is no certificate.
[[nodiscard]] std::string status_key(ByteView certificate, ByteView issuer);

}  // namespace certherald::codec::revocation
