#include "scan/confirm.hpp"

#include <gtest/gtest.h>

#include <array>

namespace certherald::scan {
namespace {

using enum model::Verdict;
using model::Observation;
using model::ScanStatus;

Observation seen(std::string_view check, model::Verdict verdict, std::string reason, std::int64_t at,
                 std::string leaf = "aa") {
  Observation out;
  out.status = ScanStatus::scanned;
  out.at = Instant(Seconds(at));
  out.chain.emplace_back().sha256 = std::move(leaf);
  out.checks.push_back({std::string(check), verdict, std::move(reason), {{"ciphers", "x"}}});
  return out;
}

TEST(Confirm, WeighsTheSecondProbeAgainstTheFirst) {
  struct Row {
    model::Verdict first;
    model::Verdict second;
    model::Verdict verdict;
    std::string_view reason;
  };
  for (const Row& row : std::to_array<Row>({
           {affected, affected, affected, "first"},
           {affected, not_affected, inconclusive, "differs between two probes: first; then second"},
           {affected, inconclusive, inconclusive, "seen once, could not be confirmed: second"},
           {affected, not_applicable, inconclusive, "seen once, could not be confirmed: second"},
           {not_affected, affected, not_affected, "first"},
           {inconclusive, affected, inconclusive, "first"},
           {not_applicable, affected, not_applicable, "first"},
       })) {
    const Observation merged =
        confirm(seen("weak_ciphers", row.first, "first", 0), seen("weak_ciphers", row.second, "second", 60));
    ASSERT_EQ(merged.checks.size(), 1U);
    EXPECT_EQ(merged.checks[0].verdict, row.verdict);
    EXPECT_EQ(merged.checks[0].reason, row.reason);
    EXPECT_EQ(merged.checks[0].evidence.at("ciphers"), "x");
    EXPECT_EQ(merged.checks[0].evidence.contains("seen"), row.verdict == affected);
    EXPECT_EQ(merged.checks[0].evidence.contains("differs"),
              row.first == affected && row.second == not_affected);
    EXPECT_EQ(merged.at, Instant(Seconds(0)));
  }
}

TEST(Confirm, EvidenceNotesBothTimes) {
  const Observation merged =
      confirm(seen("weak_ciphers", affected, "", 0), seen("weak_ciphers", affected, "", 60));
  EXPECT_EQ(merged.checks[0].evidence.at("seen"), "1970-01-01T00:00:00Z\n1970-01-01T00:01:00Z");
}

TEST(Confirm, AServerThatWentAwayConfirmsNothing) {
  Observation gone;
  gone.status = ScanStatus::unreachable;
  gone.error = "port 443 is closed";
  gone.checks.push_back({"weak_ciphers", affected, "", {}});
  const Observation merged = confirm(seen("weak_ciphers", affected, "first", 0), gone);
  EXPECT_EQ(merged.checks[0].verdict, inconclusive);
  EXPECT_EQ(
      merged.checks[0].reason,
      "seen once, could not be confirmed: the second probe found the server unreachable: port 443 is closed");
}

TEST(Confirm, AQuestionNotAskedAgainConfirmsNothing) {
  const Observation merged = confirm(seen("expiry", affected, "", 0), seen("weak_key", affected, "", 60));
  EXPECT_EQ(merged.checks[0].verdict, inconclusive);
}

TEST(Confirm, AnotherCertificateDiffersForChecksOfTheCertificateOnly) {
  EXPECT_EQ(confirm(seen("expiry", affected, "", 0, "aa"), seen("expiry", affected, "", 60, "bb"))
                .checks[0]
                .verdict,
            inconclusive);
  EXPECT_EQ(confirm(seen("expiry", affected, "", 0, "aa"), seen("expiry", affected, "", 60, "aa"))
                .checks[0]
                .verdict,
            affected);
  EXPECT_EQ(confirm(seen("poodle_sslv3", affected, "", 0, "aa"), seen("poodle_sslv3", affected, "", 60, "bb"))
                .checks[0]
                .verdict,
            affected);
}

TEST(LookAgain, DoubtsWhatSeemsToBeMended) {
  struct Row {
    std::string_view check;
    model::Verdict first;
    model::Verdict again;
    std::string leaf;  // of the other look
    model::Verdict verdict;
  };
  for (const Row& row : std::to_array<Row>({
           {"rc4", not_affected, affected, "aa", inconclusive},
           {"rc4", not_affected, affected, "bb", inconclusive},
           {"rc4", not_applicable, affected, "aa", inconclusive},
           {"rc4", not_affected, not_affected, "aa", not_affected},
           {"rc4", not_affected, inconclusive, "aa", not_affected},
           {"rc4", inconclusive, affected, "aa", inconclusive},
           {"rc4", affected, not_affected, "aa", affected},
           {"weak_key", not_affected, affected, "aa", inconclusive},
           {"weak_key", not_affected, affected, "bb", not_affected},  // a fault of another certificate
       })) {
    const Observation told =
        look_again(seen(row.check, row.first, "first", 0), seen(row.check, row.again, "again", 9, row.leaf));
    EXPECT_EQ(told.checks[0].verdict, row.verdict) << row.check << " " << row.leaf;
    EXPECT_EQ(told.checks[0].evidence.contains("differs"),
              row.first != inconclusive && row.verdict == inconclusive);
  }
  EXPECT_EQ(
      look_again(seen("rc4", not_affected, "none", 0), seen("rc4", affected, "RC4", 9)).checks[0].reason,
      "differs between two looks: none; then RC4");
}

TEST(LookAgain, KeepsEveryCertificateThatWasPresented) {
  Observation again = seen("rc4", not_affected, "", 9, "bb");
  again.others_asked = true;
  for (const char* leaf : {"aa", "cc", "bb"}) {
    again.other_chains.push_back({"for RSA", leaf != std::string("cc"), {{}}});
    again.other_chains.back().chain.front().sha256 = leaf;
  }
  const Observation told = look_again(seen("rc4", not_affected, "", 0), again);
  ASSERT_EQ(told.other_chains.size(), 2U);
  EXPECT_EQ(told.other_chains[0].way, "in another look");
  EXPECT_EQ(told.other_chains[0].chain.front().sha256, "bb");
  EXPECT_TRUE(told.other_chains[0].for_name);
  EXPECT_EQ(told.other_chains[1].chain.front().sha256, "cc");
  EXPECT_FALSE(told.other_chains[1].for_name);
  EXPECT_TRUE(told.others_asked);
}

TEST(LookAgain, LearnsNothingWhereTheServerWasAway) {
  Observation away = seen("rc4", affected, "", 9, "bb");
  away.status = ScanStatus::unreachable;
  away.others_asked = true;
  const Observation first = seen("rc4", not_affected, "", 0);
  EXPECT_EQ(look_again(first, away), first);
}

}  // namespace
}  // namespace certherald::scan
