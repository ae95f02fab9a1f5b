#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

// Secrets at rest: sealed by a key that is kept elsewhere, bound to the place where they are kept.
namespace certherald::codec {

inline constexpr std::size_t max_secret_size = std::size_t{64} * 1024;  // bytes of the plaintext

// 32 random bytes. Copies may be made; each is wiped when it goes.
class SealKey final {
 public:
  [[nodiscard]] static SealKey make(Random& random);
  [[nodiscard]] static std::optional<SealKey> from_hex(std::string_view text);  // 64 digits
  SealKey(const SealKey&) = default;
  SealKey& operator=(const SealKey&) = default;
  ~SealKey();

  // Which key it is, for everybody to read: 16 hex digits, the first half of 32 of
  // BLAKE2b("certherald key id v1" || key).
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::span<const std::uint8_t, 32> bytes() const { return bytes_; }

  friend bool operator==(const SealKey&, const SealKey&) = default;

 private:
  explicit SealKey(const std::array<std::uint8_t, 32>& bytes);

  std::array<std::uint8_t, 32> bytes_{};
  std::string id_;
};

// The text of a key file: "certherald-key-v1:<64 hex digits>" a line. The first key seals, all open. Errors
// (`invalid_input`) name the line, never what stands in it. Never empty.
[[nodiscard]] Result<std::vector<SealKey>> read_key_lines(std::string_view text);
[[nodiscard]] std::string write_key_lines(std::span<const SealKey> keys);

// Where a secret is kept. It opens nowhere else: sealed texts cannot be swapped between names or stores.
struct SealPlace {
  std::string installation;  // UUID of the store
  std::string name;          // of the secret
};

// `text` is hex of a version byte (1), a nonce of 24 bytes and the ciphertext of AEAD_XChaCha20_Poly1305.
struct Sealed {
  std::string key_id;
  std::string text;

  friend bool operator==(const Sealed&, const Sealed&) = default;
};

[[nodiscard]] Sealed seal(std::string_view secret, const SealPlace& place, const SealKey& key,
                          Random& random);

// The secret; wipe it after use. Errors, which name the secret and never show it: `not_found` where none of
// the keys has the id it needs, `refused` where it was altered, damaged or brought from another place, and
// `invalid_input` where it is no sealed text or that of a newer version.
[[nodiscard]] Result<std::string> unseal(const Sealed& sealed, const SealPlace& place,
                                         std::span<const SealKey> keys);

}  // namespace certherald::codec
