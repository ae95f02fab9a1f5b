#include "policy/assess_fleet.hpp"

#include <gtest/gtest.h>

namespace certherald::policy {
namespace {

const Instant start{Seconds(1'800'000'000)};
constexpr Seconds verify_after{600};

FleetCandidate candidate(const std::string& check, const std::string& sha256,
                         std::vector<std::string> hosts) {
  FleetCandidate out{check, sha256, "told so", {{"others", "x"}}, {}};
  for (const std::string& host : hosts) out.places.push_back({{host, 443, "", "", ""}, "192.0.2.1", start});
  return out;
}

FindingChange only(const std::vector<FindingChange>& changes) {
  EXPECT_EQ(changes.size(), 1U);
  return changes.empty() ? FindingChange() : changes.front();
}

TEST(AssessFleet, OpensAFindingOfTheCertificate) {
  const auto change =
      only(assess_fleet({candidate("batch_gcd", "aa", {"b", "a"})}, {}, {verify_after}, start));
  EXPECT_EQ(change.event, FindingEvent::opened);
  EXPECT_EQ(change.after.subject, (model::Subject{model::SubjectKind::certificate, "cert:aa"}));
  EXPECT_EQ(change.after.severity, model::Severity::critical);
  ASSERT_EQ(change.after.places.size(), 2U);
  EXPECT_EQ(change.after.places[0].endpoint.host, "a");
  EXPECT_EQ(change.after.places[0].reason, "told so");
  EXPECT_TRUE(is_showing(change.after));
}

TEST(AssessFleet, ResolvesWhatIsSeenGoodTwice) {
  const auto opened =
      only(assess_fleet({candidate("shared_key", "aa", {"a"})}, {}, {verify_after}, start)).after;
  const auto good = only(assess_fleet({}, {opened}, {verify_after}, start + Seconds(10)));
  EXPECT_EQ(good.event, FindingEvent::seen_good);
  EXPECT_FALSE(is_showing(good.after));
  const auto early = only(assess_fleet({}, {good.after}, {verify_after}, start + Seconds(609)));
  EXPECT_EQ(early.event, FindingEvent::seen_good);
  const auto resolved = only(assess_fleet({}, {early.after}, {verify_after}, start + Seconds(610)));
  EXPECT_EQ(resolved.event, FindingEvent::resolved);
  EXPECT_TRUE(assess_fleet({}, {resolved.after}, {verify_after}, start + Seconds(9'999)).empty());
  const auto back = only(assess_fleet({candidate("shared_key", "aa", {"b"})}, {resolved.after},
                                      {verify_after}, start + Seconds(20'000)));
  EXPECT_EQ(back.event, FindingEvent::reopened);
  EXPECT_EQ(back.after.episode, 2);
  EXPECT_EQ(back.after.places.size(), 1U);
}

TEST(AssessFleet, SeenAgainBeforeThatItShowsAsEver) {
  const auto opened =
      only(assess_fleet({candidate("shared_key", "aa", {"a"})}, {}, {verify_after}, start)).after;
  const auto good = only(assess_fleet({}, {opened}, {verify_after}, start + Seconds(10))).after;
  const auto again =
      only(assess_fleet({candidate("shared_key", "aa", {"a"})}, {good}, {verify_after}, start + Seconds(20)));
  EXPECT_EQ(again.event, FindingEvent::seen_again);
  EXPECT_EQ(again.after.episode, 1);
  EXPECT_TRUE(is_showing(again.after));
}

TEST(AssessFleet, LeavesOtherChecksAloneAndResolvesWhatIsOnlyImported) {
  model::Finding other;
  other.check = "weak_key";
  other.subject = {model::SubjectKind::certificate, "cert:aa"};
  EXPECT_TRUE(assess_fleet({}, {other}, {verify_after}, start).empty());
  const auto imported =
      only(assess_fleet({candidate("shared_key", "aa", {})}, {}, {verify_after}, start)).after;
  EXPECT_EQ(only(assess_fleet({}, {imported}, {verify_after}, start)).event, FindingEvent::resolved);
}

}  // namespace
}  // namespace certherald::policy
