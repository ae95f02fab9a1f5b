#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "codec/tls/record.hpp"

namespace certherald::codec::tls {

struct Tls13Suite;  // one of RFC 8446 appendix B.4

[[nodiscard]] const Tls13Suite* find_tls13_suite(std::uint16_t code);  // nullptr for any other

// The keys of one direction (RFC 8446 section 7.3), made of a traffic secret.
class Tls13Keys {
 public:
  Tls13Keys(const Tls13Suite& suite, Bytes secret);

  // What the next record holds; nothing where it was not encrypted with the keys, or is all padding.
  [[nodiscard]] std::optional<PlainRecord> open(ByteView fragment);
  // The next record whole, with its header; `content` has at most 2^14 bytes.
  [[nodiscard]] Bytes seal(ContentType type, ByteView content);

  void update();  // section 7.2

  // What Finished says for this traffic secret of the handshake (section 4.4.4).
  [[nodiscard]] Bytes verify_data(ByteView transcript) const;

 private:
  void expand();

  const Tls13Suite* suite_;
  Bytes secret_;
  Bytes key_;
  Bytes iv_;
  std::uint64_t records_ = 0;
};

// The secrets of RFC 8446 section 7.1 without any pre-shared key. `transcript`: the messages up to and with
// the ServerHello for secrets of the handshake, up to and with the server's Finished for those of the
// application.
class Tls13Schedule {
 public:
  Tls13Schedule(const Tls13Suite& suite, ByteView shared);

  [[nodiscard]] Tls13Keys client_handshake(ByteView transcript) const;
  [[nodiscard]] Tls13Keys server_handshake(ByteView transcript) const;
  [[nodiscard]] Tls13Keys client_application(ByteView transcript) const;
  [[nodiscard]] Tls13Keys server_application(ByteView transcript) const;

 private:
  [[nodiscard]] Tls13Keys keys(const Bytes& secret, std::string_view label, ByteView transcript) const;

  const Tls13Suite* suite_;
  Bytes handshake_;
  Bytes master_;
};

}  // namespace certherald::codec::tls
