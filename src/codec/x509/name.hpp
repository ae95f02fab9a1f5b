#pragma once

// Names as text. Only for .cpp files of this module: it speaks of OpenSSL's types.

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

namespace certherald::codec::x509 {

// RFC 4514 text of a distinguished name, most specific part first, as well-formed UTF-8. Control
// characters are written as hex pairs ("\0A").
[[nodiscard]] std::string name_text(const X509_NAME* name);

// The last commonName of a name; "" where there is none.
[[nodiscard]] std::string last_common_name(const X509_NAME* name);

// "2.5.4.3"
[[nodiscard]] std::string oid_text(const ASN1_OBJECT* object);

struct AlternativeNames {
  std::vector<std::string> dns;  // lower case
  std::vector<std::string> ip;   // canonical text
};
[[nodiscard]] AlternativeNames alternative_names(const STACK_OF(X509_EXTENSION) * extensions);

}  // namespace certherald::codec::x509
