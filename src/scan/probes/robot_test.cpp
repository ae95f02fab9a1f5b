#include <gtest/gtest.h>

#include "codec/tls/test_rsa_key.hpp"
#include "scan/probes/probes.hpp"
#include "scan/probes/test_peer.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;
using model::CheckResult;
using model::Verdict;

const codec::tls::TestRsaKey& key() {
  static const codec::tls::TestRsaKey made;
  return made;
}

// The padded secret of a ClientKeyExchange (RFC 5246 section 7.4.7.1).
Bytes open(const Bytes& sent) {
  ByteReader reader(sent);
  EXPECT_EQ(reader.u8(), 22);
  EXPECT_EQ(reader.u16(), 0x0303);
  ByteReader message(reader.vector16().value());
  EXPECT_EQ(message.u8(), 16);
  ByteReader body(message.vector24().value());
  const auto sealed = body.vector16().value();
  EXPECT_TRUE(body.empty() && message.empty());
  return key().raw_decrypt(sealed);
}

struct Seen {
  bool padded = false;   // 00 02, no zero in the next eight bytes, a zero later
  bool sized = false;    // and 48 bytes behind that zero
  bool version = false;  // which begin with the version of the hello
  bool whole = false;    // ChangeCipherSpec and Finished came with it
};

Seen see(const Bytes& sent) {
  const Bytes block = open(sent);
  const auto zero = std::find(block.begin() + 2, block.end(), 0);
  Seen out;
  out.whole = sent.size() > 5U + 4 + 2 + 128;
  out.padded = block[0] == 0 && block[1] == 2 && zero - block.begin() >= 10 && zero != block.end();
  out.sized = out.padded && block.end() - zero == 49;
  out.version = out.sized && zero[1] == 3 && zero[2] == 3;
  return out;
}

TestReply alert(std::uint8_t description) { return {test_wire::alert(2, description), After::close}; }

// RFC 5246 section 7.4.7.1: goes on with a random secret, so that only Finished fails.
TestReply sound(const Seen& seen) { return seen.whole ? alert(20) : TestReply{}; }

CheckResult ask(const std::function<TestReply(const Seen&)>& server, int& connections,
                std::vector<std::uint16_t> suites = {0xc02f, 0x009c}) {
  Peer peer{{.suites = {{tls12, std::move(suites)}}, .chain = {key().certificate()}},
            [&server](const Bytes& sent) { return server(see(sent)); }};
  Asked asked(peer);
  CheckResult result = asked.run(robot_lane(asked.state), peer);
  connections = peer.connections;
  return result;
}

TEST(Robot, AServerThatHidesTheFaultIsSound) {
  int connections = 0;
  const CheckResult result = ask(sound, connections);
  EXPECT_EQ(result.id, "robot");
  EXPECT_EQ(result.verdict, Verdict::not_affected) << result.reason;
  EXPECT_EQ(connections, 10) << "each of five paddings, with Finished and without";
}

TEST(Robot, WaitsForABareSecretAsLongAsTheSlowestHandshakeSays) {
  Peer peer{{.suites = {{tls12, {0x009c}}}, .chain = {key().certificate()}}};
  Asked asked(peer);
  asked.state.quiet = Millis(500);
  asked.state.round_trip = Millis(30);
  std::vector<Millis> waits;
  const auto lane = robot_lane(asked.state);
  while (auto probe = lane->next()) {
    Talk& talk = *probe->talk;
    test_talk::tell(talk, peer.server.answer(probe->hello));
    waits.push_back(talk.patience().value());
    EXPECT_FALSE(talk.output().empty());
    talk.paused();
    lane->answered(talk.take());
  }
  std::vector<Millis> expected(5, Millis(500));
  expected.insert(expected.end(), 5, Millis(120));
  EXPECT_EQ(waits, expected);
  EXPECT_EQ(asked.state.facts.probed.back().verdict, Verdict::not_affected);
}

TEST(Robot, WithoutStaticRsaThereIsNothingToAsk) {
  int connections = 0;
  EXPECT_EQ(ask(sound, connections, {0xc02f}).verdict, Verdict::not_applicable);
  EXPECT_EQ(connections, 0);
}

// F5 BIG-IP (CVE-2017-6168) and others: an alert of its own for bad padding.
TEST(Robot, AnAlertForEachFaultOfThePaddingIsAStrongOracle) {
  int connections = 0;
  const CheckResult result = ask(
      [](const Seen& seen) {
        if (!seen.padded) return alert(40);
        return seen.sized ? alert(20) : alert(47);
      },
      connections);
  EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
  EXPECT_EQ(result.evidence.at("oracle"), "strong");
  EXPECT_EQ(result.evidence.at("responses"),
            "right padding: alert 20 bad_record_mac\nwrong first bytes: alert 40 handshake_failure\n"
            "zero in the wrong place: alert 47 illegal_parameter\nno zero: alert 40 handshake_failure\n"
            "wrong version: alert 20 bad_record_mac");
  EXPECT_EQ(connections, 20) << "five paddings, and three times more";
}

// Erlang (CVE-2017-1000385) and others tell right from wrong only.
TEST(Robot, RightAgainstWrongAloneIsAWeakOracle) {
  int connections = 0;
  const CheckResult result =
      ask([](const Seen& seen) { return seen.version ? alert(20) : alert(51); }, connections);
  EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
  EXPECT_EQ(result.evidence.at("oracle"), "weak");
}

// Cisco ACE (CVE-2017-17428): only what comes without Finished shows it, by a silence.
TEST(Robot, ADifferenceWithoutFinishedCountsToo) {
  int connections = 0;
  const CheckResult result = ask(
      [](const Seen& seen) {
        if (seen.whole) return alert(20);
        return seen.padded ? TestReply{} : alert(40);
      },
      connections);
  EXPECT_EQ(result.verdict, Verdict::affected) << result.reason;
  EXPECT_EQ(result.evidence.at("flow"), "without Finished");
  EXPECT_EQ(connections, 25);
}

TEST(Robot, ADifferenceThatDoesNotRepeatIsNone) {
  int answers = 0;
  int connections = 0;
  const auto moody = [&answers](const Seen&) { return ++answers % 7 == 0 ? alert(80) : alert(20); };
  const CheckResult result = ask(moody, connections);
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  answers = 0;
  const auto once = [&answers](const Seen&) { return ++answers == 3 ? TestReply{} : alert(20); };
  EXPECT_EQ(ask(once, connections).verdict, Verdict::not_affected);
}

TEST(Robot, ACertificateWithoutAnRsaKeyTellsNothing) {
  Peer peer{{.suites = {{tls12, {0x009c}}}}};
  Asked asked(peer);
  EXPECT_EQ(asked.run(robot_lane(asked.state), peer).verdict, Verdict::inconclusive);
}

}  // namespace
}  // namespace certherald::scan
