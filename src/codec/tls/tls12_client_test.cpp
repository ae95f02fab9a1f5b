#include "codec/tls/tls12_client.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "codec/tls/test_openssl_peer.hpp"

namespace certherald::codec::tls {
namespace {

using enum model::ProtocolVersion;

HelloSpec spec_of(model::ProtocolVersion version, std::vector<std::uint16_t> ciphers, Random& random) {
  HelloSpec spec;
  spec.version = version;
  spec.ciphers = std::move(ciphers);
  spec.groups = {29, 23};
  spec.encrypt_then_mac = false;
  random.fill(spec.random);
  return spec;
}

// Lets both talk until neither has anything to say.
void carry(Client& client, OpensslPeer& peer, Bytes bytes) {
  while (!bytes.empty()) {
    client.feed(peer.exchange(bytes));
    bytes = client.output();
  }
}

void expect_echo(Client& client, OpensslPeer& peer, std::string_view words) {
  carry(client, peer, client.seal(ContentType::application_data, as_bytes(words)));
  Bytes answer;
  while (const auto record = client.take()) {
    EXPECT_EQ(record->type, ContentType::application_data);
    answer.insert(answer.end(), record->content.begin(), record->content.end());
  }
  EXPECT_EQ(as_text(answer), words) << client.failure();
}

struct Row {
  std::uint16_t suite;
  model::ProtocolVersion version;
  bool rsa = true;
  std::string groups = "X25519:P-256";
  std::uint64_t switches = SSL_OP_NO_ENCRYPT_THEN_MAC;
  bool asks_client = false;
};

int openssl_version(model::ProtocolVersion version) { return wire_version(version); }

class Tls12ClientSuites : public testing::TestWithParam<Row> {};

TEST_P(Tls12ClientSuites, ShakesHandsAndTalksBothWays) {
  const Row& row = GetParam();
  OpensslPeer peer({.version = openssl_version(row.version),
                    .groups = row.groups,
                    .rsa = row.rsa,
                    .switches = row.switches,
                    .asks_client = row.asks_client});
  SeededRandom random(7);
  const HelloSpec spec = spec_of(row.version, {row.suite}, random);
  Tls12Client client(spec, random);
  carry(client, peer, build_client_hello(spec));
  ASSERT_EQ(client.stage(), Stage::open) << client.failure();
  EXPECT_TRUE(peer.finished());
  ASSERT_EQ(client.hellos().size(), 1U);
  EXPECT_EQ(client.hellos().front().cipher, row.suite);
  EXPECT_EQ(client.chain().size(), 1U);
  expect_echo(client, peer, "GET / HTTP/1.1\r\n\r\n");
  expect_echo(client, peer, std::string(3000, 'x'));
}

INSTANTIATE_TEST_SUITE_P(
    Openssl, Tls12ClientSuites,
    testing::Values(Row{0x002f, tls10}, Row{0x0035, tls11}, Row{0xc013, tls10}, Row{0xc014, tls11},
                    Row{0x0033, tls10}, Row{0x002f, tls12}, Row{0x003c, tls12}, Row{0x003d, tls12},
                    Row{0x009c, tls12}, Row{0x009d, tls12}, Row{0x0067, tls12}, Row{0x009e, tls12},
                    Row{0x009f, tls12}, Row{0xccaa, tls12}, Row{0xc027, tls12}, Row{0xc028, tls12},
                    Row{0xc02f, tls12}, Row{0xc030, tls12}, Row{0xcca8, tls12}, Row{0xc009, tls11, false},
                    Row{0xc00a, tls12, false}, Row{0xc023, tls12, false}, Row{0xc024, tls12, false},
                    Row{0xc02b, tls12, false, "P-256"}, Row{0xc02c, tls12, false}, Row{0xcca9, tls12, false},
                    Row{0xc02f, tls12, true, "X25519", SSL_OP_NO_EXTENDED_MASTER_SECRET},
                    Row{0x002f, tls10, true, "X25519",
                        SSL_OP_NO_EXTENDED_MASTER_SECRET | SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS},
                    Row{0xc02f, tls12, true, "X25519", 0, true}, Row{0x002f, tls10, true, "X25519", 0, true}),
    [](const auto& info) {
      return std::to_string(info.index) + "_" +
             to_hex(Bytes{static_cast<std::uint8_t>(info.param.suite >> 8U),
                          static_cast<std::uint8_t>(info.param.suite)});
    });

struct Opened {
  explicit Opened(const PeerOptions& options = {}, std::vector<std::uint16_t> suites = {0xc02f},
                  std::optional<Bytes> ticket = {})
      : peer(options), spec(spec_of(tls12, std::move(suites), random)) {
    spec.session_ticket = std::move(ticket);
    client.emplace(spec, random);
    carry(*client, peer, build_client_hello(spec));
    EXPECT_EQ(client->stage(), Stage::open) << client->failure();
  }
  SeededRandom random{11};
  OpensslPeer peer;
  HelloSpec spec;
  std::optional<Tls12Client> client;
};

TEST(Tls12Client, RenegotiatesWhereTheServerAllowsIt) {
  for (const std::uint16_t suite : {std::uint16_t{0xc02f}, std::uint16_t{0xc013}}) {
    Opened opened({.switches = SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_ENCRYPT_THEN_MAC}, {suite});
    opened.client->renegotiate();
    EXPECT_EQ(opened.client->stage(), Stage::handshake);
    carry(*opened.client, opened.peer, opened.client->output());
    EXPECT_EQ(opened.client->stage(), Stage::open) << opened.client->failure();
    EXPECT_EQ(opened.client->hellos().size(), 2U);
    expect_echo(*opened.client, opened.peer, "after");
  }
}

TEST(Tls12Client, ARefusedRenegotiationLeavesTheSession) {
  Opened opened({.switches = 0});
  opened.client->renegotiate();
  carry(*opened.client, opened.peer, opened.client->output());
  EXPECT_EQ(opened.client->stage(), Stage::open);
  EXPECT_EQ(opened.client->hellos().size(), 1U);
  const auto told = opened.client->take();
  ASSERT_TRUE(told.has_value());
  EXPECT_EQ(told->type, ContentType::alert);
  EXPECT_EQ(told->content, (Bytes{1, 100}));
  expect_echo(*opened.client, opened.peer, "as before");
}

TEST(Tls12Client, ResumesWithATicketAndWithAnId) {
  for (const bool by_ticket : {true, false}) {
    Opened first({.switches = by_ticket ? std::uint64_t{0} : SSL_OP_NO_TICKET}, {0xc02f},
                 by_ticket ? std::optional(Bytes()) : std::nullopt);
    const auto session = first.client->session();
    ASSERT_TRUE(session.has_value());
    EXPECT_EQ(session->ticket.empty(), !by_ticket);
    first.peer.connect();
    HelloSpec again = spec_of(tls12, {0xc02f}, first.random);
    again.resumed_id = by_ticket ? Bytes(31, 9) : session->id;
    if (by_ticket) again.session_ticket = session->ticket;
    Tls12Client second(again, first.random, session);
    carry(second, first.peer, build_client_hello(again));
    EXPECT_EQ(second.stage(), Stage::open) << second.failure();
    EXPECT_TRUE(second.resumed());
    EXPECT_TRUE(first.peer.resumed());
    EXPECT_EQ(second.hellos().front().session_id, again.resumed_id);
    expect_echo(second, first.peer, "again");
  }
}

TEST(Tls12Client, ATicketThatIsNotHeededIsAWholeHandshake) {
  Opened first({.switches = 0}, {0xc02f}, Bytes());
  auto session = first.client->session();
  ASSERT_TRUE(session.has_value());
  session->ticket.front() ^= 1U;
  first.peer.connect();
  HelloSpec again = spec_of(tls12, {0xc02f}, first.random);
  again.resumed_id = Bytes(32, 9);
  again.session_ticket = session->ticket;
  Tls12Client second(again, first.random, session);
  carry(second, first.peer, build_client_hello(again));
  EXPECT_EQ(second.stage(), Stage::open) << second.failure();
  EXPECT_FALSE(second.resumed());
}

TEST(Tls12Client, AMadeUpRecordIsWhatTheServerSees) {
  Opened opened({}, {0xc013});
  RecordCipher& sealer = *opened.client->sealer();
  const Bytes words = {'a', 'b'};
  Bytes blocks = words;
  const Bytes mac = sealer.mac(ContentType::application_data, words);
  blocks.insert(blocks.end(), mac.begin(), mac.end());
  const std::size_t padding = 256 + 16 - (blocks.size() + 256) % 16;  // more than it needs, within 256
  blocks.insert(blocks.end(), padding - 16, static_cast<std::uint8_t>(padding - 17));
  ASSERT_EQ(blocks.size() % 16, 0U);
  (void)opened.peer.exchange(sealer.seal_blocks(ContentType::application_data, blocks));
  EXPECT_EQ(as_text(opened.peer.read()), "ab");
}

// What becomes of a handshake whose server's bytes were changed by `spoil` on their way.
Tls12Client& spoiled(Opened& opened, int reply, const std::function<void(Bytes&)>& spoil) {
  opened.peer.connect();
  opened.client.emplace(opened.spec, opened.random);
  Bytes bytes = build_client_hello(opened.spec);
  for (int round = 0; !bytes.empty(); ++round) {
    Bytes answer = opened.peer.exchange(bytes);
    if (round == reply) spoil(answer);
    opened.client->feed(answer);
    bytes = opened.client->output();
  }
  return *opened.client;
}

TEST(Tls12Client, WhatWasChangedOnTheWayIsNotBelieved) {
  Opened opened;
  // The random of the ServerHello: keys and Finished are others then.
  EXPECT_EQ(spoiled(opened, 0, [](Bytes& bytes) { bytes[20] ^= 1U; }).stage(), Stage::ended);
  // The last byte of the server's Finished.
  EXPECT_EQ(spoiled(opened, 1, [](Bytes& bytes) { bytes.back() ^= 1U; }).failure(),
            "a record that cannot be decrypted");
  // A suite that was not offered.
  const Client& other = spoiled(opened, 0, [](Bytes& bytes) { bytes[5 + 4 + 2 + 32 + 1 + 32 + 1] = 0x30; });
  EXPECT_EQ(other.stage(), Stage::ended);
  // Cut in pieces it is the same.
  opened.peer.connect();
  opened.client.emplace(opened.spec, opened.random);
  Bytes bytes = build_client_hello(opened.spec);
  while (!bytes.empty()) {
    for (const std::uint8_t byte : opened.peer.exchange(bytes)) opened.client->feed(Bytes{byte});
    bytes = opened.client->output();
  }
  EXPECT_EQ(opened.client->stage(), Stage::open) << opened.client->failure();
}

Bytes record(std::uint8_t type, const std::string& hex) {
  ByteWriter out;
  out.u8(type).u16(0x0303).vector16(from_hex(hex).value());
  return std::move(out).take();
}

TEST(Tls12Client, HostileBytesEndIt) {
  const std::string hello = "020000260303" + std::string(64, '7') + "00c02f00";
  const struct {
    const char* what;
    std::vector<Bytes> sent;
    std::string failure;
  } rows[] = {
      {"text", {Bytes{'H', 'T', 'T', 'P', '/'}}, "something that is no TLS"},
      {"data first", {record(23, "00")}, "data in the middle of a handshake"},
      {"change first", {record(20, "01")}, "a ChangeCipherSpec out of place"},
      {"finished first",
       {record(22, "1400000c000000000000000000000000")},
       "a handshake message out of place"},
      {"short hello", {record(22, "020000020303")}, "a ServerHello that makes no sense"},
      {"a newer version",
       {record(22, "020000260304" + std::string(64, '7') + "00c02f00")},
       "a version that was not offered"},
      {"an older version",
       {record(22, "020000260300" + std::string(64, '7') + "00c02f00")},
       "a version that was not offered"},
      {"compression",
       {record(22, "020000260303" + std::string(64, '7') + "00c02f01")},
       "an extension that was not offered"},
      {"another suite",
       {record(22, "020000260303" + std::string(64, '7') + "00002f00")},
       "a suite that was not offered, or is not known"},
      {"two hellos", {record(22, hello), record(22, hello)}, "a handshake message out of place"},
      {"no keys", {record(22, hello), record(22, "0e000000")}, "a key exchange that is of no use"},
      {"change in a flight", {record(22, hello), record(20, "01")}, "a ChangeCipherSpec out of place"},
      {"a bad chain",
       {record(22, hello), record(22, "0b000003000005")},
       "a Certificate message that makes no sense"},
      {"a point off the curve",
       {record(22, hello), record(22, "0c00000703001703040505"), record(22, "0e000000")},
       "a key exchange that is of no use"},
      {"too large", {record(22, "02ffffff")}, "a handshake beyond our limits"},
      {"half an alert", {record(21, "02")}, "an alert that makes no sense"},
  };
  for (const auto& row : rows) {
    SeededRandom random(3);
    Tls12Client client(spec_of(tls12, {0xc02f}, random), random);
    for (const Bytes& bytes : row.sent) client.feed(bytes);
    EXPECT_EQ(client.stage(), Stage::ended) << row.what;
    EXPECT_EQ(client.failure(), row.failure) << row.what;
  }
}

TEST(Tls12Client, AlertsEndItAndWarningsDoNot) {
  SeededRandom random(3);
  Tls12Client client(spec_of(tls12, {0xc02f}, random), random);
  client.feed(record(21, "0170"));
  EXPECT_EQ(client.stage(), Stage::handshake);
  client.feed(record(21, "0228"));
  EXPECT_EQ(client.stage(), Stage::ended);
  EXPECT_EQ(client.alert(), (Alert{2, 40}));
  Tls12Client warned(spec_of(tls12, {0xc02f}, random), random);
  for (int i = 0; i < 20; ++i) warned.feed(record(21, "0170"));
  EXPECT_EQ(warned.stage(), Stage::ended);
}

}  // namespace
}  // namespace certherald::codec::tls
