#include "codec/tls/tls13_keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/tls/aead.hpp"
#include "codec/tls/digests.hpp"

namespace certherald::codec::tls {

struct Tls13Suite {
  std::uint16_t code;
  const EVP_CIPHER* (*cipher)();
  const EVP_MD* (*hash)();
  std::size_t key_size;
  std::size_t tag_size;

  [[nodiscard]] std::size_t hash_size() const { return static_cast<std::size_t>(EVP_MD_get_size(hash())); }
};

namespace {

constexpr std::size_t iv_size = 12;
constexpr std::array suites = std::to_array<Tls13Suite>({
    {0x1301, EVP_aes_128_gcm, EVP_sha256, 16, 16},
    {0x1302, EVP_aes_256_gcm, EVP_sha384, 32, 16},
    {0x1303, EVP_chacha20_poly1305, EVP_sha256, 32, 16},
    {0x1304, EVP_aes_128_ccm, EVP_sha256, 16, 16},
    {0x1305, EVP_aes_128_ccm, EVP_sha256, 16, 8},
});

// HKDF-Expand-Label of RFC 8446 section 7.1, for what fits into one block of the hash: all that is asked
// here.
Bytes expand_label(const EVP_MD* kind, ByteView secret, std::string_view label, ByteView context,
                   std::size_t size) {
  Bytes full;
  append(full, as_bytes("tls13 "));
  append(full, as_bytes(label));
  ByteWriter info;
  info.u16(static_cast<std::uint16_t>(size)).vector8(full).vector8(context).u8(1);
  Bytes out = hmac(kind, secret, info.view());
  out.resize(size);
  return out;
}

// RFC 8446 section 5.3: the record number, as wide as the IV, over the IV.
Bytes nonce_of(const Bytes& iv, std::uint64_t record) {
  Bytes nonce = iv;
  for (auto at = nonce.rbegin(); record > 0; ++at, record >>= 8U) *at ^= static_cast<std::uint8_t>(record);
  return nonce;
}

Bytes record_header(std::size_t fragment) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(ContentType::application_data)).u16(0x0303);
  out.u16(static_cast<std::uint16_t>(fragment));
  return std::move(out).take();
}

}  // namespace

const Tls13Suite* find_tls13_suite(std::uint16_t code) {
  const auto* row = std::ranges::find(suites, code, &Tls13Suite::code);
  return row == suites.end() ? nullptr : row;
}

Tls13Keys::Tls13Keys(const Tls13Suite& suite, Bytes secret) : suite_(&suite), secret_(std::move(secret)) {
  expand();
}

void Tls13Keys::expand() {
  key_ = expand_label(suite_->hash(), secret_, "key", {}, suite_->key_size);
  iv_ = expand_label(suite_->hash(), secret_, "iv", {}, iv_size);
  records_ = 0;
}

void Tls13Keys::update() {
  secret_ = expand_label(suite_->hash(), secret_, "traffic upd", {}, suite_->hash_size());
  expand();
}

std::optional<PlainRecord> Tls13Keys::open(ByteView fragment) {
  if (fragment.size() <= suite_->tag_size) return std::nullopt;
  const Bytes nonce = nonce_of(iv_, records_++);
  const Bytes header = record_header(fragment.size());
  auto content = open_aead({suite_->cipher(), key_, nonce, header, suite_->tag_size}, fragment);
  if (!content) return std::nullopt;
  // TLSInnerPlaintext: the type is the last byte that is not zero (RFC 8446 section 5.4).
  while (!content->empty() && content->back() == 0) content->pop_back();
  if (content->empty()) return std::nullopt;
  const auto type = static_cast<ContentType>(content->back());
  content->pop_back();
  return PlainRecord{type, std::move(*content)};
}

Bytes Tls13Keys::seal(ContentType type, ByteView content) {
  Bytes inner(content.begin(), content.end());
  inner.push_back(static_cast<std::uint8_t>(type));
  const Bytes nonce = nonce_of(iv_, records_++);
  Bytes out = record_header(inner.size() + suite_->tag_size);
  const Bytes sealed = seal_aead({suite_->cipher(), key_, nonce, out, suite_->tag_size}, inner);
  append(out, sealed);
  return out;
}

Bytes Tls13Keys::verify_data(ByteView transcript) const {
  const EVP_MD* kind = suite_->hash();
  const Bytes key = expand_label(kind, secret_, "finished", {}, suite_->hash_size());
  return hmac(kind, key, digest(kind, transcript));
}

Tls13Schedule::Tls13Schedule(const Tls13Suite& suite, ByteView shared) : suite_(&suite) {
  const EVP_MD* kind = suite.hash();
  const Bytes zeros(suite.hash_size());
  const Bytes nothing = digest(kind, {});
  const Bytes early = hmac(kind, zeros, zeros);
  handshake_ = hmac(kind, expand_label(kind, early, "derived", nothing, zeros.size()), shared);
  master_ = hmac(kind, expand_label(kind, handshake_, "derived", nothing, zeros.size()), zeros);
}

Tls13Keys Tls13Schedule::keys(const Bytes& secret, std::string_view label, ByteView transcript) const {
  const EVP_MD* kind = suite_->hash();
  return {*suite_, expand_label(kind, secret, label, digest(kind, transcript), suite_->hash_size())};
}

Tls13Keys Tls13Schedule::client_handshake(ByteView transcript) const {
  return keys(handshake_, "c hs traffic", transcript);
}
Tls13Keys Tls13Schedule::server_handshake(ByteView transcript) const {
  return keys(handshake_, "s hs traffic", transcript);
}
Tls13Keys Tls13Schedule::client_application(ByteView transcript) const {
  return keys(master_, "c ap traffic", transcript);
}
Tls13Keys Tls13Schedule::server_application(ByteView transcript) const {
  return keys(master_, "s ap traffic", transcript);
}

}  // namespace certherald::codec::tls
