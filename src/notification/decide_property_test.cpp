#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.hpp"
#include "notification/decide.hpp"

// Estates, policies and histories that nobody thought of: what holds for every one of them.

namespace certherald::notification {
namespace {

using model::CheckKind;
using model::DeliveryKind;
using model::Notice;
using model::Policy;
using model::Repeat;

constexpr Instant start{Seconds(1'790'000'000)};
constexpr std::int64_t day = 86'400;

std::int64_t utc_day(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

class Estate {
 public:
  explicit Estate(std::uint64_t seed) : random_(seed) {
    kind_ = pick(2) == 0 ? CheckKind::expiry : CheckKind::vulnerability;
    const std::size_t findings = pick(12);
    for (std::size_t i = 0; i < findings; ++i) candidates_.push_back(a_candidate(static_cast<int>(i)));
    const std::size_t policies = pick(4);
    for (std::size_t i = 0; i < policies; ++i) policies_.push_back(a_policy(static_cast<int>(i)));
  }

  [[nodiscard]] Decisions run(Instant planned) const {
    Situation situation;
    situation.kind = kind_;
    situation.now = planned;
    situation.planned_at = planned;
    situation.local_day = utc_day;
    situation.connections = {"desk", "snow"};
    std::vector<Told> told;
    told.reserve(told_.size());
    for (const auto& [key, row] : told_) told.push_back(row);
    return decide(candidates_, policies_, told, situation);
  }

  // What the store does with notices, and the outbox soon after: every ticket comes to be.
  void keep(const Decisions& decisions) {
    for (const Notice& notice : decisions.notices) {
      Told& row = told_[{notice.finding, notice.connection}];
      row.finding = notice.finding;
      row.episode = notice.episode;
      row.connection = notice.connection;
      ++row.count;
      row.last_planned = notice.planned_at;
      row.last_period = std::max(row.last_period, notice.period);
      if (notice.period == 0) row.standing = TicketStanding::open;
    }
  }

  [[nodiscard]] const std::vector<Policy>& policies() const { return policies_; }
  [[nodiscard]] bool has_one_policy() const { return policies_.size() == 1; }
  void set_every(Duration every) {
    for (Policy& policy : policies_) policy.every = every;
  }

 private:
  std::size_t pick(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }

  Candidate a_candidate(int id) {
    Candidate candidate;
    candidate.finding.id.value = id + 1;
    const auto checks = model::all_checks();
    const model::CheckInfo& check = checks[pick(checks.size())];
    candidate.finding.check = kind_ == CheckKind::expiry ? "expiry" : std::string(check.id);
    candidate.finding.subject = {check.subject, fmt::format("subject {}", pick(6))};
    candidate.finding.severity = check.severity;
    candidate.not_after = start + Seconds(static_cast<std::int64_t>(pick(90)) * day);
    candidate.not_before = candidate.not_after - Seconds(90 * day);
    return candidate;
  }

  Policy a_policy(int id) {
    Policy policy;
    policy.name = fmt::format("policy {}", id);
    policy.kind = pick(5) == 0 ? CheckKind::expiry : kind_;
    policy.enabled = pick(8) != 0;
    policy.within = Duration{static_cast<std::int64_t>(pick(60)), DurationUnit::day};
    policy.every = pick(2) == 0 ? Duration{static_cast<std::int64_t>(1 + pick(9)), DurationUnit::day}
                                : Duration{static_cast<std::int64_t>(1 + pick(50)), DurationUnit::hour};
    policy.repeat = pick(2) == 0 ? Repeat::update : Repeat::new_ticket;
    if (pick(3) == 0) policy.channels = {"snow"};
    policy.max_new = pick(3) == 0 ? static_cast<int>(pick(4)) : 100;
    return policy;
  }

  SeededRandom random_;
  CheckKind kind_ = CheckKind::expiry;
  std::vector<Candidate> candidates_;
  std::vector<Policy> policies_;
  std::map<std::pair<model::FindingId, std::string>, Told> told_;
};

using Key = std::pair<model::FindingId, std::string>;

std::set<Key> keys_of(const std::vector<Notice>& notices) {
  std::set<Key> keys;
  for (const Notice& notice : notices) keys.insert({notice.finding, notice.connection});
  return keys;
}

void expect_sound(const Estate& estate, const Decisions& decisions) {
  ASSERT_EQ(keys_of(decisions.notices).size(), decisions.notices.size()) << "told twice";
  for (const Key& key : keys_of(decisions.held)) {
    ASSERT_FALSE(keys_of(decisions.notices).contains(key)) << "told and held";
  }
  for (const Policy& policy : estate.policies()) {
    const auto made = std::ranges::count_if(decisions.notices, [&](const Notice& notice) {
      return notice.policy == policy.name && notice.kind == DeliveryKind::create;
    });
    ASSERT_LE(made, policy.max_new);
  }
}

TEST(DecideProperty, one_notice_for_a_finding_and_a_connection_in_any_run) {
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    Estate estate(seed);
    std::set<std::tuple<model::FindingId, std::string, std::int64_t>> tickets;  // creates so far
    for (int run = 0; run < 12; ++run) {
      const Decisions decisions = estate.run(start + Seconds(run * 13 * 3'600));
      ASSERT_NO_FATAL_FAILURE(expect_sound(estate, decisions)) << "seed " << seed;
      for (const Notice& notice : decisions.notices) {
        if (notice.kind != DeliveryKind::create) continue;
        ASSERT_TRUE(tickets.insert({notice.finding, notice.connection, notice.period}).second)
            << "one ticket made twice, seed " << seed;
      }
      estate.keep(decisions);
    }
  }
}

TEST(DecideProperty, a_second_run_on_the_day_tells_only_what_was_held) {
  std::size_t told = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    Estate estate(seed);
    estate.set_every({1, DurationUnit::day});
    const Instant morning = start - Seconds(start.time_since_epoch().count() % day);
    const Decisions first = estate.run(morning);
    estate.keep(first);
    told += first.notices.size();
    for (const Seconds later : {Seconds(0), Seconds(1), Seconds(day - 1)}) {
      const Decisions second = estate.run(morning + later);
      for (const Key& key : keys_of(second.notices)) {
        ASSERT_FALSE(keys_of(first.notices).contains(key)) << "seed " << seed;
      }
      if (first.held.empty() && later == Seconds(0)) ASSERT_TRUE(second.notices.empty()) << "seed " << seed;
    }
  }
  EXPECT_GT(told, 5'000U);  // or nothing was tried
}

TEST(DecideProperty, an_interval_later_everything_is_told_exactly_once_more) {
  std::size_t told = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    Estate estate(seed);
    estate.set_every({2, DurationUnit::day});
    const Decisions first = estate.run(start);
    if (!first.held.empty() || !estate.has_one_policy()) continue;
    estate.keep(first);
    for (std::int64_t next = 1; next <= 3; ++next) {
      const Decisions early = estate.run(start + Seconds((2 * next - 1) * day));
      const Decisions due = estate.run(start + Seconds(2 * next * day));
      // What comes inside `within` meanwhile is new; what was told is told again, and not before.
      for (const Key& key : keys_of(first.notices)) {
        ASSERT_FALSE(keys_of(early.notices).contains(key)) << "seed " << seed;
        ASSERT_TRUE(keys_of(due.notices).contains(key) || keys_of(due.held).contains(key)) << "seed " << seed;
      }
      for (const Notice& notice : due.notices) {
        if (!keys_of(first.notices).contains({notice.finding, notice.connection})) continue;
        const bool repeats = estate.policies().front().repeat == Repeat::new_ticket;
        ASSERT_EQ(notice.kind, repeats ? DeliveryKind::create : DeliveryKind::note);
        if (due.held.empty()) ASSERT_EQ(notice.period, repeats ? next + 1 : 0);
        ++told;
      }
      if (!due.held.empty()) break;
      estate.keep(due);
    }
  }
  EXPECT_GT(told, 500U);
}

}  // namespace
}  // namespace certherald::notification
