#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/record.hpp"

namespace certherald::codec::tls {

// SSL 2.0 (draft-hickman-netscape-ssl-00), as far as its first two messages, which are in the clear.

// Every cipher spec there ever was, three bytes each: 0x010080 to 0xff8010, and 0x000000.
[[nodiscard]] std::span<const CipherInfo> ssl2_cipher_suites();

// CLIENT-HELLO of version 0.2 with all of them, as one record, ready to send.
[[nodiscard]] Bytes build_ssl2_client_hello(const std::array<std::uint8_t, 16>& challenge);

// SERVER-HELLO (section 2.6): the server names all it would accept, at once.
struct Ssl2ServerHello {
  Bytes certificate;                   // DER as it came; empty where the session was resumed
  std::vector<std::uint32_t> ciphers;  // in the server's order, known or not; at most max_ssl2_ciphers

  friend bool operator==(const Ssl2ServerHello&, const Ssl2ServerHello&) = default;
};

inline constexpr std::size_t max_ssl2_ciphers = 256;  // of ours

// ERROR (section 2.8): 1 no cipher, 2 no certificate, ...
struct Ssl2Error {
  std::uint16_t code = 0;

  friend bool operator==(const Ssl2Error&, const Ssl2Error&) = default;
};

struct NotSsl2 {
  friend bool operator==(const NotSsl2&, const NotSsl2&) = default;
};

using Ssl2Step = std::variant<NeedMore, Ssl2ServerHello, Ssl2Error, NotSsl2>;

// Reads what came so far of the answer, from its first byte on. Only records with a header of two bytes,
// which a message in the clear has, so that nothing which may be TLS is taken for SSL 2.0. NeedMore only
// while fewer bytes are there than the header announces, at most 32,769.
[[nodiscard]] Ssl2Step read_ssl2_answer(ByteView bytes);

}  // namespace certherald::codec::tls
