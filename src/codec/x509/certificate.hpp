#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/x509/issuance.hpp"
#include "model/certificate.hpp"

struct x509_st;  // X509 of libcrypto

namespace certherald::codec::x509 {

// A certificate as libcrypto holds it, to be verified without decoding it again; nothing where it breaks the
// rules of X.509 in a way that clients refuse.
using Decoded = std::shared_ptr<x509_st>;

inline constexpr std::size_t max_certificate_size = std::size_t{256} * 1024;  // bytes of DER

// Reads one certificate (RFC 5280 section 4) from exactly these bytes.
//
// Refused with `invalid_input`: what is no certificate, and bytes after its end; with `too_large`: more
// than max_certificate_size. Odd content is no error, since real servers present it:
// - Names become well-formed UTF-8 of any length. A NUL in a name is shown as "\00" (RFC 4514 section
//   2.4), never cut at, so that it matches no host. Names are otherwise raw: escape them where shown.
//   Internationalised names stay A-labels.
// - Times are UTC seconds between 0001-01-01 and 9999-12-31. A time that cannot be read makes a
//   certificate that is never valid: notBefore is the latest of these, notAfter the earliest.
// - A subjectAltName that cannot be decoded gives no names.
[[nodiscard]] Result<model::Certificate> parse_certificate(ByteView der);

// What the table of `model::Certificate` does not hold, for judging key and signature.
struct KeyDetails {
  bool readable = false;        // the key was understood; the rest is meaningless otherwise
  bool even_modulus = false;    // RSA
  bool explicit_curve = false;  // EC parameters written out instead of named (RFC 5480 section 2.1.1)
  std::string exponent;         // RSA public exponent in lower hex without leading zeros; else ""
  Bytes modulus;                // RSA, big-endian without leading zeros; else empty
  friend bool operator==(const KeyDetails&, const KeyDetails&) = default;
};

struct SignatureDetails {
  std::string algorithm;  // as model::Certificate::signature_algorithm
  std::string hash;  // of the outer algorithm, which is the one applied: "md5", "sha1", "sha256", ...; ""
                     // where the algorithm has none of its own
  bool mismatch = false;  // the signed and the outer algorithm differ (RFC 5280 section 4.1.1.2)
  friend bool operator==(const SignatureDetails&, const SignatureDetails&) = default;
};

// What the certificate allows its key to be used for (extendedKeyUsage, RFC 5280 section 4.2.1.12). Without
// the extension everything is allowed.
struct PurposeDetails {
  bool limited = false;     // the extension is there
  bool tls_server = false;  // it lists serverAuth or any purpose
  friend bool operator==(const PurposeDetails&, const PurposeDetails&) = default;
};

struct CertificateDetails {
  KeyDetails key;
  SignatureDetails signature;
  PurposeDetails purpose;
  IssuanceDetails issuance;
  friend bool operator==(const CertificateDetails&, const CertificateDetails&) = default;
};

struct CertificateReading {
  model::Certificate certificate;
  CertificateDetails details;
  Decoded decoded;
};

// All that is known of a certificate for one decoding; refuses what parse_certificate refuses.
[[nodiscard]] Result<CertificateReading> read_certificate(ByteView der);

// Answers for any bytes; for what is no certificate with the defaults.
[[nodiscard]] CertificateDetails certificate_details(ByteView der);

}  // namespace certherald::codec::x509
