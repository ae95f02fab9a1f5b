#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "codec/tls/cipher_suites.hpp"

namespace certherald::codec::tls {

// The client's half of a key exchange below TLS 1.3.
struct ClientKeys {
  Bytes message;    // the body of ClientKeyExchange (RFC 5246 section 7.4.7, RFC 8422 section 5.7)
  Bytes premaster;  // RFC 5246 section 8.1
};

// What the server said of its half.
struct ServerKeys {
  ByteView certificate;   // DER of the leaf; for RSA
  ByteView key_exchange;  // the body of ServerKeyExchange; for DHE and ECDHE
};

// With RSA, ECDHE (x25519, x448 and the NIST curves from P-256 on) and DHE (primes of 512 to 8192 bits).
// `version`: the highest that the hello offered. Nothing where the server's half is of no use: another kind
// of key or group, a point off the curve, a prime that is even, a public value of 0, 1 or prime - 1. The
// server's signature is not looked at: it is not authenticated.
[[nodiscard]] std::optional<ClientKeys> make_client_keys(const CipherInfo& suite, std::uint16_t version,
                                                         const ServerKeys& server, Random& random);

}  // namespace certherald::codec::tls
