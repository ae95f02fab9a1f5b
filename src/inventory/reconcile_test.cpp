#include "inventory/reconcile.hpp"

#include <gtest/gtest.h>

namespace certherald::inventory {
namespace {

using model::Observation;
using model::ProtocolVersion;
using model::ScanStatus;
using model::Verdict;

model::Certificate certificate(const std::string& sha256) {
  model::Certificate out;
  out.sha256 = sha256;
  return out;
}

Observation scanned(const std::string& leaf) {
  Observation out;
  out.endpoint.host = "shop.example.com";
  out.address = "192.0.2.1";
  out.at = Instant(Seconds(1'000));
  out.status = ScanStatus::scanned;
  out.versions = {{ProtocolVersion::tls12, {{0xc02f, "A"}, {0xc030, "B"}}}, {ProtocolVersion::tls13, {}}};
  out.groups = {"x25519", "secp256r1"};
  if (!leaf.empty()) out.chain = {certificate(leaf), certificate("ca")};
  out.checks = {{"weak_key", Verdict::not_affected, "2048 bits", {}}};
  return out;
}

Observation with_status(ScanStatus status, std::string error) {
  Observation out = scanned("");
  out.status = status;
  out.error = std::move(error);
  return out;
}

Observation with_other(Observation observation, const std::string& leaf, bool for_name = true) {
  observation.other_chains.push_back({"for RSA", for_name, {certificate(leaf), certificate("ca")}});
  return observation;
}

Observation asked(Observation observation) {
  observation.others_asked = true;
  return observation;
}

TEST(Reconcile, deployments) {
  using Leaves = std::vector<std::string>;
  struct Case {
    Leaves known;
    Observation observation;
    Leaves started;
    Leaves continued;
    Leaves ended;
  };
  const std::vector<Case> cases = {
      {{}, scanned("aa"), {"aa"}, {}, {}},
      {{"aa"}, scanned("aa"), {}, {"aa"}, {}},
      {{"aa"}, scanned("bb"), {"bb"}, {}, {"aa"}},
      {{"ca"}, scanned("bb"), {"bb"}, {}, {"ca"}},  // an authority is presented, not served
      {{}, scanned(""), {}, {}, {}},
      {{"aa"}, scanned(""), {}, {}, {}},  // TLS 1.3 hides it: not known to be gone
      {{"aa"}, with_status(ScanStatus::unreachable, "refused"), {}, {}, {}},
      {{"aa"}, with_status(ScanStatus::not_tls, "SSH"), {}, {}, {}},
      {{}, with_other(scanned("aa"), "bb"), {"aa", "bb"}, {}, {}},
      {{}, with_other(scanned("aa"), "dd", false), {"aa"}, {}, {}},  // of another site on the same address
      {{"aa", "bb"}, scanned("aa"), {}, {"aa"}, {}},                 // was not asked for the other
      {{"aa", "bb"}, scanned("cc"), {"cc"}, {}, {}},
      {{"aa", "bb"}, asked(scanned("aa")), {}, {"aa"}, {"bb"}},
      {{"aa", "bb"}, asked(with_other(scanned("cc"), "bb")), {"cc"}, {"bb"}, {"aa"}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Changes changes = reconcile({{}, cases[i].known}, cases[i].observation);
    EXPECT_EQ(changes.started, cases[i].started) << i;
    EXPECT_EQ(changes.continued, cases[i].continued) << i;
    EXPECT_EQ(changes.ended, cases[i].ended) << i;
  }
}

TEST(Reconcile, an_address_never_seen_is_a_change_and_the_same_again_is_none) {
  EXPECT_TRUE(reconcile({}, scanned("aa")).facts_changed);
  EXPECT_FALSE(reconcile({{facts_digest(scanned("aa"))}, {"aa"}}, scanned("aa")).facts_changed);
  const Observation down = with_status(ScanStatus::unreachable, "connection refused");
  EXPECT_TRUE(reconcile({{facts_digest(scanned("aa"))}, {"aa"}}, down).facts_changed);
  EXPECT_FALSE(reconcile({{facts_digest(down)}, {"aa"}}, with_status(ScanStatus::unreachable, "no route"))
                   .facts_changed);
}

TEST(Reconcile, a_quick_scan_between_full_ones_is_no_change) {
  Observation quick = scanned("aa");
  quick.versions = {{ProtocolVersion::tls12, {}}};
  quick.checks.clear();
  const KnownAddress known{{facts_digest(scanned("aa")), facts_digest(quick)}, {"aa"}};
  EXPECT_FALSE(reconcile(known, quick).facts_changed);
  EXPECT_FALSE(reconcile(known, scanned("aa")).facts_changed);
  EXPECT_TRUE(reconcile(known, scanned("bb")).facts_changed);
  EXPECT_NE(scan_scope(quick), scan_scope(scanned("aa")));
}

TEST(FactsDigest, ignores_what_nobody_calls_a_change) {
  const std::string before = facts_digest(scanned("aa"));
  Observation later = scanned("aa");
  later.at += Seconds(86'400);
  later.connections = 9;
  later.bytes_received = 10'000;
  later.duration = Millis(77);
  later.checks[0].reason = "RSA of 2048 bits";
  later.checks[0].evidence = {{"bits", "2048"}};
  later.groups = {"secp256r1", "x25519", "x25519"};
  EXPECT_EQ(facts_digest(later), before);
}

TEST(FactsDigest, tells_every_change_of_facts) {
  const std::vector<std::pair<std::string, void (*)(Observation&)>> changes = {
      {"version added",
       [](Observation& o) { o.versions.insert(o.versions.begin(), {ProtocolVersion::ssl3, {}}); }},
      {"cipher added", [](Observation& o) { o.versions[0].ciphers.push_back({0x000a, "C"}); }},
      {"cipher order", [](Observation& o) { std::swap(o.versions[0].ciphers[0], o.versions[0].ciphers[1]); }},
      {"cipher moved to another version",
       [](Observation& o) { std::swap(o.versions[0].ciphers, o.versions[1].ciphers); }},
      {"group gone", [](Observation& o) { o.groups.pop_back(); }},
      {"leaf", [](Observation& o) { o.chain[0].sha256 = "bb"; }},
      {"intermediate gone", [](Observation& o) { o.chain.pop_back(); }},
      {"another certificate beside it", [](Observation& o) { o = with_other(o, "cc"); }},
      {"chain order", [](Observation& o) { std::swap(o.chain[0], o.chain[1]); }},
      {"verdict", [](Observation& o) { o.checks[0].verdict = Verdict::affected; }},
      {"status", [](Observation& o) { o.status = ScanStatus::not_tls; }},
  };
  for (const auto& [name, change] : changes) {
    Observation changed = scanned("aa");
    change(changed);
    EXPECT_NE(facts_digest(changed), facts_digest(scanned("aa"))) << name;
  }
}

}  // namespace
}  // namespace certherald::inventory
