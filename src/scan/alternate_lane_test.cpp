#include "scan/alternate_lane.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "codec/x509/test_authority.hpp"
#include "scan/test_scan.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;
using codec::x509::TestAuthority;

Bytes issue(const std::string& name) {
  static const TestAuthority authority("Example CA");
  return authority.issue({.name = name, .extra = "subjectAltName=DNS:" + name}).der;
}

const Bytes& of_rsa() {
  static const Bytes der = issue("shop.example.com");
  return der;
}
const Bytes& of_ecdsa() {
  static const Bytes der = issue("shop.example.com");
  return der;
}
const Bytes& of_host() {
  static const Bytes der = issue("hosting.example.net");
  return der;
}

std::string ways(const Facts& facts) {
  std::vector<std::string> out;
  for (const OtherFacts& other : facts.other_chains) {
    const Bytes& leaf = other.chain.front();
    const char* whose = leaf == of_rsa() ? "rsa" : leaf == of_ecdsa() ? "ecdsa" : "host";
    out.push_back(fmt::format("{} {}", whose, other.way));
  }
  return join(out, ", ");
}

TestServer with_all() {
  TestServer server{.suites = {{tls12, {0xc02f, 0xc02b}}}};
  server.chain = {of_rsa()};
  server.ecdsa_chain = {of_ecdsa()};
  server.nameless_chain = {of_host()};
  return server;
}

TEST(AlternateLane, FindsTheCertificateOfTheOtherKeyAndThatOfNobody) {
  TestServer server = with_all();
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(ways(scan.plan.facts()), "ecdsa for ECDSA, host without a server name");
  EXPECT_TRUE(scan.plan.facts().others_asked);
  ASSERT_EQ(scan.observation.other_chains.size(), 2U);
  EXPECT_TRUE(scan.observation.others_asked);

  server.suites = {{tls12, {0xc02b, 0xc02f}}};
  Scan other(model::Tier::full);
  other.run(server);
  EXPECT_EQ(ways(other.plan.facts()), "rsa for RSA, host without a server name");
}

TEST(AlternateLane, TellsWhichOfThemAreForTheName) {
  TestServer server = with_all();
  Scan scan(model::Tier::inventory, "shop.example.com", true);
  scan.observation.endpoint.sni = "shop.example.com";
  scan.run(server);
  ASSERT_EQ(scan.observation.other_chains.size(), 2U);
  EXPECT_TRUE(scan.observation.other_chains[0].for_name);
  EXPECT_FALSE(scan.observation.other_chains[1].for_name);
}

TEST(AlternateLane, AsksOneQuestionWhereSuitesShowThatThereIsOneKey) {
  TestServer server = with_all();
  server.suites = {{tls12, {0xc02f, 0x009c}}};
  server.nameless_chain.clear();
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(ways(scan.plan.facts()), "");
  EXPECT_TRUE(scan.plan.facts().others_asked);
  Scan nameless(model::Tier::full, "");
  nameless.run(server);
  EXPECT_EQ(nameless.connections, scan.connections - 1);
  EXPECT_TRUE(nameless.plan.facts().others_asked);
}

TEST(AlternateLane, IsLeftOutOfTheInventoryUnlessItIsAskedFor) {
  TestServer server = with_all();
  Scan scan(model::Tier::inventory);
  scan.run(server);
  EXPECT_EQ(scan.connections, 1);
  EXPECT_FALSE(scan.observation.others_asked);
  Scan asked(model::Tier::inventory, "shop.example.com", true);
  asked.run(server);
  EXPECT_EQ(asked.connections, 3);
  EXPECT_EQ(ways(asked.plan.facts()), "ecdsa for ECDSA, host without a server name");
}

TEST(AlternateLane, DoesNotTakeSilenceOfTheNetworkForAnAnswer) {
  TestServer server = with_all();
  Scan scan(model::Tier::inventory, "shop.example.com", true);
  int met = 0;
  scan.run([&](const Probe& probe) {
    if (++met == 1) return converse(server, probe);
    Outcome outcome;
    outcome.kind = OutcomeKind::not_connected;
    return outcome;
  });
  EXPECT_FALSE(scan.observation.others_asked);
}

}  // namespace
}  // namespace certherald::scan
