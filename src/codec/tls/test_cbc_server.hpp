#pragma once

// For tests: a TLS 1.2 server with RSA key exchange and AES128-SHA whose faults are switches. It is made of
// our own codec, which tls12_client_test.cpp holds against OpenSSL.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/random.hpp"
#include "codec/tls/client.hpp"
#include "codec/tls/prf.hpp"
#include "codec/tls/record_cipher.hpp"
#include "codec/tls/test_hello.hpp"
#include "codec/tls/test_rsa_key.hpp"

namespace certherald::codec::tls {

enum class CbcFault : std::uint8_t {
  none,
  takes_any_padding,  // POODLE against TLS: only the length of the padding is looked at
  tells_padding,      // another alert where padding and MAC are wrong than where the MAC alone is
  tells_right_mac,    // closes where the padding alone is wrong
  changes_its_mind,   // another alert every second time
  says_nothing,
};

class CbcServer {
 public:
  CbcFault fault = CbcFault::none;
  bool gives_tickets = false;
  bool bleeds = false;  // answers a session id with 32 bytes whatever its size, as F5 BIG-IP did
  bool closed = false;
  int records = 0;  // with data, that were judged

  void connect() {
    reader_ = RecordReader();
    transcript_.clear();
    opener_.reset();
    open_ = closed = false;
  }

  [[nodiscard]] static const TestRsaKey& key() {
    static const TestRsaKey made;
    return made;
  }

  // What it sends when these bytes arrive.
  [[nodiscard]] Bytes answer(ByteView bytes) {
    Bytes out;
    reader_.feed(bytes);
    for (;;) {
      const RecordStep step = reader_.next();
      const auto* record = std::get_if<Record>(&step);
      if (record == nullptr || closed) return out;
      const Bytes more = read(*record);
      out.insert(out.end(), more.begin(), more.end());
    }
  }

 private:
  static constexpr std::uint16_t version = 0x0303;
  static constexpr std::uint16_t suite = 0x002f;

  Bytes read(const Record& record) {
    if (open_) return judge(record);
    if (record.type == ContentType::change_cipher_spec) return {};
    if (opener_) return finish(record);
    if (transcript_.empty()) return greet(record);
    agree(record.fragment);
    return {};
  }

  void note(ByteView message) { transcript_.insert(transcript_.end(), message.begin(), message.end()); }

  static Bytes plain(ContentType type, ByteView content) {
    ByteWriter out;
    out.u8(static_cast<std::uint8_t>(type)).u16(version).vector16(content);
    return std::move(out).take();
  }

  Bytes greet(const Record& record) {
    const Bytes hello = plain(record.type, record.fragment);
    note(record.fragment);
    randoms_ = Bytes(32, 7);
    randoms_.insert(randoms_.end(), hello.begin() + 11, hello.begin() + 43);
    ByteReader body(ByteView(hello).subspan(43));
    const ByteView id = body.vector8().value();
    Bytes told;
    if (!id.empty() && gives_tickets) told.assign(id.begin(), id.end());
    if (!id.empty() && bleeds) told.resize(32, 0xee);
    ByteWriter extensions;
    extensions.u16(0xff01).vector16(Bytes{0});
    if (gives_tickets) extensions.u16(35).vector16({});
    ByteWriter first;
    first.u16(version).bytes(Bytes(32, 7)).vector8(told).u16(suite).u8(0).vector16(extensions.view());
    ByteWriter list;
    list.vector24(key().certificate());
    ByteWriter chain;
    chain.vector24(list.view());
    const std::size_t begin = transcript_.size();
    note(make_message(HandshakeType::server_hello, first.view()));
    note(make_message(HandshakeType::certificate, chain.view()));
    note(make_message(HandshakeType::server_hello_done, {}));
    return plain(ContentType::handshake, ByteView(transcript_).subspan(begin));
  }

  void agree(ByteView message) {
    note(message);
    ByteReader body(message.subspan(4));
    const Bytes block = key().raw_decrypt(body.vector16().value());
    const ByteView premaster = ByteView(block).last(48);
    Bytes seed(randoms_.begin() + 32, randoms_.end());
    seed.insert(seed.end(), randoms_.begin(), randoms_.begin() + 32);
    master_ = prf(PrfHash::sha256, premaster, "master secret", seed, 48);
    auto made = make_record_ciphers(*find_record_suite(suite), version, master_, randoms_, random_);
    opener_ = made.first;
    sealer_ = made.second;
  }

  Bytes finish(const Record& record) {
    const auto finished = opener_->open(record.type, record.fragment);
    EXPECT_TRUE(finished.has_value());
    if (finished) note(*finished);
    ByteWriter out;
    if (gives_tickets) {
      ByteWriter ticket;
      ticket.u32(300).vector16(Bytes(160, 9));
      const Bytes message = make_message(HandshakeType::new_session_ticket, ticket.view());
      note(message);
      out.bytes(plain(ContentType::handshake, message));
    }
    out.bytes(plain(ContentType::change_cipher_spec, Bytes{1}));
    const Bytes hash = transcript_hash(PrfHash::sha256, transcript_);
    const Bytes verify = prf(PrfHash::sha256, master_, "server finished", hash, 12);
    out.bytes(sealer_->seal(ContentType::handshake, make_message(HandshakeType::finished, verify)));
    open_ = true;
    return std::move(out).take();
  }

  Bytes alert(std::uint8_t description) {
    closed = true;
    return sealer_->seal(ContentType::alert, Bytes{2, description});
  }

  Bytes judge(const Record& record) {
    constexpr std::size_t mac_size = 20;
    ++records;
    const Bytes blocks = opener_->open_blocks(record.fragment).value();
    const std::size_t padding = std::size_t{blocks.back()} + 1;
    const bool fits = padding + mac_size <= blocks.size();
    const bool padded = fits && std::all_of(blocks.end() - static_cast<std::ptrdiff_t>(padding), blocks.end(),
                                            [&](std::uint8_t byte) { return byte == blocks.back(); });
    bool right = false;
    if (fits) {
      const ByteView data = ByteView(blocks).first(blocks.size() - padding - mac_size);
      const ByteView told = ByteView(blocks).subspan(data.size(), mac_size);
      right = std::ranges::equal(opener_->mac(record.type, data), told);
    }
    return react(padded, right);
  }

  Bytes react(bool padded, bool right) {
    switch (fault) {
      case CbcFault::takes_any_padding:
        return right ? Bytes() : alert(20);
      case CbcFault::tells_padding:
        return alert(!padded && !right ? 21 : 20);
      case CbcFault::tells_right_mac:
        closed = !padded && right;
        return closed ? Bytes() : alert(20);
      case CbcFault::changes_its_mind:
        return alert(records % 2 == 0 ? 21 : 20);
      case CbcFault::says_nothing:
        return {};
      case CbcFault::none:
        break;
    }
    return padded && right ? Bytes() : alert(20);
  }

  SeededRandom random_{3};
  RecordReader reader_;
  Bytes transcript_;
  Bytes randoms_;  // of the server, then of the client
  Bytes master_;
  std::optional<RecordCipher> opener_;
  std::optional<RecordCipher> sealer_;
  bool open_ = false;
};

}  // namespace certherald::codec::tls
