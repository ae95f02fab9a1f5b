// The certificate of servers that speak TLS 1.3 only, asked of OpenSSL's own server.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "codec/tls/named_groups.hpp"
#include "codec/tls/test_openssl_server.hpp"
#include "scan/address_scan.hpp"

namespace certherald::scan {
namespace {

using codec::tls::OpensslServer;

struct Row {
  std::string suite;
  std::string group;
  int connections;  // that the inventory tier takes, with the refused TLS 1.2 hello
};

void feed(HelloProbe& reader, ByteView bytes, std::size_t piece) {
  while (!bytes.empty() && reader.wants_more()) {
    const auto space = reader.space();
    const std::size_t count = std::min({piece, bytes.size(), space.size()});
    std::copy_n(bytes.begin(), count, space.begin());
    reader.received(count);
    bytes = bytes.subspan(count);
  }
  if (reader.wants_more()) reader.closed();
}

struct Scan {
  explicit Scan(model::Tier tier) : plan("shop.example.com", tier, random) {}

  void run(const std::function<Bytes(const Bytes&)>& answer, std::size_t piece = 100'000) {
    for (auto round = plan.next_round(); !round.empty(); round = plan.next_round()) {
      for (Lane* lane : round) {
        while (const auto probe = lane->next()) {
          ++connections;
          HelloProbe reader = make_reader(*probe);
          feed(reader, answer(probe->hello), piece);
          lane->answered(reader.take());
        }
      }
    }
  }

  SeededRandom random{1};
  AddressScan plan;
  int connections = 0;
};

class Tls13Certificate : public testing::TestWithParam<Row> {};

TEST_P(Tls13Certificate, IsReadInEverySuiteAndGroup) {
  const OpensslServer server(GetParam().suite, GetParam().group);
  Scan scan(model::Tier::inventory);
  scan.run([&server](const Bytes& hello) { return server.answer(hello); });
  const Facts& facts = scan.plan.facts();
  EXPECT_EQ(facts.chain, std::vector<Bytes>{server.certificate()}) << facts.chain_missing;
  EXPECT_EQ(facts.chain_missing, "");
  EXPECT_FALSE(facts.asks_client_certificate);
  EXPECT_EQ(scan.connections, GetParam().connections);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Tls13Certificate,
    testing::Values(Row{"TLS_AES_128_GCM_SHA256", "X25519", 2},
                    Row{"TLS_AES_256_GCM_SHA384", "X25519:P-256", 2},
                    Row{"TLS_CHACHA20_POLY1305_SHA256", "X25519", 2},
                    Row{"TLS_AES_128_CCM_SHA256", "X25519", 2}, Row{"TLS_AES_128_CCM_8_SHA256", "X25519", 2},
                    Row{"TLS_AES_128_GCM_SHA256", "P-256", 3}, Row{"TLS_AES_256_GCM_SHA384", "P-384", 3},
                    Row{"TLS_AES_128_GCM_SHA256", "P-521", 3}, Row{"TLS_AES_128_GCM_SHA256", "X448", 3}));

constexpr auto usual_suite = "TLS_AES_128_GCM_SHA256";
constexpr auto usual_group = "X25519";

TEST(Tls13Certificate, ComesByteByByteAndAfterACertificateRequest) {
  const OpensslServer server(usual_suite, usual_group, true);
  Scan scan(model::Tier::inventory);
  scan.run([&server](const Bytes& hello) { return server.answer(hello); }, 1);
  EXPECT_EQ(scan.plan.facts().chain, std::vector<Bytes>{server.certificate()});
  EXPECT_TRUE(scan.plan.facts().asks_client_certificate);
}

TEST(Tls13Certificate, GroupsKeepTheServersOrder) {
  const OpensslServer server(usual_suite, "P-384:X25519:P-256");
  Scan scan(model::Tier::full);
  scan.run([&server](const Bytes& hello) { return server.answer(hello); });
  const Facts& facts = scan.plan.facts();
  EXPECT_EQ(facts.chain, std::vector<Bytes>{server.certificate()});
  std::set<std::string> names;
  for (const std::uint16_t group : facts.groups) names.insert(codec::tls::named_group_name(group));
  EXPECT_EQ(names, (std::set<std::string>{"secp256r1", "secp384r1", "x25519"}));
  EXPECT_TRUE(facts.groups_complete);
}

// Every byte of the answer is wrong once: no certificate is made up, nothing hangs, and the scan stands.
TEST(Tls13Certificate, AChangedFlightIsNeverRead) {
  const OpensslServer server(usual_suite, usual_group);
  for (std::size_t at = 200; at < 700; at += 7) {
    Scan scan(model::Tier::inventory);
    scan.run([&](const Bytes& hello) {
      Bytes bytes = server.answer(hello);
      if (at < bytes.size()) bytes[at] ^= 1U;
      return bytes;
    });
    const Facts& facts = scan.plan.facts();
    if (!facts.chain.empty()) {
      EXPECT_EQ(facts.chain, std::vector<Bytes>{server.certificate()})
          << at;  // changed after the certificate
    } else {
      EXPECT_FALSE(facts.chain_missing.empty()) << at;
    }
  }
}

}  // namespace
}  // namespace certherald::scan
