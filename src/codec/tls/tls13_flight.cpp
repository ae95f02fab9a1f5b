#include "codec/tls/tls13_flight.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <utility>

#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {
namespace {

using x509::Handle;
using x509::QuietErrors;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::size_t record_header = 5;

struct Group {
  std::uint16_t code;
  const char* name;  // as EVP_PKEY_Q_keygen takes it
  bool curve;        // of the "EC" kind, whose points have a form of their own
};
constexpr std::array group_table = std::to_array<Group>({
    {29, "X25519", false},
    {23, "P-256", true},
    {24, "P-384", true},
    {25, "P-521", true},
    {30, "X448", false},
});
constexpr auto group_codes = [] {
  std::array<std::uint16_t, group_table.size()> out{};
  std::ranges::transform(group_table, out.begin(), &Group::code);
  return out;
}();

const Group* find_group(std::uint16_t code) {
  const auto* row = std::ranges::find(group_table, code, &Group::code);
  return row == group_table.end() ? nullptr : row;
}

// RFC 8446 appendix B.4.
struct Suite {
  std::uint16_t code;
  const EVP_CIPHER* (*cipher)();
  const EVP_MD* (*hash)();
  std::size_t key_size;
  std::size_t tag_size;
};
constexpr std::size_t iv_size = 12;
constexpr std::array suites = std::to_array<Suite>({
    {0x1301, EVP_aes_128_gcm, EVP_sha256, 16, 16},
    {0x1302, EVP_aes_256_gcm, EVP_sha384, 32, 16},
    {0x1303, EVP_chacha20_poly1305, EVP_sha256, 32, 16},
    {0x1304, EVP_aes_128_ccm, EVP_sha256, 16, 16},
    {0x1305, EVP_aes_128_ccm, EVP_sha256, 16, 8},
});

const Suite* find_suite(std::uint16_t code) {
  const auto* row = std::ranges::find(suites, code, &Suite::code);
  return row == suites.end() ? nullptr : row;
}

// What libcrypto refuses here is memory alone.
void must(bool done) {
  if (!done) throw std::bad_alloc();
}

Bytes hash(const EVP_MD* kind, ByteView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(kind)));
  must(EVP_Digest(data.data(), data.size(), out.data(), nullptr, kind, nullptr) == 1);
  return out;
}

Bytes hmac(const EVP_MD* kind, ByteView key, ByteView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(kind)));
  must(HMAC(kind, key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), nullptr) !=
       nullptr);
  return out;
}

// HKDF-Expand-Label of RFC 8446 section 7.1, for what fits into one block of the hash: all that is asked
// here.
Bytes expand_label(const EVP_MD* kind, ByteView secret, std::string_view label, ByteView context,
                   std::size_t size) {
  Bytes full;
  for (const std::string_view part : {std::string_view("tls13 "), label}) {
    full.insert(full.end(), part.begin(), part.end());
  }
  ByteWriter info;
  info.u16(static_cast<std::uint16_t>(size)).vector8(full).vector8(context).u8(1);
  Bytes out = hmac(kind, secret, info.view());
  out.resize(size);
  return out;
}

// server_handshake_traffic_secret (RFC 8446 section 7.1), without any pre-shared key.
Bytes traffic_secret(const EVP_MD* kind, ByteView shared, ByteView transcript) {
  const Bytes zeros(static_cast<std::size_t>(EVP_MD_get_size(kind)));
  const Bytes early = hmac(kind, zeros, zeros);
  const Bytes derived = expand_label(kind, early, "derived", hash(kind, {}), zeros.size());
  const Bytes handshake = hmac(kind, derived, shared);
  return expand_label(kind, handshake, "s hs traffic", hash(kind, transcript), zeros.size());
}

KeyHandle peer_key(const Group& group, EVP_PKEY* own, ByteView bytes) {
  if (!group.curve) {
    return KeyHandle(
        EVP_PKEY_new_raw_public_key_ex(nullptr, group.name, nullptr, bytes.data(), bytes.size()));
  }
  KeyHandle key(EVP_PKEY_new());
  must(key != nullptr);
  const bool read = EVP_PKEY_copy_parameters(key.get(), own) == 1 &&
                    EVP_PKEY_set1_encoded_public_key(key.get(), bytes.data(), bytes.size()) == 1;
  return read ? std::move(key) : nullptr;
}

Bytes public_bytes(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const std::size_t size = EVP_PKEY_get1_encoded_public_key(key, &bytes);
  must(size > 0);
  Bytes out(bytes, bytes + size);
  OPENSSL_free(bytes);
  return out;
}

// RFC 8446 section 5.3: the record number, as wide as the IV, over the IV.
Bytes nonce_of(const Bytes& iv, std::uint64_t record) {
  Bytes nonce = iv;
  for (auto at = nonce.rbegin(); record > 0; ++at, record >>= 8U) *at ^= static_cast<std::uint8_t>(record);
  return nonce;
}

Bytes additional_data(std::size_t fragment) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(ContentType::application_data)).u16(0x0303);
  out.u16(static_cast<std::uint16_t>(fragment));
  return std::move(out).take();
}

// AES-CCM is told tag and length before anything else; the others take the tag last.
std::optional<Bytes> decrypt(const Suite& suite, const Bytes& key, const Bytes& nonce, ByteView fragment) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  const bool ccm = EVP_CIPHER_get_mode(suite.cipher()) == EVP_CIPH_CCM_MODE;
  const ByteView sealed = fragment.first(fragment.size() - suite.tag_size);
  Bytes tag(fragment.end() - static_cast<std::ptrdiff_t>(suite.tag_size), fragment.end());
  const Bytes header = additional_data(fragment.size());
  const auto size = static_cast<int>(sealed.size());
  EVP_CIPHER_CTX* on = context.get();
  must(EVP_DecryptInit_ex(on, suite.cipher(), nullptr, nullptr, nullptr) == 1 &&
       EVP_CIPHER_CTX_ctrl(on, EVP_CTRL_AEAD_SET_IVLEN, iv_size, nullptr) == 1 &&
       EVP_CIPHER_CTX_ctrl(on, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) == 1 &&
       EVP_DecryptInit_ex(on, nullptr, nullptr, key.data(), nonce.data()) == 1);
  int written = 0;
  if (ccm) must(EVP_DecryptUpdate(on, nullptr, &written, nullptr, size) == 1);
  must(EVP_DecryptUpdate(on, nullptr, &written, header.data(), static_cast<int>(header.size())) == 1);
  Bytes out(sealed.size() + 1);  // never without a buffer
  if (EVP_DecryptUpdate(on, out.data(), &written, sealed.data(), size) != 1) return std::nullopt;
  int rest = 0;
  if (!ccm && EVP_DecryptFinal_ex(on, out.data() + written, &rest) != 1) return std::nullopt;
  out.resize(sealed.size());
  return out;
}

}  // namespace

std::span<const std::uint16_t> KeyShare::groups() { return group_codes; }

std::optional<KeyShare> KeyShare::make(std::uint16_t group) {
  const Group* row = find_group(group);
  if (row == nullptr) return std::nullopt;
  KeyShare out;
  out.group_ = group;
  out.key_.reset(row->curve ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row->name)
                            : EVP_PKEY_Q_keygen(nullptr, nullptr, row->name),
                 EVP_PKEY_free);
  must(out.key_ != nullptr);
  out.public_key_ = public_bytes(out.key_.get());
  return out;
}

std::optional<Bytes> KeyShare::agree(ByteView peer) const {
  const QuietErrors quiet;
  const KeyHandle other = peer_key(*find_group(group_), key_.get(), peer);
  if (!other) return std::nullopt;
  const KeyContext context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  must(context != nullptr);
  std::size_t size = 0;
  if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &size) != 1) {
    return std::nullopt;
  }
  Bytes out(size);
  if (EVP_PKEY_derive(context.get(), out.data(), &size) != 1) return std::nullopt;
  out.resize(size);
  return out;
}

Tls13Flight::Tls13Flight(KeyShare share, ByteView client_hello) : share_(std::move(share)) {
  if (client_hello.size() > record_header) {
    transcript_.assign(client_hello.begin() + record_header, client_hello.end());
  }
}

bool Tls13Flight::begin(ByteView body, const ServerHello& hello) {
  const Suite* suite = find_suite(hello.cipher);
  if (suite == nullptr || hello.retry_request || hello.group != share_.group()) return false;
  const auto shared = share_.agree(hello.key_exchange);
  if (!shared) return false;
  ByteWriter message;
  message.u8(static_cast<std::uint8_t>(HandshakeType::server_hello)).vector24(body);
  transcript_.insert(transcript_.end(), message.view().begin(), message.view().end());
  const EVP_MD* kind = suite->hash();
  const Bytes secret = traffic_secret(kind, *shared, transcript_);
  key_ = expand_label(kind, secret, "key", {}, suite->key_size);
  iv_ = expand_label(kind, secret, "iv", {}, iv_size);
  cipher_ = hello.cipher;
  return true;
}

std::optional<Tls13Flight::Record> Tls13Flight::open(ByteView fragment) {
  const Suite* suite = find_suite(cipher_);
  if (suite == nullptr || fragment.size() <= suite->tag_size) return std::nullopt;
  const QuietErrors quiet;
  auto content = decrypt(*suite, key_, nonce_of(iv_, records_++), fragment);
  if (!content) return std::nullopt;
  // TLSInnerPlaintext: the type is the last byte that is not zero (RFC 8446 section 5.4).
  while (!content->empty() && content->back() == 0) content->pop_back();
  if (content->empty()) return std::nullopt;
  const auto type = static_cast<ContentType>(content->back());
  content->pop_back();
  return Record{type, std::move(*content)};
}

}  // namespace certherald::codec::tls
