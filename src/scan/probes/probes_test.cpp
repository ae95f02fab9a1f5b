#include "scan/probes/probes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scan/probes/test_peer.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;
using model::CheckResult;
using model::Verdict;
using testing::HasSubstr;

TestServer old_server() { return {.suites = {{tls11, {0x002f}}, {tls12, {0x009c, 0x002f}}}}; }
TestServer modern_server() { return {.suites = {{tls12, {0xc02f}}, {tls13, {0x1301}}}}; }

TestReply record(std::uint8_t type, ByteView fragment, After after = After::wait) {
  ByteWriter out;
  out.u8(type).u16(0x0303).vector16(fragment);
  return {std::move(out).take(), after};
}

// The fragment of the one record in `sent`, which must be of this type and version.
Bytes fragment_of(const Bytes& sent, std::uint8_t type) {
  ByteReader reader(sent);
  EXPECT_EQ(reader.u8(), type);
  EXPECT_EQ(reader.u16(), 0x0303);
  const auto fragment = reader.vector16();
  EXPECT_TRUE(fragment && reader.empty()) << to_hex(sent);
  return fragment ? Bytes(fragment->begin(), fragment->end()) : Bytes();
}

// OpenSSL 1.0.1 to 1.0.1f: it takes the length for granted, answers with as much, and pads by 16 bytes.
TestReply echo_unchecked(const Bytes& sent) {
  const Bytes message = fragment_of(sent, 24);
  ByteReader reader(message);
  EXPECT_EQ(reader.u8(), 1);
  const auto payload = reader.vector16();
  EXPECT_TRUE(payload) << "it claims more than it sends";
  EXPECT_TRUE(reader.empty()) << "a correct message would be answered by a correct server";
  ByteWriter answer;
  answer.u8(2).vector16(payload.value_or(ByteView())).bytes(Bytes(16, 0xee));
  return record(24, answer.view());
}

struct Heartbeats {
  explicit Heartbeats(React react, bool offered = true) : peer{old_server(), std::move(react)} {
    Asked asked(peer);
    asked.state.facts.heartbeat = offered;
    result = asked.run(heartbleed_lane(asked.state), peer);
  }
  Peer peer;
  CheckResult result;
};

TEST(Heartbleed, AnEchoOfWhatWasSentIsTheFault) {
  const Heartbeats seen(echo_unchecked);
  EXPECT_EQ(seen.result.id, "heartbleed");
  EXPECT_EQ(seen.result.verdict, Verdict::affected) << seen.result.reason;
  EXPECT_EQ(seen.result.evidence.at("outcome"), "accepted\na record of type 24 (8211 bytes)");
  EXPECT_EQ(seen.peer.connections, 1);
}

TEST(Heartbleed, WhoRefusesOrKeepsSilentIsSoundIfItStillAnswers) {
  for (const TestReply& reply : {TestReply{test_wire::alert(2, 10), After::close}, TestReply{{}, After::wait},
                                 TestReply{{}, After::close}, TestReply{{}, After::reset}}) {
    Heartbeats seen([&reply](const Bytes&) { return reply; });
    EXPECT_EQ(seen.result.verdict, Verdict::not_affected) << seen.result.reason;
    EXPECT_EQ(seen.peer.connections, 2) << "a hello must work after it";
  }
}

TEST(Heartbleed, WhoIsGoneAfterItTellsNothing) {
  Peer peer{old_server()};
  peer.server.dies_after = 1;
  Asked asked(peer);
  asked.state.facts.heartbeat = true;
  const CheckResult result = asked.run(heartbleed_lane(asked.state), peer);
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_THAT(result.reason, HasSubstr("but a hello that had worked then did not"));
}

TEST(Heartbleed, AnyOtherAnswerIsNoEcho) {
  const auto shorter = [](const Bytes& sent) {
    TestReply reply = echo_unchecked(sent);
    reply.bytes[6] = 0x10;  // half of the length
    return reply;
  };
  const auto altered = [](const Bytes& sent) {
    TestReply reply = echo_unchecked(sent);
    reply.bytes[2000] ^= 1;
    return reply;
  };
  const auto as_request = [](const Bytes& sent) {
    TestReply reply = echo_unchecked(sent);
    reply.bytes[5] = 1;
    return reply;
  };
  const auto mirrored = [](const Bytes& sent) { return TestReply{sent, After::wait}; };
  const auto talk = [](const Bytes&) {
    return TestReply{{'5', '0', '0', ' ', 'O', 'O', 'P', 'S'}, After::close};
  };
  for (const React& react :
       {React(shorter), React(altered), React(as_request), React(mirrored), React(talk)}) {
    const Heartbeats seen(react);
    EXPECT_EQ(seen.result.verdict, Verdict::inconclusive) << seen.result.reason;
  }
}

TEST(Heartbleed, AsksNobodyWhoDoesNotOfferHeartbeats) {
  const Heartbeats seen(echo_unchecked, false);
  EXPECT_EQ(seen.result.verdict, Verdict::not_affected);
  EXPECT_EQ(seen.peer.connections, 0);
}

// Takes the change at any time and decrypts from then on: OpenSSL before 1.0.1h. `told`: what it says of the
// record that it could not decrypt.
struct TakesEarlyChange {
  std::uint8_t told = 20;
  bool changed = false;

  TestReply operator()(const Bytes& sent) {
    if (!changed) {
      EXPECT_EQ(fragment_of(sent, 20), Bytes{1});
      changed = true;
      return {};
    }
    EXPECT_EQ(fragment_of(sent, 22).size(), 64U);
    return {test_wire::alert(2, told), After::close};
  }
};

CheckResult early_change(Peer& peer) {
  Asked asked(peer);
  return asked.run(ccs_injection_lane(asked.state), peer);
}

TEST(CcsInjection, SilenceAndThenAFailedDecryptionIsTheFault) {
  for (const std::uint8_t told : {20, 21, 50, 40}) {
    Peer peer{old_server(), TakesEarlyChange{.told = told}};
    const CheckResult result = early_change(peer);
    EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
    EXPECT_EQ(peer.connections, 1);
  }
}

TEST(CcsInjection, WhoRefusesTheChangeIsSound) {
  Peer alerts{old_server()};
  EXPECT_EQ(early_change(alerts).verdict, Verdict::not_affected);
  EXPECT_EQ(alerts.connections, 1);
  for (const After after : {After::close, After::reset}) {
    Peer peer{old_server(), [after](const Bytes&) { return TestReply{{}, after}; }};
    EXPECT_EQ(early_change(peer).verdict, Verdict::not_affected);
    EXPECT_EQ(peer.connections, 2) << "a hello must work after it";
  }
}

TEST(CcsInjection, WhatTellsNothingIsAskedOnceMoreWithAnotherSuite) {
  Peer peer{old_server(), [](const Bytes&) { return TestReply{}; }};
  const CheckResult result = early_change(peer);
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_EQ(result.reason, "an early ChangeCipherSpec was answered with silence, then silence");
  EXPECT_EQ(peer.follow_ups, 2);
  // An unexpected_message to the record behind the change is no decryption.
  bool first = true;
  Peer late{old_server(), [&first](const Bytes&) {
              return std::exchange(first, !first) ? TestReply{}
                                                  : TestReply{test_wire::alert(2, 10), After::close};
            }};
  EXPECT_EQ(early_change(late).verdict, Verdict::inconclusive);
}

TEST(CcsInjection, NeedsAVersionBelowTls13) {
  Peer peer{{.suites = {{tls13, {0x1301}}}}};
  EXPECT_EQ(early_change(peer).verdict, Verdict::not_applicable);
  EXPECT_EQ(peer.connections, 0);
}

// What a server says to a hello with TLS_FALLBACK_SCSV.
CheckResult fall_back(Peer& peer, const Outcome& told, std::optional<bool> sentinel = {}) {
  Asked asked(peer);
  asked.state.facts.downgrade_sentinel = sentinel;
  const auto lane = fallback_scsv_lane(asked.state);
  while (auto probe = lane->next()) {
    ++peer.connections;
    const auto hello = codec::tls::test_hello(probe->hello);
    EXPECT_NE(std::ranges::find(hello.ciphers, 0x5600), hello.ciphers.end());
    EXPECT_EQ(hello.version, peer.server.suites.contains(tls13) ? 0x0303 : 0x0302);
    lane->answered(told);
  }
  return asked.state.facts.probed.back();
}

Outcome alerted(std::uint8_t description) {
  Outcome out;
  out.kind = OutcomeKind::alert;
  out.alert = codec::tls::Alert{2, description};
  return out;
}

Outcome agreed() {
  Outcome out;
  out.kind = OutcomeKind::server_hello;
  out.hello.emplace();
  return out;
}

TEST(FallbackScsv, OnlyInappropriateFallbackIsARefusal) {
  Peer peer{old_server()};
  EXPECT_EQ(fall_back(peer, alerted(86)).verdict, Verdict::not_affected);
  EXPECT_EQ(fall_back(peer, alerted(40)).verdict, Verdict::inconclusive);
  EXPECT_EQ(fall_back(peer, agreed()).verdict, Verdict::affected);
  EXPECT_EQ(peer.connections, 3);
}

TEST(FallbackScsv, Tls13ProtectsItselfWhereItMarksItsAnswers) {
  Peer peer{modern_server()};
  EXPECT_EQ(fall_back(peer, agreed(), true).verdict, Verdict::not_affected);
  EXPECT_EQ(fall_back(peer, agreed(), false).verdict, Verdict::affected);
}

TEST(FallbackScsv, OneVersionHasNothingToFallBackTo) {
  Peer peer{{.suites = {{tls12, {0xc02f}}}}};
  EXPECT_EQ(fall_back(peer, agreed()).verdict, Verdict::not_applicable);
  EXPECT_EQ(peer.connections, 0);
}

TEST(FallbackScsv, SilenceIsAskedOnceMoreAndThenTellsNothing) {
  Outcome silent;
  silent.kind = OutcomeKind::silent;
  Peer peer{old_server()};
  EXPECT_EQ(fall_back(peer, silent).verdict, Verdict::inconclusive);
  EXPECT_EQ(peer.connections, 2);
}

CheckResult quantum(Peer& peer) {
  Asked asked(peer);
  return asked.run(post_quantum_lane(asked.state), peer);
}

TEST(PostQuantum, AGroupThatIsAskedForIsSupported) {
  Peer peer{modern_server()};
  peer.server.groups = {29, 0x11ec};
  const CheckResult result = quantum(peer);
  EXPECT_EQ(result.verdict, Verdict::not_affected);
  EXPECT_EQ(result.reason, "x25519mlkem768 is accepted");
  EXPECT_EQ(peer.connections, 1);
}

TEST(PostQuantum, ARefusalCountsWhereAnotherHelloWorks) {
  Peer peer{modern_server()};
  EXPECT_EQ(quantum(peer).verdict, Verdict::affected);
  EXPECT_EQ(peer.connections, 2);
  Peer dying{modern_server()};
  dying.server.dies_after = 1;
  EXPECT_EQ(quantum(dying).verdict, Verdict::inconclusive);
  Peer older{old_server()};
  EXPECT_EQ(quantum(older).verdict, Verdict::not_applicable);
}

}  // namespace
}  // namespace certherald::scan
