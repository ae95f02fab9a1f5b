#include "policy/assess.hpp"

#include <gtest/gtest.h>

namespace certherald::policy {
namespace {

using model::Finding;
using model::FindingStatus;
using model::Observation;
using model::Severity;
using model::Verdict;

constexpr Instant start{Seconds(1'000'000)};
const AssessRules rules;  // verify_after: 10 minutes

Observation seen(std::string check, Verdict verdict, Seconds after = Seconds(0),
                 std::string address = "192.0.2.1") {
  Observation out;
  out.endpoint.host = "shop.example.com";
  out.address = std::move(address);
  out.at = start + after;
  out.status = model::ScanStatus::scanned;
  out.chain.resize(1);
  out.chain.front().sha256 = "aa";
  out.checks = {{std::move(check), verdict, "because", {{"ciphers", "TLS 1.0 X"}}}};
  return out;
}

Observation with_leaf(Observation observation, const std::string& sha256) {
  observation.chain.clear();
  if (sha256.empty()) return observation;
  observation.chain.resize(1);
  observation.chain.front().sha256 = sha256;
  return observation;
}

// The address was asked for every certificate that it has, and has that one alone.
Observation serves_only(Observation observation, const std::string& sha256) {
  observation = with_leaf(std::move(observation), sha256);
  observation.others_asked = true;
  return observation;
}

// Applies observations one after the other as the store would; says what each did.
class Story {
 public:
  std::string tell(const Observation& observation) {
    const auto changes = assess(findings_, observation, rules);
    std::string said;
    for (const FindingChange& change : changes) {
      said += name(change.event);
      keep(change.after);
    }
    return said;
  }
  [[nodiscard]] const Finding& finding() const { return findings_.front(); }
  [[nodiscard]] std::size_t size() const { return findings_.size(); }

 private:
  static std::string name(FindingEvent event) {
    switch (event) {
      case FindingEvent::opened:
        return "opened";
      case FindingEvent::seen_again:
        return "seen_again";
      case FindingEvent::seen_good:
        return "seen_good";
      case FindingEvent::resolved:
        return "resolved";
      case FindingEvent::reopened:
        return "reopened";
    }
    return "?";
  }
  void keep(Finding after) {
    for (Finding& known : findings_) {
      if (known.check == after.check && known.subject == after.subject) {
        known = std::move(after);
        return;
      }
    }
    after.id.value = static_cast<std::int64_t>(findings_.size()) + 1;
    findings_.push_back(std::move(after));
  }
  std::vector<Finding> findings_;
};

TEST(Assess, affected_opens_a_finding_with_its_evidence) {
  Story story;
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected)), "opened");
  const Finding& finding = story.finding();
  EXPECT_EQ(finding.subject.text, "endpoint:-:shop.example.com:443:-:-");
  EXPECT_EQ(finding.severity, Severity::high);
  EXPECT_EQ(finding.status, FindingStatus::open);
  EXPECT_EQ(finding.episode, 1);
  EXPECT_EQ(finding.first_seen, start);
  ASSERT_EQ(finding.places.size(), 1U);
  EXPECT_EQ(finding.places.front().address, "192.0.2.1");
  EXPECT_EQ(finding.places.front().evidence.at("ciphers"), "TLS 1.0 X");
}

TEST(Assess, one_look_is_not_enough_to_resolve) {
  Story story;
  story.tell(seen("weak_ciphers", Verdict::affected));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(10))), "seen_again");
  EXPECT_EQ(story.finding().last_seen, start + Seconds(10));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(100))), "seen_good");
  EXPECT_FALSE(is_showing(story.finding()));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(699))), "seen_good");
  EXPECT_EQ(story.finding().status, FindingStatus::open);
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(700))), "resolved");
  EXPECT_EQ(story.finding().status, FindingStatus::resolved);
  EXPECT_EQ(story.finding().resolved_at, start + Seconds(700));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(800))), "");
}

TEST(Assess, affected_in_between_starts_the_proof_over) {
  Story story;
  story.tell(seen("weak_ciphers", Verdict::affected));
  story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(100)));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(200))), "seen_again");
  EXPECT_TRUE(is_showing(story.finding()));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(900))), "seen_good");
  EXPECT_FALSE(is_showing(story.finding()));
}

TEST(Assess, every_address_must_be_good) {
  Story story;
  story.tell(seen("weak_ciphers", Verdict::affected, Seconds(0), "192.0.2.2"));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(0), "192.0.2.1")), "seen_again");
  ASSERT_EQ(story.finding().places.size(), 2U);
  EXPECT_EQ(story.finding().places.front().address, "192.0.2.1");  // sorted
  for (const std::int64_t at : {100, 800, 1'600}) {
    EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(at), "192.0.2.1")), "seen_good");
  }
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_applicable, Seconds(100), "192.0.2.2")),
            "seen_good");
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_applicable, Seconds(700), "192.0.2.2")), "resolved");
}

TEST(Assess, an_older_look_changes_nothing) {
  Story story;
  story.tell(seen("weak_ciphers", Verdict::affected, Seconds(1'000)));
  // Before it was last seen affected: good then is not good now.
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(999))), "");
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(999))), "");
  story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(2'000)));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(1'999))), "");
  EXPECT_EQ(story.finding().places.front().good_since, start + Seconds(2'000));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(2'600))), "resolved");
  // A slow run that saw it before it was mended opens nothing.
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(2'599))), "");
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(2'599), "192.0.2.9")), "");
  EXPECT_EQ(story.finding().episode, 1);
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(2'601))), "reopened");
}

TEST(Assess, what_could_not_be_told_changes_nothing) {
  Observation unreachable = seen("weak_ciphers", Verdict::not_affected, Seconds(900));
  unreachable.status = model::ScanStatus::unreachable;
  Observation blocked = seen("weak_ciphers", Verdict::affected, Seconds(900));
  blocked.status = model::ScanStatus::blocked;
  const std::vector<Observation> cases = {
      seen("weak_ciphers", Verdict::inconclusive, Seconds(900)),
      seen("poodle_sslv3", Verdict::not_affected, Seconds(900)),  // the check was not asked
      seen("weak_ciphers", Verdict::not_affected, Seconds(900), "192.0.2.9"),
      unreachable,
      blocked,
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Story story;
    story.tell(seen("weak_ciphers", Verdict::affected));
    story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(100)));
    const Finding before = story.finding();
    EXPECT_EQ(story.tell(cases[i]), "") << "case " << i;
    EXPECT_EQ(story.finding(), before) << "case " << i;
  }
}

TEST(Assess, a_problem_that_comes_back_is_a_new_episode) {
  Story story;
  story.tell(seen("weak_ciphers", Verdict::affected, Seconds(0), "192.0.2.7"));
  story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(100), "192.0.2.7"));
  story.tell(seen("weak_ciphers", Verdict::not_affected, Seconds(700), "192.0.2.7"));
  EXPECT_EQ(story.tell(seen("weak_ciphers", Verdict::affected, Seconds(5'000))), "reopened");
  const Finding& finding = story.finding();
  EXPECT_EQ(finding.status, FindingStatus::open);
  EXPECT_EQ(finding.episode, 2);
  EXPECT_EQ(finding.first_seen, start + Seconds(5'000));
  EXPECT_FALSE(finding.resolved_at);
  ASSERT_EQ(finding.places.size(), 1U);
  EXPECT_EQ(finding.places.front().address, "192.0.2.1");
}

TEST(Assess, an_acceptance_ends_at_its_date) {
  Finding accepted;
  accepted.check = "weak_ciphers";
  accepted.subject = {model::SubjectKind::endpoint, "endpoint:-:shop.example.com:443:-:-"};
  accepted.status = FindingStatus::accepted;
  accepted.accepted_until = start + Seconds(100);
  const auto status_at = [&](std::int64_t at) {
    return assess({accepted}, seen("weak_ciphers", Verdict::affected, Seconds(at)), rules).at(0).after.status;
  };
  EXPECT_EQ(status_at(99), FindingStatus::accepted);
  EXPECT_EQ(status_at(100), FindingStatus::open);
}

TEST(Assess, a_fault_of_the_certificate_is_good_where_another_leaf_is_served) {
  Story story;
  EXPECT_EQ(story.tell(seen("weak_key", Verdict::affected)), "opened");
  EXPECT_EQ(story.finding().subject.text, "cert:aa");
  EXPECT_EQ(story.tell(with_leaf(seen("weak_key", Verdict::not_affected, Seconds(50)), "")), "");
  const auto renewed = [](std::int64_t at) {
    return serves_only(seen("weak_ciphers", Verdict::inconclusive, Seconds(at)), "bb");
  };
  EXPECT_EQ(story.tell(renewed(100)), "seen_good");
  EXPECT_EQ(story.finding().places.front().reason, "another certificate is served here now");
  EXPECT_EQ(story.tell(renewed(700)), "resolved");
}

TEST(Assess, what_came_back_must_stay_good_for_days) {
  constexpr std::int64_t day = 86'400;
  const auto good = [](std::int64_t at) { return seen("rc4", Verdict::not_affected, Seconds(at)); };
  Story story;
  EXPECT_EQ(story.tell(seen("rc4", Verdict::affected)), "opened");
  EXPECT_EQ(story.tell(good(100)), "seen_good");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::affected, Seconds(200))), "seen_again");
  EXPECT_EQ(story.tell(good(300)), "seen_good");
  EXPECT_EQ(story.tell(good(300 + 3 * day - 1)), "seen_good");
  EXPECT_EQ(story.tell(good(300 + 3 * day)), "resolved");
}

TEST(Assess, what_came_back_long_ago_counts_no_more) {
  constexpr std::int64_t day = 86'400;
  Story story;
  story.tell(seen("rc4", Verdict::affected));
  story.tell(seen("rc4", Verdict::not_affected, Seconds(100)));
  story.tell(seen("rc4", Verdict::affected, Seconds(200)));
  story.tell(seen("rc4", Verdict::affected, Seconds(200 + 3 * day)));
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(200 + 3 * day))), "seen_good");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(800 + 3 * day))), "resolved");
}

TEST(Assess, looks_that_differ_begin_the_waiting_anew) {
  constexpr std::int64_t day = 86'400;
  Story story;
  story.tell(seen("rc4", Verdict::affected));
  Observation mixed = seen("rc4", Verdict::inconclusive, Seconds(50));
  mixed.checks.front().evidence["differs"] = "two times";
  EXPECT_EQ(story.tell(mixed), "") << "it was affected anyway";
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(100))), "seen_good");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::inconclusive, Seconds(200))), "") << "nothing was seen";
  mixed.at = start + Seconds(300);
  EXPECT_EQ(story.tell(mixed), "seen_again");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(400))), "seen_good");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(1'100))), "seen_good");
  EXPECT_EQ(story.tell(seen("rc4", Verdict::not_affected, Seconds(400 + 3 * day))), "resolved");
}

TEST(Assess, a_certificate_that_is_served_beside_another_is_not_gone) {
  Story story;
  EXPECT_EQ(story.tell(seen("weak_key", Verdict::affected)), "opened");
  EXPECT_EQ(story.tell(with_leaf(seen("weak_key", Verdict::not_affected, Seconds(100)), "bb")), "")
      << "who did not ask for others does not know";
  Observation beside = serves_only(seen("weak_key", Verdict::not_affected, Seconds(200)), "bb");
  beside.other_chains.push_back({"for RSA", true, {beside.chain.front()}});
  beside.other_chains.front().chain.front().sha256 = "aa";
  EXPECT_EQ(story.tell(beside), "") << "the answer is about the other one";
  EXPECT_EQ(story.tell(serves_only(seen("weak_key", Verdict::not_affected, Seconds(300)), "bb")),
            "seen_good");
}

TEST(Assess, two_leaves_with_one_fault_are_two_findings) {
  Story story;
  story.tell(seen("weak_key", Verdict::affected));
  EXPECT_EQ(story.tell(serves_only(seen("weak_key", Verdict::affected, Seconds(100)), "bb")),
            "openedseen_good");
  EXPECT_EQ(story.size(), 2U);
}

TEST(Assess, expiry_is_opened_from_the_inventory_only) {
  EXPECT_TRUE(assess({}, seen("expiry", Verdict::affected), rules).empty());
  EXPECT_TRUE(assess({}, seen("no_such_check", Verdict::affected), rules).empty());
}

TEST(Assess, a_renewal_resolves_the_expiry_of_the_old_certificate) {
  Finding expiry;
  expiry.check = "expiry";
  expiry.subject = {model::SubjectKind::certificate, "cert:aa"};
  expiry.places.resize(1);
  expiry.places.front().endpoint.host = "shop.example.com";
  expiry.places.front().address = "192.0.2.1";
  EXPECT_TRUE(assess({expiry}, seen("expiry", Verdict::not_affected), rules).empty());  // still served
  const auto first = assess({expiry}, serves_only(seen("expiry", Verdict::not_affected), "bb"), rules);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first.front().event, FindingEvent::seen_good);
  const auto second = assess({first.front().after},
                             serves_only(seen("expiry", Verdict::not_affected, Seconds(600)), "bb"), rules);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second.front().event, FindingEvent::resolved);
}

TEST(Assess, subjects_are_the_endpoint_and_the_leaf) {
  EXPECT_EQ(subjects_of(seen("expiry", Verdict::affected)).size(), 2U);
  EXPECT_EQ(subjects_of(with_leaf(seen("expiry", Verdict::affected), "")).size(), 1U);
}

// --- Expiry

constexpr Seconds day{86'400};

ExpiryCandidate ending_in(Seconds left, Seconds validity = 90 * day) {
  ExpiryCandidate candidate;
  candidate.sha256 = "aa";
  candidate.not_after = start + left;
  candidate.not_before = candidate.not_after - validity;
  candidate.places = {{{"shop.example.com", 443, "", "", ""}, "192.0.2.1", start}};
  return candidate;
}

model::Policy expiry_policy(model::Within within) {
  model::Policy policy;
  policy.name = "p";
  policy.within = within;
  return policy;
}

TEST(AssessExpiry, within_in_days_and_in_shares) {
  const auto days = expiry_policy(Duration{30, DurationUnit::day});
  const auto share = expiry_policy(model::ValidityShare{10});  // 9 days of 90
  auto disabled = days;
  disabled.enabled = false;
  auto other_kind = days;
  other_kind.kind = model::CheckKind::vulnerability;
  struct Case {
    std::vector<model::Policy> policies;
    Seconds left;
    bool found;
  };
  const std::vector<Case> cases = {
      {{days}, 30 * day + Seconds(1), false},
      {{days}, 30 * day, true},
      {{days}, Seconds(0), true},
      {{days}, -400 * day, true},
      {{share}, 9 * day + Seconds(1), false},
      {{share}, 9 * day, true},
      {{share, days}, 20 * day, true},  // the widest counts
      {{disabled}, day, false},
      {{other_kind}, -day, false},
      {{}, -day, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto changes = assess_expiry({ending_in(cases[i].left)}, {}, cases[i].policies, start);
    EXPECT_EQ(!changes.empty(), cases[i].found) << "case " << i;
  }
}

TEST(AssessExpiry, opens_sees_again_and_reopens) {
  const std::vector<model::Policy> policies = {expiry_policy(Duration{30, DurationUnit::day})};
  auto changes = assess_expiry({ending_in(5 * day)}, {}, policies, start);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].event, FindingEvent::opened);
  Finding known = changes[0].after;
  EXPECT_EQ(known.subject.text, "cert:aa");
  EXPECT_EQ(known.places.at(0).reason, "expires in 5 days");
  EXPECT_EQ(known.first_seen, start);

  changes = assess_expiry({ending_in(-3 * day)}, {known}, policies, start);
  EXPECT_EQ(changes.at(0).event, FindingEvent::seen_again);
  EXPECT_EQ(changes.at(0).after.places.at(0).reason, "expired 3 days ago");
  EXPECT_EQ(changes.at(0).after.episode, 1);

  known.status = FindingStatus::resolved;
  known.resolved_at = start;
  changes = assess_expiry({ending_in(5 * day)}, {known}, policies, start + Seconds(9));
  EXPECT_EQ(changes.at(0).event, FindingEvent::reopened);
  EXPECT_EQ(changes.at(0).after.episode, 2);
  EXPECT_EQ(changes.at(0).after.status, FindingStatus::open);
  EXPECT_FALSE(changes.at(0).after.resolved_at);
}

TEST(AssessExpiry, places_that_no_longer_serve_it_keep_their_good_mark) {
  const std::vector<model::Policy> policies = {expiry_policy(Duration{30, DurationUnit::day})};
  Finding known;
  known.check = "expiry";
  known.subject = {model::SubjectKind::certificate, "cert:aa"};
  known.places.resize(1);
  known.places.front().endpoint.host = "www.example.com";
  known.places.front().good_since = start;
  const auto changes = assess_expiry({ending_in(5 * day)}, {known}, policies, start);
  const Finding& after = changes.at(0).after;
  ASSERT_EQ(after.places.size(), 2U);
  EXPECT_FALSE(after.places.front().good_since);
  EXPECT_EQ(after.places.back().good_since, start);
}

TEST(AssessExpiry, how_far_the_inventory_is_searched) {
  const auto days = expiry_policy(Duration{30, DurationUnit::day});
  EXPECT_EQ(search_horizon({}), SearchHorizon{});
  EXPECT_EQ(search_horizon({days}), (SearchHorizon{30 * day, 0}));
  EXPECT_EQ(search_horizon({days, expiry_policy(model::ValidityShare{7})}), (SearchHorizon{30 * day, 7}));
  EXPECT_EQ(widest_within({days, expiry_policy(model::ValidityShare{50})}, start, start + 90 * day),
            45 * day);
}

}  // namespace
}  // namespace certherald::policy
