#include <gtest/gtest.h>

#include "scan/probes/probes.hpp"
#include "scan/probes/test_session_peer.hpp"

namespace certherald::scan {
namespace {

using codec::tls::CbcServer;
using codec::tls::OpensslPeer;
using codec::tls::PeerOptions;
using enum model::ProtocolVersion;
using model::CheckResult;
using model::Verdict;

PeerOptions newest(std::uint32_t early_data, std::string groups = "X25519:P-256") {
  return {.version = TLS1_3_VERSION,
          .suites = "TLS_AES_128_GCM_SHA256",
          .groups = std::move(groups),
          .early_data = early_data};
}

TEST(EarlyData, TicketsTellWhetherItIsAllowed) {
  OpensslPeer allows(newest(16'384));
  Wire wire = wire_to(allows);
  const CheckResult found = result_of(settle(early_data_lane, wire, {{tls13, {0x1301}}}), "early_data");
  EXPECT_EQ(found.verdict, Verdict::affected) << found.reason;
  EXPECT_EQ(found.reason, "session tickets allow 16384 bytes of early data");
  EXPECT_EQ(wire.connections, 1);
  OpensslPeer refuses(newest(0));
  Wire other = wire_to(refuses);
  const auto sound = settle(early_data_lane, other, {{tls13, {0x1301}}});
  EXPECT_EQ(sound.front().verdict, Verdict::not_affected) << sound.front().reason;
  EXPECT_EQ(sound.front().reason, "session tickets allow no early data");
}

TEST(EarlyData, AnotherGroupIsGivenWhereItIsWanted) {
  OpensslPeer peer(newest(1, "P-384"));
  Wire wire = wire_to(peer);
  EXPECT_EQ(settle(early_data_lane, wire, {{tls13, {0x1301}}}).front().verdict, Verdict::affected);
  EXPECT_EQ(wire.connections, 2);
}

TEST(EarlyData, WhoGivesNoTicketHasNone) {
  PeerOptions options = newest(16'384);
  OpensslPeer peer(options);
  peer.tickets(0);
  Wire wire = wire_to(peer);
  const auto results = settle(early_data_lane, wire, {{tls13, {0x1301}}});
  EXPECT_EQ(results.front().verdict, Verdict::not_affected) << results.front().reason;
}

TEST(EarlyData, NeedsTls13AndAHandshake) {
  Wire none{[] {}, [](const Bytes&) { return TestReply{{}, After::close}; }};
  EXPECT_EQ(settle(early_data_lane, none, {{tls12, {0xc02f}}}).front().verdict, Verdict::not_applicable);
  EXPECT_EQ(none.connections, 0);
  EXPECT_EQ(settle(early_data_lane, none, {{tls13, {0x1301}}}).front().verdict, Verdict::inconclusive);
  EXPECT_EQ(none.connections, 2);
}

CheckResult renegotiate(Wire& wire, std::uint16_t suite = 0xc02f) {
  return settle(client_renegotiation_lane, wire, {{tls12, {suite}}}).front();
}

TEST(ClientRenegotiation, OneThatIsGrantedIsTheFault) {
  OpensslPeer peer({.switches = SSL_OP_ALLOW_CLIENT_RENEGOTIATION});
  Wire wire = wire_to(peer);
  const CheckResult result = renegotiate(wire);
  EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
  EXPECT_EQ(wire.connections, 1);
}

TEST(ClientRenegotiation, OneThatIsRefusedIsNot) {
  OpensslPeer peer({.switches = 0});
  Wire wire = wire_to(peer);
  const CheckResult result = renegotiate(wire);
  EXPECT_EQ(result.verdict, Verdict::not_affected) << result.reason;
  EXPECT_EQ(result.reason, "another handshake is refused: alert 100 no_renegotiation");
}

// A server that treats the hello as our CBC emulator does a record it cannot use: with silence or by closing.
TEST(ClientRenegotiation, SilenceAndClosingCountWhereTheServerStillAnswers) {
  for (const After after : {After::wait, After::close, After::reset}) {
    CbcServer server;
    server.fault = codec::tls::CbcFault::says_nothing;
    Wire wire = wire_to(server);
    const auto answer = wire.answer;
    wire.answer = [&, answer](const Bytes& sent) {
      TestReply reply = answer(sent);
      if (server.records > 0) reply.after = after;
      server.records = 0;
      return reply;
    };
    const CheckResult result = renegotiate(wire, 0x002f);
    EXPECT_EQ(result.verdict, Verdict::not_affected) << result.reason;
    EXPECT_EQ(wire.connections, 2) << "a hello must work after it";
  }
}

TEST(ClientRenegotiation, NeedsAHandshakeBelowTls13) {
  Wire none{[] {}, [](const Bytes&) { return TestReply{{}, After::close}; }};
  const auto lane = client_renegotiation_lane;
  EXPECT_EQ(settle(lane, none, {{tls13, {0x1301}}}).front().verdict, Verdict::not_applicable);
  EXPECT_EQ(settle(lane, none, {{tls12, {0x0005}}}).front().verdict, Verdict::inconclusive);
  EXPECT_EQ(settle(lane, none, {{ssl3, {0x002f}}}).front().verdict, Verdict::inconclusive);
  EXPECT_EQ(none.connections, 0);
  EXPECT_EQ(settle(lane, none, {{tls12, {0xc02f}}}).front().verdict, Verdict::inconclusive);
}

CheckResult bleed(Wire& wire, std::uint16_t suite = 0x002f) {
  return settle(ticketbleed_lane, wire, {{tls12, {suite}}}).front();
}

TEST(Ticketbleed, AnIdThatComesBackLongerIsTheFault) {
  CbcServer server;
  server.gives_tickets = server.bleeds = true;
  Wire wire = wire_to(server);
  const CheckResult result = bleed(wire);
  EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
  EXPECT_EQ(wire.connections, 2);
  EXPECT_FALSE(result.evidence.contains("received")) << "what came is not kept";
}

TEST(Ticketbleed, AnIdThatComesBackAsItWasIsNot) {
  CbcServer server;
  server.gives_tickets = true;
  Wire wire = wire_to(server);
  const CheckResult result = bleed(wire);
  EXPECT_EQ(result.verdict, Verdict::not_affected);
  EXPECT_EQ(result.reason, "a session id of 31 bytes comes back as it was sent");
  OpensslPeer openssl({.switches = 0});
  Wire other = wire_to(openssl);
  EXPECT_EQ(bleed(other, 0xc02f).reason, "a session id of 31 bytes comes back as it was sent");
  EXPECT_EQ(other.connections, 2);
}

TEST(Ticketbleed, WhoGivesNoTicketsIsAskedOnce) {
  CbcServer server;
  Wire wire = wire_to(server);
  EXPECT_EQ(bleed(wire).verdict, Verdict::not_affected);
  EXPECT_EQ(wire.connections, 1);
}

TEST(Ticketbleed, WhoDiesOfItTellsNothing) {
  CbcServer server;
  server.gives_tickets = true;
  Wire wire = wire_to(server);
  wire.connect = [&server, count = 0]() mutable {
    server.connect();
    server.closed = ++count > 1;
  };
  EXPECT_EQ(bleed(wire).verdict, Verdict::inconclusive);
}

std::vector<CheckResult> pad(CbcServer& server, int& connections) {
  Wire wire = wire_to(server);
  auto results = settle(cbc_padding_lane, wire, {{tls12, {0xc02f, 0x002f}}});
  connections = wire.connections;
  EXPECT_EQ(results.size(), 3U);
  return results;
}

TEST(CbcPadding, EveryFaultIsToldByItsName) {
  const struct {
    codec::tls::CbcFault fault;
    Verdict poodle;
    Verdict golden;
    Verdict zombie;
    int connections;
  } rows[] = {
      {codec::tls::CbcFault::none, Verdict::not_affected, Verdict::not_affected, Verdict::not_affected, 5},
      {codec::tls::CbcFault::takes_any_padding, Verdict::affected, Verdict::not_affected,
       Verdict::not_affected, 20},
      {codec::tls::CbcFault::tells_padding, Verdict::not_affected, Verdict::affected, Verdict::affected, 20},
      {codec::tls::CbcFault::tells_right_mac, Verdict::not_affected, Verdict::not_affected, Verdict::affected,
       20},
      {codec::tls::CbcFault::says_nothing, Verdict::not_affected, Verdict::not_affected,
       Verdict::not_affected, 5},
  };
  for (const auto& row : rows) {
    CbcServer server;
    server.fault = row.fault;
    int connections = 0;
    const auto results = pad(server, connections);
    EXPECT_EQ(result_of(results, "poodle_tls").verdict, row.poodle) << results[0].reason;
    EXPECT_EQ(result_of(results, "goldendoodle").verdict, row.golden) << results[1].reason;
    EXPECT_EQ(result_of(results, "zombie_poodle").verdict, row.zombie) << results[2].reason;
    EXPECT_EQ(connections, row.connections);
  }
}

TEST(CbcPadding, WhatIsNotTheSameThreeTimesTellsNothing) {
  CbcServer server;
  server.fault = codec::tls::CbcFault::changes_its_mind;
  int connections = 0;
  for (const CheckResult& result : pad(server, connections)) {
    EXPECT_EQ(result.verdict, Verdict::inconclusive) << result.id << ": " << result.reason;
  }
}

TEST(CbcPadding, OpensslIsSound) {
  for (const auto& [version, openssl] : {std::pair(tls12, TLS1_2_VERSION), std::pair(tls10, TLS1_VERSION)}) {
    OpensslPeer peer({.version = openssl});
    Wire wire = wire_to(peer);
    for (const CheckResult& result : settle(cbc_padding_lane, wire, {{version, {0xc013}}})) {
      EXPECT_EQ(result.verdict, Verdict::not_affected) << result.id << ": " << result.reason;
    }
    EXPECT_EQ(wire.connections, 5);
  }
}

TEST(CbcPadding, NeedsACbcSuite) {
  Wire none{[] {}, [](const Bytes&) { return TestReply{{}, After::close}; }};
  EXPECT_EQ(settle(cbc_padding_lane, none, {{tls12, {0xc02f}}}).front().verdict, Verdict::not_applicable);
  EXPECT_EQ(settle(cbc_padding_lane, none, {{tls12, {0x000a}}}).front().verdict, Verdict::inconclusive);
  EXPECT_EQ(none.connections, 0);
}

std::vector<CheckResult> get(const std::string& answer, const std::function<void(ScanState&)>& prepare = {}) {
  OpensslPeer peer;
  peer.answer.assign(answer.begin(), answer.end());
  Wire wire = wire_to(peer);
  return settle(http_lane, wire, {{tls12, {0xc02f}}}, prepare);
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

TEST(Http, StrictTransportSecurityCountsFromHalfAYearOn) {
  const struct {
    std::string answer;
    Verdict verdict;
    std::string reason;
  } rows[] = {
      {ok + "\r\n", Verdict::affected, "the answer has no Strict-Transport-Security"},
      {ok + "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\r\n", Verdict::not_affected,
       "Strict-Transport-Security holds for 31536000 seconds"},
      {ok + "strict-transport-security: max-age=300\r\n\r\n", Verdict::affected,
       "Strict-Transport-Security holds for 300 seconds only"},
      {ok + "Strict-Transport-Security: includeSubDomains\r\n\r\n", Verdict::affected,
       "Strict-Transport-Security has no max-age that counts"},
      {"HTTP/1.1 301 Moved\r\nStrict-Transport-Security: max-age=15552000\r\n\r\n", Verdict::not_affected,
       "Strict-Transport-Security holds for 15552000 seconds"},
      {"220 mail.example.com ESMTP\r\n", Verdict::not_applicable, "what is spoken behind TLS is not HTTP/1"},
      {"HTTP/1.1 200 OK\r\nServer", Verdict::inconclusive, "a request of HTTP was not answered: silence"},
  };
  for (const auto& row : rows) {
    const CheckResult result = result_of(get(row.answer), "hsts");
    EXPECT_EQ(result.verdict, row.verdict) << row.answer;
    EXPECT_EQ(result.reason, row.reason);
  }
}

TEST(Http, AddressesAndOtherPortsAreNotAsked) {
  const auto by_address = get(ok + "\r\n", [](ScanState& state) { state.server_name.clear(); });
  EXPECT_EQ(result_of(by_address, "hsts").verdict, Verdict::not_applicable);
  EXPECT_EQ(result_of(by_address, "breach").verdict, Verdict::not_affected);
  const auto other = get(ok + "\r\n", [](ScanState& state) { state.http_host.clear(); });
  EXPECT_EQ(result_of(other, "hsts").verdict, Verdict::not_applicable);
  EXPECT_EQ(result_of(other, "breach").verdict, Verdict::not_applicable);
}

TEST(Http, CompressionAloneIsNoFault) {
  const CheckResult plain = result_of(get(ok + "Content-Encoding: identity\r\n\r\n"), "breach");
  EXPECT_EQ(plain.verdict, Verdict::not_affected);
  const CheckResult packed = result_of(get(ok + "Content-Encoding: gzip\r\n\r\n"), "breach");
  EXPECT_EQ(packed.verdict, Verdict::inconclusive);
  EXPECT_TRUE(packed.reason.starts_with("the first page comes compressed (gzip)")) << packed.reason;
}

TEST(Http, Tls13AloneWillDo) {
  OpensslPeer peer(newest(0));
  const std::string answer = ok + "\r\n";
  peer.answer.assign(answer.begin(), answer.end());
  Wire wire = wire_to(peer);
  const auto results = settle(http_lane, wire, {{tls13, {0x1301}}});
  EXPECT_EQ(result_of(results, "hsts").verdict, Verdict::affected) << results.front().reason;
}

}  // namespace
}  // namespace certherald::scan
