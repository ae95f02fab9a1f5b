#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/certificate.hpp"

namespace certherald::codec {

inline constexpr std::size_t max_keystore_size = std::size_t{16} * 1024 * 1024;  // bytes of the file
inline constexpr std::size_t max_keystore_certificates = 20'000;

enum class KeystoreFormat : std::uint8_t {
  pem,     // RFC 7468: certificates and PKCS#7 among anything else
  der,     // one certificate
  pkcs7,   // RFC 2315, RFC 5652: the certificates of a signed-data
  pkcs12,  // RFC 7292
  jks,     // JKS and JCEKS: codec/java_keystore.hpp
};

struct Keystore {
  KeystoreFormat format = KeystoreFormat::pem;
  std::vector<model::Certificate> certificates;  // in order, each once, never empty

  friend bool operator==(const Keystore&, const Keystore&) = default;
};

// The certificates of a file, whose format is told by its content. Private keys are passed over, never
// decoded or kept. `passphrase` is for PKCS#12, where without one none and an empty one are
// tried, and for Java keystores, whose certificates can be read without.
//
// All or nothing: one broken certificate fails the file. Errors: `invalid_input` (nothing in it, broken,
// format not read; the message says where), `refused` (passphrase missing or wrong), `too_large` (size,
// number of certificates, or a work factor that would take too long).
[[nodiscard]] Result<Keystore> read_keystore(ByteView file, std::optional<std::string_view> passphrase = {});

[[nodiscard]] std::string_view to_string(KeystoreFormat format);  // "PEM", "DER", "PKCS#7", "PKCS#12", "JKS"

}  // namespace certherald::codec
