#include "codec/sealed_box.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/wipe.hpp"
#include "codec/xchacha20_poly1305.hpp"

namespace certherald::codec {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view key_prefix = "certherald-key-v1:";
constexpr std::string_view id_domain = "certherald key id v1";
constexpr std::string_view seal_domain = "certherald secret";

std::string id_of(std::span<const std::uint8_t, xchacha_key_size> key) {
  Bytes input(id_domain.begin(), id_domain.end());
  input.insert(input.end(), key.begin(), key.end());
  const std::string digest = to_hex(blake2b_256(input));
  wipe(input);
  return digest.substr(0, 16);
}

// Lengths stand before what varies, so that no two places look alike.
Bytes additional_data(const SealPlace& place) {
  ByteWriter out;
  out.bytes(as_bytes(seal_domain)).u8(version);
  out.vector16(as_bytes(place.installation)).vector16(as_bytes(place.name));
  return std::move(out).take();
}

std::unexpected<Error> damaged(const SealPlace& place) {
  return with_hint(fail(ErrorKind::refused, "the secret {} is damaged, or was not sealed for this place",
                        single_line(place.name)),
                   fmt::format("enter it anew: certherald secret set {}", single_line(place.name)));
}

}  // namespace

SealKey::SealKey(const std::array<std::uint8_t, 32>& bytes) : bytes_(bytes), id_(id_of(bytes_)) {}
SealKey::~SealKey() { wipe(bytes_); }

SealKey SealKey::make(Random& random) {
  std::array<std::uint8_t, xchacha_key_size> bytes{};
  random.fill(bytes);
  SealKey key(bytes);
  wipe(bytes);
  return key;
}

std::optional<SealKey> SealKey::from_hex(std::string_view text) {
  auto decoded = certherald::from_hex(text);
  if (!decoded) return std::nullopt;
  std::optional<SealKey> key;
  if (decoded->size() == xchacha_key_size) {
    std::array<std::uint8_t, xchacha_key_size> bytes{};
    std::ranges::copy(*decoded, bytes.begin());
    key = SealKey(bytes);
    wipe(bytes);
  }
  wipe(*decoded);
  return key;
}

Result<std::vector<SealKey>> read_key_lines(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<SealKey> keys;
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    auto key =
        line.starts_with(key_prefix) ? SealKey::from_hex(line.substr(key_prefix.size())) : std::nullopt;
    if (!key)
      return fail(ErrorKind::invalid_input, "line {} is no key: it must be {} and 64 hex digits", number,
                  key_prefix);
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::string write_key_lines(std::span<const SealKey> keys) {
  std::string out;
  // Never moved while it grows: that would leave keys behind in memory.
  out.reserve(keys.size() * (key_prefix.size() + 2 * xchacha_key_size + 1));
  for (const SealKey& key : keys) {
    std::string digits = to_hex(key.bytes());
    out.append(key_prefix).append(digits).append("\n");
    wipe(digits);
  }
  return out;
}

Sealed seal(std::string_view secret, const SealPlace& place, const SealKey& key, Random& random) {
  std::array<std::uint8_t, xchacha_nonce_size> nonce{};
  random.fill(nonce);
  ByteWriter out;
  out.u8(version).bytes(nonce);
  out.bytes(xchacha_encrypt(as_bytes(secret), additional_data(place), nonce, key.bytes()));
  return {key.id(), to_hex(out.view())};
}

Result<std::string> unseal(const Sealed& sealed, const SealPlace& place, std::span<const SealKey> keys) {
  const std::string name = single_line(place.name);
  // The longest is read and no more: 2 digits for each byte.
  constexpr std::size_t longest = 2 * (1 + xchacha_nonce_size + max_secret_size + poly1305_tag_size);
  const auto bytes = sealed.text.size() > longest ? std::nullopt : from_hex(sealed.text);
  if (!bytes) return damaged(place);
  ByteReader reader(*bytes);
  const auto format = reader.u8();
  if (format && *format != version)
    return with_hint(fail(ErrorKind::invalid_input, "the secret {} is sealed in a way ({}) that is not known",
                          name, *format),
                     "a newer certherald sealed it; use that one, or enter the secret anew");
  const auto nonce = reader.take(xchacha_nonce_size);
  if (!nonce) return damaged(place);
  const auto key = std::ranges::find(keys, sealed.key_id, &SealKey::id);
  if (key == keys.end())
    return with_hint(
        fail(ErrorKind::not_found, "the secret {} was sealed with the key {}, which is not at hand", name,
             single_line(sealed.key_id)),
        fmt::format("bring back the key file that holds it, or enter it anew: certherald secret set {}",
                    name));
  auto opened = xchacha_decrypt(reader.rest(), additional_data(place), nonce->first<xchacha_nonce_size>(),
                                key->bytes());
  if (!opened) return damaged(place);
  std::string secret(as_text(*opened));
  wipe(*opened);
  return secret;
}

}  // namespace certherald::codec
