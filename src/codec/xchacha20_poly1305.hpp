#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/bytes.hpp"

namespace certherald::codec {

inline constexpr std::size_t xchacha_key_size = 32;
inline constexpr std::size_t xchacha_nonce_size = 24;
inline constexpr std::size_t poly1305_tag_size = 16;

using XchachaKey = std::span<const std::uint8_t, xchacha_key_size>;
using XchachaNonce = std::span<const std::uint8_t, xchacha_nonce_size>;

// AEAD_XChaCha20_Poly1305 (draft-irtf-cfrg-xchacha-03 section 2): the ciphertext, then the tag. A nonce may
// be random: 192 bits do not meet again.
[[nodiscard]] Bytes xchacha_encrypt(ByteView plaintext, ByteView additional, XchachaNonce nonce,
                                    XchachaKey key);
// Nothing where the tag does not fit all of it.
[[nodiscard]] std::optional<Bytes> xchacha_decrypt(ByteView ciphertext, ByteView additional,
                                                   XchachaNonce nonce, XchachaKey key);

// BLAKE2b (RFC 7693) without a key, 32 bytes.
[[nodiscard]] Bytes blake2b_256(ByteView data);

}  // namespace certherald::codec
