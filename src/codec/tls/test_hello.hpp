#pragma once

// For tests: reads a ClientHello record back, as a server would.

#include <stdexcept>
#include <utility>
#include <vector>

#include "base/bytes.hpp"

namespace certherald::codec::tls {

struct TestHello {
  std::uint16_t record_version = 0;
  std::uint16_t version = 0;
  std::size_t message_size = 0;  // with its header
  std::size_t session_id_size = 0;
  std::vector<std::uint16_t> ciphers;
  bool deflate = false;                                     // offered before no compression
  std::vector<std::pair<std::uint16_t, Bytes>> extensions;  // in order
  bool has_block = false;

  [[nodiscard]] const Bytes* find(std::uint16_t type) const {
    for (const auto& [code, body] : extensions) {
      if (code == type) return &body;
    }
    return nullptr;
  }

  // The numbers of an extension whose list has a length of `width` bytes in front.
  [[nodiscard]] std::vector<std::uint16_t> numbers(std::uint16_t type, std::size_t width) const {
    std::vector<std::uint16_t> out;
    const Bytes* body = find(type);
    if (body == nullptr) return out;
    for (ByteReader list(ByteView(*body).subspan(width)); !list.empty();) out.push_back(list.u16().value());
    return out;
  }
};

namespace detail {

inline void expect_hello(bool good) {
  if (!good) throw std::runtime_error("malformed ClientHello");
}

}  // namespace detail

// Throws (std::exception) on anything malformed, which fails the test.
inline TestHello test_hello(ByteView record) {
  TestHello hello;
  ByteReader outer(record);
  detail::expect_hello(outer.u8().value() == 22);
  hello.record_version = outer.u16().value();
  ByteReader message(outer.vector16().value());
  detail::expect_hello(outer.empty());
  hello.message_size = message.left();
  detail::expect_hello(message.u8().value() == 1);
  ByteReader body(message.vector24().value());
  detail::expect_hello(message.empty());
  hello.version = body.u16().value();
  detail::expect_hello(body.take(32).has_value());
  hello.session_id_size = body.vector8().value().size();
  ByteReader ciphers(body.vector16().value());
  while (!ciphers.empty()) hello.ciphers.push_back(ciphers.u16().value());
  const std::string compression = to_hex(body.vector8().value());
  detail::expect_hello(compression == "00" || compression == "0100");
  hello.deflate = compression == "0100";
  if (body.empty()) return hello;
  hello.has_block = true;
  ByteReader block(body.vector16().value());
  detail::expect_hello(body.empty());
  while (!block.empty()) {
    const std::uint16_t type = block.u16().value();
    const ByteView data = block.vector16().value();
    hello.extensions.emplace_back(type, Bytes(data.begin(), data.end()));
  }
  return hello;
}

}  // namespace certherald::codec::tls
