#include "scan/address_scan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/text.hpp"
#include "scan/suite_order.hpp"
#include "scan/test_scan.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;
using model::ScanStatus;

// "tls1.2 accepted complete c02f,c030; alert 40 handshake_failure"
std::string row_text(const Facts& facts, model::ProtocolVersion version) {
  const VersionFacts& row = facts.of(version);
  std::vector<std::string> codes;
  codes.reserve(row.ciphers.size());
  for (const std::uint32_t code : row.ciphers) codes.push_back(fmt::format("{:04x}", code));
  return fmt::format("{}{} {}; {}", to_string(row.acceptance), row.complete ? " complete" : "",
                     join(codes, ","), row.ending);
}

TEST(AddressScan, FindsEverySuiteInTheServersOrder) {
  TestServer server{.suites = {{tls12, {0xc030, 0xc02f, 0x009d, 0x0005}}, {tls13, {0x1302, 0x1303, 0x1301}}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  const Facts& facts = scan.plan.facts();
  EXPECT_EQ(row_text(facts, tls12), "accepted complete c030,c02f,009d,0005; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls13), "accepted complete 1302,1303,1301; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls11), "refused complete ; alert 70 protocol_version");
  EXPECT_EQ(row_text(facts, ssl3), "refused complete ; alert 70 protocol_version");
  EXPECT_EQ(facts.chain, server.chain);
  EXPECT_EQ(facts.chain_missing, "");
  EXPECT_EQ(facts.groups, (std::vector<std::uint16_t>{29, 23, 24}));
  EXPECT_TRUE(facts.groups_complete);
  EXPECT_TRUE(facts.faults.empty());
  EXPECT_EQ(facts.secure_renegotiation, true);
  EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
  EXPECT_EQ(scan.observation.versions.size(), 2U);
  EXPECT_EQ(scan.observation.versions[0].ciphers[0].name, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
  EXPECT_EQ(scan.observation.groups, (std::vector<std::string>{"x25519", "secp256r1", "secp384r1"}));
}

TEST(AddressScan, TellsWhetherAnswersToTls12WarnOfADowngrade) {
  TestServer server{.suites = {{tls12, {0xc030}}, {tls13, {0x1302}}}};
  Scan unmarked(model::Tier::full);
  unmarked.run(server);
  EXPECT_EQ(unmarked.plan.facts().downgrade_sentinel, false);
  Scan marked(model::Tier::full);
  marked.run([&server](const Probe& probe) {
    Outcome outcome = converse(server, probe);
    if (outcome.hello) std::ranges::copy(std::string_view("DOWNGRD\x01"), outcome.hello->random.end() - 8);
    return outcome;
  });
  EXPECT_EQ(marked.plan.facts().downgrade_sentinel, true);
}

TEST(AddressScan, KeepsHowEverySuiteWasProved) {
  TestServer server{.suites = {{ssl3, {0x000a}}, {tls12, {0xc030, 0x0005}}}};
  int asked = 0;
  Scan scan(model::Tier::full);
  scan.run([&](const Probe& probe) {
    if (asked++ > 0) return converse(server, probe);
    Outcome lost;
    lost.kind = OutcomeKind::silent;
    return lost;
  });
  const VersionFacts& tls = scan.plan.facts().of(tls12);
  ASSERT_EQ(tls.ciphers.size(), 2U);
  ASSERT_EQ(tls.proofs.size(), 2U);
  EXPECT_EQ(tls.proof_of(0xc030), &tls.proofs[0]);
  EXPECT_EQ(tls.proof_of(0x0005), &tls.proofs[1]);
  EXPECT_EQ(tls.proof_of(0xc02f), nullptr);
  EXPECT_EQ(tls.proofs[0].attempt, 2) << "the first hello was lost";
  EXPECT_EQ(tls.proofs[1].attempt, 1);
  EXPECT_EQ(tls.proofs[1].attempts, 2);
  EXPECT_EQ(tls.proofs[1].round_trip, Millis(7));
  EXPECT_EQ(tls.proofs[1].outcome, "accepted with TLS_RSA_WITH_RC4_128_SHA");
  EXPECT_TRUE(tls.proofs[1].sent.starts_with("sha256:")) << tls.proofs[1].sent;
  EXPECT_TRUE(tls.proofs[1].sent.ends_with(" bytes)")) << tls.proofs[1].sent;
  EXPECT_TRUE(tls.proofs[1].received.starts_with("160303")) << tls.proofs[1].received;
  EXPECT_EQ(tls.proofs[1].received.size(), 128U);
  const ProbeEvidence* old = scan.plan.facts().of(ssl3).proof_of(0x000a);
  ASSERT_NE(old, nullptr);
  EXPECT_TRUE(old->sent.starts_with("160300")) << "short enough to be kept whole: " << old->sent;
}

TEST(AddressScan, FindsSuitesOfEveryKindInOldVersions) {
  TestServer server{.suites = {{ssl3, {0x0003, 0x0018, 0x0001, 0x000a, 0xc011}},
                               {tls10, {0x0019, 0x0064, 0xffe1, 0x0033}},
                               {tls11, {0x002f}},
                               {tls12, {0x00a6, 0xc102, 0xc009}}},
                    .version_alert = 40};
  Scan scan(model::Tier::full);
  scan.run(server);
  const Facts& facts = scan.plan.facts();
  EXPECT_EQ(row_text(facts, ssl3), "accepted complete 0003,0018,0001,000a,c011; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls10), "accepted complete 0019,0064,0033,ffe1; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls11), "accepted complete 002f; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls12), "accepted complete c009,00a6,c102; alert 40 handshake_failure");
  EXPECT_EQ(row_text(facts, tls13), "refused complete ; alert 40 handshake_failure");
}

TEST(AddressScan, InventoryIsOneConnectionToThree) {
  struct Row {
    TestServer server;
    int connections;
    std::string_view chain_missing;
    std::string_view version;
  };
  const std::vector<Row> rows = {
      {{.suites = {{tls12, {0xc02f}}, {tls13, {0x1301}}}}, 1, "", "tls1.2"},
      {{.suites = {{tls10, {0x002f}}}}, 1, "", "tls1.0"},
      {{.suites = {{ssl3, {0x0005}}}}, 1, "", "sslv3"},
      {{.suites = {{tls13, {0x1301}}}},
       3,  // this one knows no key share: it names its group, and then does so again
       "the server speaks TLS 1.3 only, with a group or a suite that its certificate cannot be read with",
       "tls1.3"},
      {{.suites = {{tls12, {0x00a3}}}}, 2, "", "tls1.2"},  // nothing usual
      {{.suites = {{tls12, {0x1234}}}}, 2, "the server refused every hello: alert 40 handshake_failure", ""},
  };
  for (Row row : rows) {
    Scan scan(model::Tier::inventory);
    scan.run(row.server);
    EXPECT_EQ(scan.connections, row.connections) << row.version;
    EXPECT_EQ(scan.plan.facts().chain_missing, row.chain_missing);
    EXPECT_EQ(scan.plan.facts().chain.empty(), !row.chain_missing.empty());
    EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
    ASSERT_EQ(scan.observation.versions.size(), row.version.empty() ? 0U : 1U);
    if (row.version.empty()) continue;
    EXPECT_EQ(to_string(scan.observation.versions[0].version), row.version);
    EXPECT_TRUE(scan.observation.versions[0].ciphers.empty()) << "not enumerated";
    for (const VersionFacts& version : scan.plan.facts().versions)
      EXPECT_NE(version.acceptance, Acceptance::unknown);
  }
}

TEST(AddressScan, AServerOfTls13OnlyHasNoChainAndSaysWhy) {
  TestServer server{.suites = {{tls13, {0x1301, 0x1302}}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(row_text(scan.plan.facts(), tls13), "accepted complete 1301,1302; alert 40 handshake_failure");
  EXPECT_EQ(row_text(scan.plan.facts(), tls12), "refused complete ; alert 70 protocol_version");
  EXPECT_EQ(
      scan.plan.facts().chain_missing,
      "the server speaks TLS 1.3 only, with a group or a suite that its certificate cannot be read with");
}

TEST(AddressScan, ListsThatAreTooLongForTheServerAreCut) {
  for (const std::size_t longest : {64UZ, 119UZ}) {
    TestServer server{.suites = {{tls12, {0xc030, 0xc02f, 0x0019, 0xff00}}}, .longest_list = longest};
    Scan scan(model::Tier::full);
    scan.run(server);
    EXPECT_EQ(row_text(scan.plan.facts(), tls12),
              "accepted complete c030,c02f,0019,ff00; alert 40 handshake_failure");
  }
}

// How a refusal comes, and what is believed.
TEST(AddressScan, RefusalsAreBelievedOnlyWhenAGoodHelloWorksAfterwards) {
  struct Row {
    Refusal refusal;
    std::string_view tls12;
    std::string_view tls11;
  };
  for (const Row& row : std::to_array<Row>({
           {Refusal::alert, "accepted complete c02f; alert 40 handshake_failure",
            "refused complete ; alert 70 protocol_version"},
           {Refusal::close, "accepted complete c02f; the connection was closed",
            "refused complete ; alert 70 protocol_version"},
           {Refusal::reset, "accepted complete c02f; the connection was reset",
            "refused complete ; alert 70 protocol_version"},
           {Refusal::silence, "accepted c02f; no answer in 10s",
            "refused complete ; alert 70 protocol_version"},
           {Refusal::garbage, "accepted c02f; no ServerHello came first",
            "refused complete ; alert 70 protocol_version"},
       })) {
    TestServer server{.suites = {{tls12, {0xc02f}}}, .refusal = row.refusal};
    Scan scan(model::Tier::full);
    scan.run(server);
    EXPECT_EQ(row_text(scan.plan.facts(), tls12), row.tls12);
    EXPECT_EQ(row_text(scan.plan.facts(), tls11), row.tls11);
  }
}

TEST(AddressScan, AServerThatDiesMidwayLeavesNothingRefused) {
  TestServer whole{.suites = {{tls12, {0xc02f, 0xc030, 0x0035}}}};
  Scan counted(model::Tier::full);
  counted.run(whole);
  for (std::size_t alive = 1; alive < static_cast<std::size_t>(counted.to_suites); ++alive) {
    for (const Refusal refusal : {Refusal::alert, Refusal::close, Refusal::reset}) {
      TestServer server{.suites = whole.suites, .refusal = refusal, .dies_after = alive};
      Scan scan(model::Tier::full);
      scan.run(server);
      EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
      for (const VersionFacts& row : scan.plan.facts().versions) {
        EXPECT_FALSE(row.complete) << to_string(row.version) << " alive for " << alive;
        EXPECT_NE(row.acceptance, Acceptance::refused) << to_string(row.version) << " alive for " << alive;
        EXPECT_NE(row.ending, "");
      }
    }
  }
}

TEST(AddressScan, AlertsAloneRefuseNothing) {
  TestServer server{.suites = {{tls12, {0x1234}}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
  EXPECT_EQ(row_text(scan.plan.facts(), tls12),
            "unknown ; alert 40 handshake_failure, but no hello was accepted at all");
  EXPECT_EQ(scan.plan.facts().chain_missing, "the server refused every hello: alert 40 handshake_failure");
}

TEST(AddressScan, ServerNamesThatAreRefused) {
  TestServer server{.suites = {{tls12, {0xc02f}}}, .refuses_name = true};
  Scan refused(model::Tier::full);
  refused.run(server);
  EXPECT_TRUE(refused.plan.facts().needs_no_sni);
  EXPECT_EQ(row_text(refused.plan.facts(), tls12), "accepted complete c02f; alert 40 handshake_failure");

  TestServer warns{.suites = {{tls12, {0xc02f}}}, .warns_of_name = true};
  Scan warned(model::Tier::full);
  warned.run(warns);
  EXPECT_FALSE(warned.plan.facts().needs_no_sni);
  EXPECT_EQ(warned.plan.facts().chain, warns.chain);
}

TEST(AddressScan, ASuiteThatWasNotOfferedIsAFaultAndNoAcceptance) {
  TestServer server{.suites = {{tls12, {0xc02f}}, {tls10, {0x002f}}}, .ignores_list = true};
  Scan scan(model::Tier::full);
  scan.run(server);
  const Facts& facts = scan.plan.facts();
  EXPECT_EQ(row_text(facts, tls12), "accepted complete c02f; chose what was not offered");
  EXPECT_EQ(facts.faults.size(), 2U);
  EXPECT_EQ(facts.faults[0], "chose suite c02f, which was not offered, when asked for TLS 1.2");
}

TEST(AddressScan, AVersionAboveTheOneOfferedIsAFault) {
  Scan scan(model::Tier::full);
  scan.run([](const Probe& probe) {
    TestServer server{.suites = {{tls12, {0xc02f, 0x002f}}}};
    Probe asked = probe;
    // A server that takes every hello for one of TLS 1.2.
    constexpr std::size_t legacy_version_at = 9;
    asked.hello[legacy_version_at + 1] = 3;
    return converse(server, asked);
  });
  EXPECT_EQ(scan.plan.facts().of(tls11).acceptance, Acceptance::refused);
  EXPECT_EQ(scan.plan.facts().faults.front(),
            "chose version 0303, which was not offered, when asked for TLS 1.1");
}

TEST(AddressScan, ADeviceThatTakesEverythingIsNotTheServer) {
  TestServer server{.suites = {{tls12, suites_for(tls12)}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(row_text(scan.plan.facts(), tls12),
            "accepted ; it says yes to every suite, so a device in between answers");
  EXPECT_EQ(scan.plan.facts().faults.size(), 1U);
  EXPECT_LT(scan.connections, 250);
}

TEST(AddressScan, CurvesAreFoundWithoutTls13Too) {
  TestServer server{.suites = {{tls12, {0xc02f, 0x009c}}}, .groups = {24, 26, 29}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(scan.plan.facts().groups, (std::vector<std::uint16_t>{24, 26, 29}));
  EXPECT_TRUE(scan.plan.facts().groups_complete);
}

TEST(AddressScan, AnEcdsaKeyHidesTheCurvesBehindItsOwn) {
  TestServer server{.suites = {{tls12, {0xc02b}}}, .groups = {23, 29}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_FALSE(scan.plan.facts().groups_complete);
}

TEST(AddressScan, AnonymousSuitesBringNoChain) {
  TestServer server{.suites = {{tls12, {0x0034}}}};
  Scan scan(model::Tier::full);
  scan.run(server);
  EXPECT_EQ(scan.plan.facts().chain_missing, "the server sent no certificate with the suites it chose");
}

TEST(AddressScan, WhatIsNoTlsIsToldInPlainWords) {
  struct Row {
    OutcomeKind kind;
    std::string_view detail;
    std::string_view prefix;
    int connections;
    ScanStatus status;
    std::string_view error;
  };
  for (const Row& row : std::to_array<Row>({
           {OutcomeKind::not_tls, "", "SSH-2.0-x", 1, ScanStatus::not_tls, "speaks SSH, not TLS (SSH-2.0-x)"},
           {OutcomeKind::not_connected, "port 443 is closed", "", 2, ScanStatus::unreachable,
            "port 443 is closed"},
           {OutcomeKind::silent, "no answer in 10s", "", 2, ScanStatus::unreachable,
            "connected, but the answer to a TLS hello did not come: no answer in 10s"},
           {OutcomeKind::closed, "", "", 4, ScanStatus::not_tls,
            "closes the connection when asked for TLS: no TLS on this port, or a filter in between"},
           {OutcomeKind::reset, "", "", 4, ScanStatus::not_tls,
            "resets the connection when asked for TLS: no TLS on this port, or a filter in between"},
           {OutcomeKind::malformed, "no ServerHello came first", "", 1, ScanStatus::not_tls,
            "answers with TLS that makes no sense: no ServerHello came first"},
           {OutcomeKind::too_large, "a TLS handshake of 9 bytes, over the limit of 8", "", 1,
            ScanStatus::not_tls,
            "sends a TLS handshake of 9 bytes, over the limit of 8; reading stopped there"},
           {OutcomeKind::gave_up, "cancelled", "", 1, ScanStatus::unreachable, "cancelled"},
       })) {
    Scan scan(model::Tier::full);
    scan.run([&row](const Probe&) {
      Outcome outcome;
      outcome.kind = row.kind;
      outcome.detail = row.detail;
      outcome.prefix.assign(as_bytes(row.prefix).begin(), as_bytes(row.prefix).end());
      return outcome;
    });
    EXPECT_EQ(scan.observation.status, row.status) << row.error;
    EXPECT_EQ(scan.observation.error, row.error);
    EXPECT_EQ(scan.connections, row.connections) << row.error;
    EXPECT_EQ(scan.plan.facts().chain_missing, row.error);
    EXPECT_TRUE(scan.observation.versions.empty());
  }
}

TEST(AddressScan, AFilterThatCutsInIsToldApart) {
  int asked = 0;
  Scan scan(model::Tier::full);
  scan.run([&asked](const Probe&) {
    Outcome outcome;
    outcome.kind = asked++ == 0 ? OutcomeKind::alert : OutcomeKind::not_connected;
    outcome.alert = codec::tls::Alert{2, 40};
    outcome.detail = "port 443 is closed";
    return outcome;
  });
  EXPECT_EQ(scan.observation.status, ScanStatus::blocked);
  EXPECT_EQ(scan.observation.error,
            "refused a TLS hello (alert 40 handshake_failure) and then was gone: port 443 is closed");
}

TEST(AddressScan, AFailedFirstConnectionIsTriedOnceMore) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  int asked = 0;
  Scan scan(model::Tier::inventory);
  scan.run([&](const Probe& probe) {
    if (asked++ > 0) {
      EXPECT_GT(probe.wait_before, Millis(0));
      return converse(server, probe);
    }
    Outcome outcome;
    outcome.kind = OutcomeKind::not_connected;
    return outcome;
  });
  EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
  EXPECT_EQ(scan.plan.facts().chain, server.chain);
}

// At every step of the scan: what was not settled stays open, and the lanes end.
TEST(AddressScan, StoppingLeavesTheRestUnknown) {
  TestServer whole{.suites = {{tls12, {0xc02f, 0xc030}}, {tls13, {0x1301}}}};
  Scan counted(model::Tier::full);
  counted.run(whole);
  for (int last = 1; last <= counted.connections; ++last) {
    TestServer server{.suites = whole.suites};
    Scan scan(model::Tier::full);
    scan.run([&](const Probe& probe) {
      const Outcome outcome = converse(server, probe);
      if (scan.connections == last) scan.plan.stop("the time was over");
      return outcome;
    });
    EXPECT_LE(scan.connections, last);
    if (last < counted.connections) {
      const auto stopped = [](const model::CheckResult& result) {
        return result.reason == "the time was over";
      };
      EXPECT_TRUE(std::ranges::any_of(scan.plan.facts().probed, stopped)) << last;
    }
    EXPECT_EQ(scan.observation.status, ScanStatus::scanned);
    const bool all_done = last >= counted.to_suites;
    for (const VersionFacts& row : scan.plan.facts().versions) {
      EXPECT_EQ(row.complete, all_done) << to_string(row.version) << " stopped after " << last;
    }
  }
}

TEST(AddressScan, ABrokenCertificateMessageIsNamed) {
  TestServer server{.suites = {{tls12, {0xc02f, 0xc030, 0x009c, 0x009d, 0x002f}}}};
  Scan scan(model::Tier::full);
  std::size_t flights = 0;
  scan.run([&](const Probe& probe) {
    Outcome outcome = converse(server, probe);
    if (!outcome.chain) return outcome;
    if (probe.until == ReadUntil::flight && !probe.talk) ++flights;
    outcome.chain.reset();
    outcome.detail = "the connection was reset";
    return outcome;
  });
  EXPECT_EQ(scan.plan.facts().chain_missing, "the certificate did not arrive: the connection was reset");
  EXPECT_LE(flights, 3U);
  EXPECT_EQ(row_text(scan.plan.facts(), tls12),
            "accepted complete c02f,c030,009c,009d,002f; alert 40 handshake_failure");
}

TEST(SuiteOrder, OffersEachSuiteOnceInTheVersionsItIsFor) {
  for (const auto version : {ssl3, tls10, tls11, tls12, tls13}) {
    auto suites = suites_for(version);
    std::ranges::sort(suites);
    EXPECT_TRUE(std::ranges::adjacent_find(suites) == suites.end());
  }
  EXPECT_EQ(suites_for(tls12).size() + suites_for(tls13).size(), codec::tls::all_cipher_suites().size());
  EXPECT_EQ(suites_for(ssl3), suites_for(tls11));
  EXPECT_TRUE(groups_for(ssl3).empty());
}

// A version that answers a newer hello with an older one says more than an alert does.
TEST(AddressScan, AChoiceOfALowerVersionIsARefusalThatNeedsNoControl) {
  Scan scan(model::Tier::full);
  scan.run([](const Probe& probe) {
    TestServer server{.suites = {{tls10, {0x002f, 0x0035}}}};
    return converse(server, probe);
  });
  EXPECT_EQ(row_text(scan.plan.facts(), tls12), "refused complete ; chose TLS 1.0 instead");
  EXPECT_EQ(row_text(scan.plan.facts(), tls11), "refused complete ; chose TLS 1.0 instead");
  EXPECT_EQ(row_text(scan.plan.facts(), tls10), "accepted complete 002f,0035; alert 40 handshake_failure");
}

}  // namespace
}  // namespace certherald::scan
