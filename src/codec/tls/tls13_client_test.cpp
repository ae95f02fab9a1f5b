#include "codec/tls/tls13_client.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "codec/tls/client_hello.hpp"
#include "codec/tls/test_openssl_peer.hpp"

namespace certherald::codec::tls {
namespace {

using enum model::ProtocolVersion;

struct Talk {
  explicit Talk(const PeerOptions& options, std::vector<std::uint16_t> suites, std::uint16_t group = 29)
      : peer(options) {
    const auto share = KeyShare::make(group).value();
    spec.version = tls13;
    spec.ciphers = std::move(suites);
    spec.groups = {group};
    if (group == 29) spec.groups.push_back(24);
    spec.key_share = {group, share.public_key()};
    random.fill(spec.random);
    random.fill(spec.session_id);
    const Bytes hello = build_client_hello(spec);
    client.emplace(hello, spec.ciphers, share);
    carry(hello);
  }

  void carry(Bytes bytes) {
    while (!bytes.empty()) {
      client->feed(peer.exchange(bytes));
      bytes = client->output();
    }
  }

  // The data that came back.
  std::string echo(std::string_view words) {
    carry(client->seal(ContentType::application_data, as_bytes(words)));
    std::string out;
    while (const auto record = client->take()) {
      if (record->type == ContentType::application_data) out += as_text(record->content);
    }
    return out;
  }

  SeededRandom random{5};
  OpensslPeer peer;
  HelloSpec spec;
  std::optional<Tls13Client> client;
};

PeerOptions newest(std::string suites = "TLS_AES_128_GCM_SHA256", std::string groups = "X25519:P-256") {
  return {.version = TLS1_3_VERSION, .suites = std::move(suites), .groups = std::move(groups)};
}

TEST(Tls13Client, ShakesHandsWithEverySuiteAndGroup) {
  const struct {
    std::uint16_t code;
    const char* name;
  } suites[] = {{0x1301, "TLS_AES_128_GCM_SHA256"},
                {0x1302, "TLS_AES_256_GCM_SHA384"},
                {0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
                {0x1304, "TLS_AES_128_CCM_SHA256"},
                {0x1305, "TLS_AES_128_CCM_8_SHA256"}};
  for (const auto& suite : suites) {
    Talk talk(newest(suite.name), {suite.code});
    ASSERT_EQ(talk.client->stage(), Stage::open) << suite.name << " " << talk.client->failure();
    EXPECT_TRUE(talk.peer.finished());
    EXPECT_EQ(talk.client->chain().size(), 1U);
    EXPECT_EQ(talk.echo("hello"), "hello");
    EXPECT_EQ(talk.echo(std::string(3000, 'x')), std::string(3000, 'x'));
  }
  for (const std::uint16_t group : KeyShare::groups()) {
    Talk talk(newest("TLS_AES_256_GCM_SHA384", "X25519:P-256:P-384:P-521:X448"), {0x1302}, group);
    EXPECT_EQ(talk.client->stage(), Stage::open) << group << " " << talk.client->failure();
    EXPECT_EQ(talk.echo("hello"), "hello");
  }
}

TEST(Tls13Client, TicketsSayHowMuchEarlyDataTheyTake) {
  Talk without(newest(), {0x1301});
  ASSERT_FALSE(without.client->tickets().empty());
  EXPECT_FALSE(without.client->tickets().front().max_early_data);
  EXPECT_FALSE(without.client->tickets().front().ticket.empty());
  PeerOptions options = newest();
  options.early_data = 16'384;
  Talk with(options, {0x1301});
  ASSERT_FALSE(with.client->tickets().empty());
  EXPECT_EQ(with.client->tickets().front().max_early_data, 16'384U);
}

TEST(Tls13Client, AnswersARequestForACertificateWithNone) {
  PeerOptions options = newest();
  options.asks_client = true;
  Talk talk(options, {0x1301});
  EXPECT_EQ(talk.client->stage(), Stage::open) << talk.client->failure();
  EXPECT_TRUE(talk.peer.finished());
  EXPECT_EQ(talk.echo("hello"), "hello");
}

TEST(Tls13Client, FollowsAKeyUpdate) {
  Talk talk(newest(), {0x1301});
  talk.peer.key_update();
  talk.carry(talk.client->seal(ContentType::application_data, as_bytes("before")));
  talk.client->feed(talk.peer.say(as_bytes("x")));
  talk.carry(talk.client->output());
  EXPECT_EQ(talk.echo("after"), "beforexafter") << talk.client->failure();
}

TEST(Tls13Client, ARetryEndsItWithTheGroupThatIsWanted) {
  Talk talk(newest("TLS_AES_128_GCM_SHA256", "P-384"), {0x1301});
  EXPECT_EQ(talk.client->stage(), Stage::ended);
  EXPECT_EQ(talk.client->failure(), "a HelloRetryRequest");
  EXPECT_EQ(talk.client->hellos().back().group, 24);
}

TEST(Tls13Client, WhatWasChangedOnTheWayIsNotBelieved) {
  // From the ServerHello's random on to the last byte of its Finished.
  Talk whole(newest(), {0x1301});
  whole.peer.connect();
  const std::size_t size = whole.peer.exchange(build_client_hello(whole.spec)).size();
  for (const std::size_t at : {std::size_t{20}, size / 2, size - 1}) {
    Talk talk(newest(), {0x1301});
    talk.peer.connect();
    const auto share = KeyShare::make(29).value();
    talk.spec.key_share = {29, share.public_key()};
    const Bytes hello = build_client_hello(talk.spec);
    Tls13Client client(hello, talk.spec.ciphers, share);
    Bytes answer = talk.peer.exchange(hello);
    answer[std::min(at, answer.size() - 1)] ^= 1U;
    client.feed(answer);
    EXPECT_EQ(client.stage(), Stage::ended) << at;
    EXPECT_NE(client.failure(), "") << at;
  }
}

Bytes record(std::uint8_t type, const std::string& hex) {
  ByteWriter out;
  out.u8(type).u16(0x0303).vector16(from_hex(hex).value());
  return std::move(out).take();
}

TEST(Tls13Client, HostileBytesEndIt) {
  const std::string head = "0303" + std::string(64, '7') + "00130100";
  const std::string version = "002b00020304";
  const struct {
    const char* what;
    Bytes sent;
    std::string failure;
  } rows[] = {
      {"text", Bytes{'H', 'T', 'T', 'P', '/'}, "something that is no TLS"},
      {"data first", record(23, "00"), "a record of another type in place of a ServerHello"},
      {"an old version", record(22, "02000026" + head), "a version that was not offered"},
      {"no share", record(22, "0200002e" + head + "0006" + version), "a key share that is of no use"},
      {"another group", record(22, "02000036" + head + "000e" + version + "0033000400170000"),
       "a key share that is of no use"},
      {"a share of zeros",
       record(22, "02000056" + head + "002e" + version + "00330024001d0020" + std::string(64, '0')),
       "a key share that is of no use"},
      {"extensions in the clear", record(22, "080000020000"), "a handshake message out of place"},
      {"too large", record(22, "02ffffff"), "a handshake beyond our limits"},
  };
  for (const auto& row : rows) {
    const auto share = KeyShare::make(29).value();
    HelloSpec spec;
    spec.version = tls13;
    spec.ciphers = {0x1301};
    spec.groups = {29};
    spec.key_share = {29, share.public_key()};
    Tls13Client client(build_client_hello(spec), spec.ciphers, share);
    client.feed(record(20, "01"));
    client.feed(row.sent);
    EXPECT_EQ(client.stage(), Stage::ended) << row.what;
    EXPECT_EQ(client.failure(), row.failure) << row.what;
  }
}

TEST(Tls13Ticket, OnlyWholeOnesAreRead) {
  const auto parse = [](const std::string& hex) { return parse_tls13_ticket(from_hex(hex).value()); };
  const auto with = parse(
      "00000e100000000101000003010203"
      "0008002a000400004000");
  ASSERT_TRUE(with.has_value());
  EXPECT_EQ(with->lifetime, 3600U);
  EXPECT_EQ(with->ticket, (Bytes{1, 2, 3}));
  EXPECT_EQ(with->max_early_data, 0x4000U);
  EXPECT_EQ(parse("00000e100000000101000003010203"
                  "0000")
                ->max_early_data,
            std::nullopt);
  for (const char* bad :
       {"", "00000e10", "00000e100000000101000003010203", "00000e100000000101000003010203000000",
        "00000e100000000101000003010203"
        "0006002a00020000",
        "00000e100000000101000003010203"
        "0009002a00050000400000"}) {
    EXPECT_FALSE(parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace certherald::codec::tls
