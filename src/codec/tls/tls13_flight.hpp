#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "codec/tls/protocol.hpp"
#include "codec/tls/server_messages.hpp"
#include "codec/tls/tls13_keys.hpp"

struct evp_pkey_st;  // EVP_PKEY of libcrypto

namespace certherald::codec::tls {

// A client's half of a Diffie-Hellman exchange in one named group (RFC 8446 section 4.2.8.2), made anew for
// each hello. Copies share the key.
class KeyShare {
 public:
  // The groups that make() knows: x25519, x448, secp256r1, secp384r1, secp521r1.
  [[nodiscard]] static std::span<const std::uint16_t> groups();
  [[nodiscard]] static std::optional<KeyShare> make(std::uint16_t group);  // nothing for any other group

  [[nodiscard]] std::uint16_t group() const { return group_; }
  [[nodiscard]] const Bytes& public_key() const { return public_key_; }  // as key_exchange carries it

  // The secret shared with a peer; nothing where `peer` is no public key of the group.
  [[nodiscard]] std::optional<Bytes> agree(ByteView peer) const;

 private:
  KeyShare() = default;

  std::uint16_t group_ = 0;
  std::shared_ptr<evp_pkey_st> key_;
  Bytes public_key_;
};

// Reads what a TLS 1.3 server encrypts of its first flight: the key schedule of RFC 8446 section 7.1 as far
// as the server's handshake traffic key. It authenticates nobody: neither CertificateVerify nor Finished is
// looked at, so that what it reads is worth as much as a flight of TLS 1.2, which comes in the clear.
class Tls13Flight {
 public:
  // `client_hello` is the record as it was sent, with the share's public key in it.
  Tls13Flight(KeyShare share, ByteView client_hello);

  // `body` is that of the ServerHello message, and `hello` what it says. False where no key comes of it:
  // another group, a bad share, a suite that is not among those of RFC 8446 appendix B.4.
  [[nodiscard]] bool begin(ByteView body, const ServerHello& hello);
  [[nodiscard]] bool begun() const { return keys_.has_value(); }

  // What the next encrypted record holds; nothing where it was not encrypted with the key, or is all padding.
  [[nodiscard]] std::optional<PlainRecord> open(ByteView fragment);

 private:
  KeyShare share_;
  Bytes transcript_;  // the messages so far, each with its header
  std::optional<Tls13Keys> keys_;
};

}  // namespace certherald::codec::tls
