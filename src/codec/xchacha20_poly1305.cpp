#include "codec/xchacha20_poly1305.hpp"

#include <sodium.h>

#include <cstdlib>

namespace certherald::codec {

static_assert(xchacha_key_size == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(xchacha_nonce_size == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(poly1305_tag_size == crypto_aead_xchacha20poly1305_ietf_ABYTES);

namespace {

// Idempotent, and safe from any thread.
void make_ready() {
  if (sodium_init() < 0) std::abort();
}

}  // namespace

Bytes xchacha_encrypt(ByteView plaintext, ByteView additional, XchachaNonce nonce, XchachaKey key) {
  make_ready();
  Bytes out(plaintext.size() + poly1305_tag_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, plaintext.data(), plaintext.size(),
                                             additional.data(), additional.size(), nullptr, nonce.data(),
                                             key.data());
  return out;
}

std::optional<Bytes> xchacha_decrypt(ByteView ciphertext, ByteView additional, XchachaNonce nonce,
                                     XchachaKey key) {
  if (ciphertext.size() < poly1305_tag_size) return std::nullopt;
  make_ready();
  Bytes out(ciphertext.size() - poly1305_tag_size);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      out.data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(), additional.data(),
      additional.size(), nonce.data(), key.data());
  if (failed != 0) return std::nullopt;
  return out;
}

Bytes blake2b_256(ByteView data) {
  make_ready();
  Bytes out(crypto_generichash_BYTES);
  crypto_generichash(out.data(), out.size(), data.data(), data.size(), nullptr, 0);
  return out;
}

}  // namespace certherald::codec
