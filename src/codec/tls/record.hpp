#pragma once

#include <cstddef>
#include <span>
#include <variant>

#include "base/bytes.hpp"
#include "codec/tls/protocol.hpp"

namespace certherald::codec::tls {

struct NeedMore {};

// One record (RFC 8446 section 5.1). `fragment` is a view into the reader: good until prepare().
struct Record {
  ContentType type = ContentType::handshake;
  std::uint16_t version = 0;  // major version 3, minor as it came
  ByteView fragment;
};

// What a protected record holds once it is opened.
struct PlainRecord {
  ContentType type = ContentType::handshake;
  Bytes content;

  friend bool operator==(const PlainRecord&, const PlainRecord&) = default;
};

// What came is no TLS record. `prefix` is all that is there of it, at most 64 bytes.
struct NotTls {
  ByteView prefix;
};

using RecordStep = std::variant<NeedMore, Record, NotTls>;

// Splits a byte stream into records. Bytes are written straight into its buffer:
//   auto space = reader.prepare(); reader.commit(read(space)); while (next() gives records) ...
// Memory is bounded by one record. NotTls is told as soon as the first wrong byte is there, and for ever.
class RecordReader {
 public:
  // Space for the next bytes, never empty. Invalidates every view handed out before.
  [[nodiscard]] std::span<std::uint8_t> prepare();
  void commit(std::size_t size);  // of the space of the last prepare()

  void feed(ByteView bytes);  // copies; for tests and what is already in memory. Any size

  [[nodiscard]] RecordStep next();

  // Bytes that are no whole record yet.
  [[nodiscard]] ByteView pending() const { return ByteView(buffer_).subspan(begin_, end_ - begin_); }

 private:
  void make_room(std::size_t size);

  Bytes buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace certherald::codec::tls
