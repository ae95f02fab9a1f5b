#pragma once

// What a certificate says about how it was issued. Only for .cpp files of this module and for the details.

#include <string>
#include <vector>

#include "base/bytes.hpp"

struct x509_st;  // X509 of libcrypto

namespace certherald::codec::x509 {

struct IssuanceDetails {
  std::string issuer_name;               // last common name of the issuer; "" where there is none
  Bytes timestamps;                      // SignedCertificateTimestampList as embedded; empty for none
  std::vector<std::string> issuer_urls;  // http and https of caIssuers (RFC 5280 section 4.2.2.1), hostile

  friend bool operator==(const IssuanceDetails&, const IssuanceDetails&) = default;
};

[[nodiscard]] IssuanceDetails issuance_details(const x509_st* certificate);

}  // namespace certherald::codec::x509
