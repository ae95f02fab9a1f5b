#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.hpp"

struct evp_pkey_st;  // EVP_PKEY of libcrypto

namespace certherald::codec::tls {

// The public key of a certificate, for RSA key exchange (RFC 5246 section 7.4.7.1). Copies share the key.
class RsaKey {
 public:
  // Nothing where it cannot be read, is no RSA key, or has less than 512 or more than 16,384 bits.
  [[nodiscard]] static std::optional<RsaKey> of_certificate(ByteView der);

  [[nodiscard]] std::size_t size() const;  // of the modulus, bytes

  // The bare operation of RFC 8017 section 5.1.1: `block` is its own padding, size() bytes long. Nothing
  // where its number is not below the modulus.
  [[nodiscard]] std::optional<Bytes> raw_encrypt(ByteView block) const;

 private:
  RsaKey() = default;

  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace certherald::codec::tls
