#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.hpp"

struct evp_cipher_st;  // EVP_CIPHER of libcrypto

namespace certherald::codec::tls {

// One use of an AEAD (RFC 5116): views that live as long as the call. The nonce has 12 bytes.
struct Aead {
  const evp_cipher_st* cipher = nullptr;  // GCM, CCM or ChaCha20-Poly1305
  ByteView key;
  ByteView nonce;
  ByteView header;  // authenticated, not encrypted
  std::size_t tag_size = 16;
};

// What was sealed with the same use; nothing where the tag, behind it, is not right.
[[nodiscard]] std::optional<Bytes> open_aead(const Aead& use, ByteView sealed);
[[nodiscard]] Bytes seal_aead(const Aead& use, ByteView plain);  // as long as `plain` and the tag

}  // namespace certherald::codec::tls
