#include "codec/tls/tls13_flight.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "codec/tls/digests.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {
namespace {

using x509::Handle;
using x509::QuietErrors;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

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
  const Tls13Suite* suite = find_tls13_suite(hello.cipher);
  if (suite == nullptr || hello.retry_request || hello.group != share_.group()) return false;
  const auto shared = share_.agree(hello.key_exchange);
  if (!shared) return false;
  ByteWriter message;
  message.u8(static_cast<std::uint8_t>(HandshakeType::server_hello)).vector24(body);
  append(transcript_, message.view());
  keys_ = Tls13Schedule(*suite, *shared).server_handshake(transcript_);
  return true;
}

std::optional<PlainRecord> Tls13Flight::open(ByteView fragment) {
  return keys_ ? keys_->open(fragment) : std::nullopt;
}

}  // namespace certherald::codec::tls
