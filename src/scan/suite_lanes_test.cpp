#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "scan/cipher_lane.hpp"
#include "scan/opening.hpp"
#include "scan/order_lane.hpp"
#include "scan/ssl2_lane.hpp"
#include "scan/test_scan.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;

struct OrderRow {
  const char* what;
  TestServer server;
  SuiteOrder tls12;
  int looks;
};

TEST(OrderLane, TellsWhoseOrderCounts) {
  const std::vector<std::uint16_t> usual = {0xc02f, 0xc030, 0x009c, 0x002f};
  const std::vector<std::uint16_t> weak_first = {0x002f, 0x0005, 0xc02f};
  using enum SuiteOrder;
  const std::vector<OrderRow> rows = {
      {"the server's, as usual", {.suites = {{tls12, usual}}}, server, 1},
      {"the server's, weakest first", {.suites = {{tls12, weak_first}}}, server, 1},
      {"the client's", {.suites = {{tls12, usual}}, .client_order = true}, client, 1},
      {"the server's, best in a later list", {.suites = {{tls12, {0x0007, 0xc02f, 0xc030}}}}, server, 1},
      // Both suites in other lists: only the second look tells.
      {"the server's, one in each list", {.suites = {{tls12, {0x00a2, 0xc02f}}}}, server, 2},
      {"the client's, one in each list",
       {.suites = {{tls12, {0x00a2, 0xc02f}}}, .client_order = true},
       client,
       2},
      {"the server's, but for ChaCha20 put first",
       {.suites = {{tls12, {0xc030, 0xcca8, 0xc02f}}}, .prioritizes_chacha = true},
       server,
       1},
      {"nobody's with one suite", {.suites = {{tls12, {0xc02f}}}}, not_told, 1},  // for compression
  };
  for (OrderRow row : rows) {
    Scan scan(model::Tier::full);
    const std::set<std::uint16_t> accepted(row.server.suites.at(tls12).begin(),
                                           row.server.suites.at(tls12).end());
    int looks = 0;  // hellos that offer just what is accepted
    scan.run([&](const Probe& probe) {
      if (probe.hello.front() != 22) return converse(row.server, probe);
      auto offered = codec::tls::test_hello(probe.hello).ciphers;
      offered.pop_back();  // the SCSV
      if (std::set(offered.begin(), offered.end()) == accepted && probe.until == ReadUntil::server_hello)
        ++looks;
      return converse(row.server, probe);
    });
    EXPECT_EQ(looks, row.looks) << row.what;
    EXPECT_EQ(scan.plan.facts().of(tls12).order, row.tls12) << row.what;
    EXPECT_EQ(scan.plan.facts().compression, false) << row.what;
  }
}

TEST(OrderLane, ARefusalLeavesTheOrderOpen) {
  TestServer server{.suites = {{tls12, {0xc02f, 0xc030, 0x002f}}}};
  Scan scan(model::Tier::full);
  scan.run([&server](const Probe& probe) {
    const bool hello = probe.hello.front() == 22;
    if (!hello || codec::tls::test_hello(probe.hello).ciphers.size() != 4) return converse(server, probe);
    Outcome alert;
    alert.kind = OutcomeKind::alert;
    return alert;
  });
  EXPECT_EQ(scan.plan.facts().of(tls12).order, SuiteOrder::not_told);
  EXPECT_EQ(scan.plan.facts().of(tls12).order_unknown, "alert");
  EXPECT_FALSE(scan.plan.facts().compression);
}

TEST(OrderLane, OffersCompressionOnce) {
  TestServer server{.suites = {{tls10, {0x002f, 0x000a}}, {tls12, {0xc02f, 0x002f}}, {tls13, {0x1301}}},
                    .compresses = true};
  int offers = 0;
  Scan scan(model::Tier::full);
  scan.run([&](const Probe& probe) {
    if (probe.hello.front() == 22 && codec::tls::test_hello(probe.hello).deflate) ++offers;
    return converse(server, probe);
  });
  EXPECT_EQ(scan.plan.facts().compression, true);
  EXPECT_EQ(offers, 1);
}

TEST(DhFacts, KeysAreComparedInGroups) {
  TestServer server{.suites = {{tls10, {0x0014, 0x0033}}, {tls12, {0x0033, 0x0003}}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  const Facts& facts = scan.plan.facts();
  ASSERT_EQ(facts.dh_groups.size(), 2U);
  EXPECT_EQ(facts.export_rsa_bits, 512);
  for (const DhGroup& group : facts.dh_groups) {
    const auto& values = group.values;
    EXPECT_EQ(std::set<std::string>(values.begin(), values.end()).size(), values.size());
    EXPECT_EQ(group.cipher, group.bits == 512 ? 0x0014U : 0x0033U);
  }
}

TEST(DhFacts, ASingleKeyIsAskedForOnceMore) {
  TestServer server{.suites = {{tls12, {0xc02f, 0x0033}}}, .reuses_dh_key = true};
  Scan scan(model::Tier::full);
  scan.run(server);
  ASSERT_EQ(scan.plan.facts().dh_groups.size(), 1U);
  const auto& values = scan.plan.facts().dh_groups.front().values;
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(values.front(), values.back());
}

TEST(EncryptThenMac, IsKeptForEachSuite) {
  TestServer server{.suites = {{tls12, {0xc02f, 0x002f}}}, .encrypts_then_macs = true};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(scan.plan.facts().of(tls12).encrypt_then_mac, (std::vector<std::uint32_t>{0x002f}));
}

TEST(Ssl2Lane, TellsAnAnswerFromARefusal) {
  const Bytes hello = from_hex("80180400010002000300060004aabbcc0100800700c001020304").value();
  struct Row {
    Bytes answer;
    Acceptance acceptance;
    const char* ending;
  };
  for (const Row& row : std::initializer_list<Row>{
           {hello, Acceptance::accepted, ""},
           {from_hex("15030000020246").value(), Acceptance::refused, "alert 70 protocol_version"},
           {from_hex("8003000001").value(), Acceptance::refused, "SSL 2.0 error 1"},
           {{}, Acceptance::refused, "the connection was closed"},
           {from_hex("350000000000000000").value(), Acceptance::refused,
            "does not speak TLS (5\ufffd\ufffd\ufffd)"},
       }) {
    TestServer server{.suites = {{tls12, {0xc02f}}}, .ssl2_answer = row.answer};
    Scan scan(model::Tier::full);
    scan.run(server);
    const VersionFacts& facts = scan.plan.facts().of(ssl2);
    EXPECT_EQ(facts.acceptance, row.acceptance);
    if (row.answer.size() != 9) EXPECT_EQ(facts.ending, row.ending);
    if (row.acceptance == Acceptance::accepted) {
      EXPECT_EQ(facts.ciphers, (std::vector<std::uint32_t>{0x010080, 0x0700c0}));
      EXPECT_EQ(scan.observation.versions.front().version, ssl2);
      EXPECT_EQ(scan.observation.versions.front().ciphers.back().name, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
    }
  }
}

TEST(Ssl2Lane, SilenceSaysNothing) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  Scan scan(model::Tier::full);
  scan.run([&server](const Probe& probe) {
    if (probe.hello.front() == 22) return converse(server, probe);
    Outcome silent;
    silent.kind = OutcomeKind::silent;
    silent.detail = "no answer in 10s";
    return silent;
  });
  EXPECT_EQ(scan.plan.facts().of(ssl2).acceptance, Acceptance::unknown);
  EXPECT_EQ(scan.plan.facts().of(ssl2).ending, "no answer in 10s");
}

// The lanes that find versions, suites, order and groups, one after the other.
int connections_of_enumeration(TestServer& server, Facts& facts) {
  SeededRandom random(1);
  ScanState state{.server_name = "shop.example.com",
                  .http_host = {},
                  .random = &random,
                  .facts = make_facts(model::Tier::full)};
  int connections = 0;
  const auto run = [&](std::unique_ptr<Lane> lane) {
    while (const auto probe = lane->next()) {
      ++connections;
      lane->answered(converse(server, *probe));
    }
  };
  run(std::make_unique<OpeningLane>(state));
  for (const auto version : {tls13, tls12, tls11, tls10, ssl3})
    run(std::make_unique<CipherLane>(state, version));
  run(std::make_unique<Ssl2Lane>(state));
  for (const auto version : {tls13, tls12}) run(std::make_unique<GroupLane>(state, version));
  for (const auto version : {tls12, tls13})
    run(std::make_unique<OrderLane>(state, version, version == tls12));
  run(std::make_unique<DhAgainLane>(state));
  run(std::make_unique<ControlLane>(state));
  facts = state.facts;
  return connections;
}

// What an nginx with OpenSSL 3 and its own defaults accepts: the budget of scans counts on it.
TEST(SuiteLanes, AModernServerTakesFiftySixConnectionsAtMost) {
  const std::vector<std::uint16_t> older = {0xc030, 0xc02c, 0xcca8, 0xcca9, 0xc02f, 0xc02b, 0xc028,
                                            0xc024, 0xc027, 0xc023, 0xc014, 0xc00a, 0xc013, 0xc009,
                                            0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f, 0xc0a1,
                                            0xc09d, 0xc0a0, 0xc09c, 0xc0af, 0xc0ad, 0xc051};
  ASSERT_EQ(older.size(), 27U);
  for (const bool client_order : {false, true}) {
    TestServer server{.suites = {{tls12, older}, {tls13, {0x1302, 0x1303, 0x1301}}},
                      .groups = {29, 23, 30, 25, 24, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104},
                      .client_order = client_order};
    Facts facts;
    EXPECT_LE(connections_of_enumeration(server, facts), 56);
    EXPECT_EQ(facts.of(tls12).ciphers.size(), 27U);
    EXPECT_EQ(facts.of(tls13).ciphers.size(), 3U);
    EXPECT_EQ(facts.groups.size(), 10U);
    EXPECT_EQ(facts.of(tls12).order, client_order ? SuiteOrder::client : SuiteOrder::server);
    EXPECT_EQ(facts.of(tls13).order, client_order ? SuiteOrder::client : SuiteOrder::server);
    EXPECT_EQ(facts.of(ssl2).acceptance, Acceptance::refused);
    EXPECT_EQ(facts.compression, false);
  }
}

}  // namespace
}  // namespace certherald::scan
