#pragma once

#include <cstddef>
#include <variant>

#include "base/bytes.hpp"
#include "codec/tls/record.hpp"

namespace certherald::codec::tls {

// One handshake message (RFC 8446 section 4). `body` is a view into the reader: good until feed().
struct HandshakeMessage {
  HandshakeType type = HandshakeType::server_hello;
  ByteView body;
};

// A limit of ours was reached: `size` bytes announced (message) or received (flight).
struct HandshakeTooLarge {
  std::size_t size = 0;
  std::size_t limit = 0;
};

using HandshakeStep = std::variant<NeedMore, HandshakeMessage, HandshakeTooLarge>;

// Puts handshake messages together again that records cut or join (RFC 8446 section 5.1). Memory is
// bounded by max_handshake_message and one record; all that is fed by max_handshake_flight. Too large is
// told as soon as it is known, and for ever.
class HandshakeReader {
 public:
  void feed(ByteView fragment);
  [[nodiscard]] HandshakeStep next();

  [[nodiscard]] bool in_message() const { return begin_ < buffer_.size(); }

 private:
  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t total_ = 0;
};

}  // namespace certherald::codec::tls
