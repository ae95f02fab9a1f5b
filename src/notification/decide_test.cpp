#include "notification/decide.hpp"

#include <gtest/gtest.h>

#include "base/test_values.hpp"
#include "base/text.hpp"

namespace certherald::notification {
namespace {

using model::CheckKind;
using model::FindingStatus;
using model::Policy;
using model::Repeat;
using model::Severity;

constexpr std::string_view today = "2026-11-24T02:00:00Z";

Policy a_policy(CheckKind kind = CheckKind::expiry) {
  Policy policy;
  policy.name = "first";
  policy.kind = kind;
  return policy;
}

// A certificate that ends on 2026-12-10.
Candidate expiring(std::int64_t id = 1) {
  Candidate candidate;
  candidate.finding.id.value = id;
  candidate.finding.check = "expiry";
  candidate.finding.subject = {model::SubjectKind::certificate, fmt::format("cert:{:02x}", id)};
  candidate.finding.severity = Severity::high;
  candidate.not_before = at("2026-09-11T00:00:00Z");
  candidate.not_after = at("2026-12-10T00:00:00Z");
  return candidate;
}

Candidate vulnerable(std::int64_t id, std::string check, Severity severity = Severity::high) {
  Candidate candidate;
  candidate.finding.id.value = id;
  candidate.finding.check = std::move(check);
  candidate.finding.subject = {model::SubjectKind::endpoint, "endpoint:-:shop.example.com:443:-:-"};
  candidate.finding.severity = severity;
  return candidate;
}

std::int64_t utc_day(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

// Chicago in 2026: five hours behind UTC until its clocks change on 1 November at 07:00 UTC, six after.
std::int64_t chicago_day(Instant instant) {
  const bool summer = instant < at("2026-11-01T07:00:00Z");
  return utc_day(instant - std::chrono::hours(summer ? 5 : 6));
}

Situation a_situation(std::string_view planned = today, CheckKind kind = CheckKind::expiry) {
  Situation situation;
  situation.kind = kind;
  situation.now = at(planned) + Seconds(7);
  situation.planned_at = at(planned);
  situation.local_day = utc_day;
  situation.connections = {"desk"};
  return situation;
}

Told told_at(std::string_view planned, TicketStanding standing = TicketStanding::open,
             std::int64_t period = 0) {
  return {{1}, 1, "desk", 1, at(planned), period, standing};
}

// "<policy>/<connection>/<create or note>/<period> of <finding>" for each notice.
std::string describe(const std::vector<model::Notice>& notices) {
  std::vector<std::string> lines;
  lines.reserve(notices.size());
  for (const model::Notice& n : notices) {
    lines.push_back(fmt::format("{}/{}/{}/{} of {}", n.policy, n.connection, model::to_string(n.kind),
                                n.period, n.finding.value));
  }
  return join(lines, ", ");
}

TEST(Decide, a_new_finding_is_told_once_on_each_connection) {
  Situation situation = a_situation();
  situation.connections = {"desk", "snow"};
  const Decisions decisions = decide({expiring()}, {a_policy()}, {}, situation);
  EXPECT_EQ(describe(decisions.notices), "first/desk/create/0 of 1, first/snow/create/0 of 1");
  EXPECT_EQ(decisions.notices.front().planned_at, at(today));
  EXPECT_TRUE(decisions.held.empty());
}

TEST(Decide, when_a_notice_is_due_again) {
  struct Case {
    Duration every;
    std::string_view last;
    std::string_view planned;
    bool due;
  };
  const Duration daily{1, DurationUnit::day};
  const Duration weekly{1, DurationUnit::week};
  const Duration day_of_hours{24, DurationUnit::hour};
  const Duration always{0, DurationUnit::second};
  const std::vector<Case> cases = {
      {always, "2026-11-24T02:00:00Z", "2026-11-24T02:00:00Z", false},  // told by this very run
      {always, "2026-11-24T02:00:00Z", "2026-11-24T02:00:01Z", true},
      {always, "2026-11-24T02:00:01Z", "2026-11-24T02:00:00Z", false},
      {daily, "2026-11-24T02:00:00Z", "2026-11-24T02:00:00Z", false},
      {daily, "2026-11-24T02:00:00Z", "2026-11-24T23:59:59Z", false},  // second run of one day
      {daily, "2026-11-24T23:59:59Z", "2026-11-25T00:00:00Z", true},
      {daily, "2026-11-24T02:00:00Z", "2026-11-30T02:00:00Z", true},   // missed days are one notice
      {daily, "2026-11-25T02:00:00Z", "2026-11-24T02:00:00Z", false},  // a clock that was set back
      {weekly, "2026-11-17T02:00:00Z", "2026-11-23T23:59:59Z", false},
      {weekly, "2026-11-17T23:00:00Z", "2026-11-24T00:00:00Z", true},
      {day_of_hours, "2026-11-23T02:00:00Z", "2026-11-24T01:59:59Z", false},
      {day_of_hours, "2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z", true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Policy policy = a_policy();
    policy.every = cases[i].every;
    const auto result =
        decide({expiring()}, {policy}, {told_at(cases[i].last)}, a_situation(cases[i].planned));
    EXPECT_EQ(describe(result.notices), cases[i].due ? "first/desk/note/0 of 1" : "") << "case " << i;
  }
}

TEST(Decide, days_are_those_of_the_tasks_zone) {
  Policy policy = a_policy();
  policy.within = Duration{90, DurationUnit::day};
  // 00:30 and 23:30 of one day of 25 hours, then 00:30 of the next.
  Situation late = a_situation("2026-11-02T05:30:00Z");
  late.local_day = chicago_day;
  const Told first = told_at("2026-11-01T05:30:00Z");
  EXPECT_EQ(describe(decide({expiring()}, {policy}, {first}, late).notices), "");
  late.planned_at = at("2026-11-02T06:30:00Z");
  EXPECT_EQ(describe(decide({expiring()}, {policy}, {first}, late).notices), "first/desk/note/0 of 1");
}

TEST(Decide, what_a_due_notice_does) {
  struct Case {
    Repeat repeat;
    TicketStanding standing;
    std::int64_t last_period;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {Repeat::update, TicketStanding::none, 0, "first/desk/create/0 of 1"},
      {Repeat::update, TicketStanding::waiting, 0, ""},
      {Repeat::update, TicketStanding::open, 0, "first/desk/note/0 of 1"},
      {Repeat::update, TicketStanding::closed, 0, "first/desk/note/0 of 1"},
      {Repeat::update, TicketStanding::given_up, 0, ""},
      {Repeat::new_ticket, TicketStanding::none, 0, "first/desk/create/1 of 1"},
      {Repeat::new_ticket, TicketStanding::waiting, 1, "first/desk/create/2 of 1"},
      {Repeat::new_ticket, TicketStanding::open, 7, "first/desk/create/8 of 1"},
      {Repeat::new_ticket, TicketStanding::given_up, 7, "first/desk/create/8 of 1"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Policy policy = a_policy();
    policy.repeat = cases[i].repeat;
    const Told told = told_at("2026-11-23T02:00:00Z", cases[i].standing, cases[i].last_period);
    EXPECT_EQ(describe(decide({expiring()}, {policy}, {told}, a_situation()).notices), cases[i].expected)
        << "case " << i;
  }
}

TEST(Decide, a_problem_that_came_back_is_new) {
  Candidate again = expiring();
  again.finding.episode = 2;
  const Told told = told_at(today, TicketStanding::given_up, 4);
  Policy policy = a_policy();
  EXPECT_EQ(describe(decide({again}, {policy}, {told}, a_situation()).notices), "first/desk/create/0 of 1");
  policy.repeat = Repeat::new_ticket;
  EXPECT_EQ(describe(decide({again}, {policy}, {told}, a_situation()).notices), "first/desk/create/1 of 1");
}

TEST(Decide, who_is_not_told_about) {
  Candidate accepted = expiring();
  accepted.finding.status = FindingStatus::accepted;
  Candidate resolved = expiring();
  resolved.finding.status = FindingStatus::resolved;
  Candidate seen_good = expiring();
  seen_good.finding.places.resize(2);
  for (auto& place : seen_good.finding.places) place.good_since = at(today);
  Candidate partly_good = seen_good;
  partly_good.finding.places.front().good_since.reset();
  Candidate unheard_of = expiring();
  unheard_of.finding.check = "no_such_check";

  EXPECT_EQ(describe(decide({accepted}, {a_policy()}, {}, a_situation()).notices), "");
  EXPECT_EQ(describe(decide({resolved}, {a_policy()}, {}, a_situation()).notices), "");
  EXPECT_EQ(describe(decide({seen_good}, {a_policy()}, {}, a_situation()).notices), "");
  EXPECT_EQ(describe(decide({unheard_of}, {a_policy()}, {}, a_situation()).notices), "");
  EXPECT_EQ(describe(decide({partly_good}, {a_policy()}, {}, a_situation()).notices),
            "first/desk/create/0 of 1");
}

TEST(Decide, which_findings_a_policy_speaks_about) {
  struct Case {
    CheckKind task;
    Severity min_severity;
    std::vector<std::string> checks;
    std::vector<std::string> channels;
    bool told;
  };
  constexpr auto scan = CheckKind::vulnerability;
  const std::vector<Case> cases = {
      {scan, Severity::medium, {}, {"*"}, true},
      {CheckKind::expiry, Severity::medium, {}, {"*"}, false},
      {scan, Severity::high, {}, {"*"}, true},
      {scan, Severity::critical, {}, {"*"}, false},
      {scan, Severity::info, {"weak_ciphers"}, {"*"}, true},
      {scan, Severity::info, {"poodle_sslv3"}, {"*"}, false},
      {scan, Severity::info, {}, {"snow"}, false},
      {scan, Severity::info, {}, {"snow", "desk"}, true},
      {scan, Severity::info, {}, {}, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Policy policy = a_policy(scan);
    policy.min_severity = cases[i].min_severity;
    policy.checks = cases[i].checks;
    policy.channels = cases[i].channels;
    const std::vector<Candidate> candidates = {vulnerable(1, "weak_ciphers"), expiring(2)};
    const auto result = decide({candidates.front()}, {policy}, {}, a_situation(today, cases[i].task));
    EXPECT_EQ(describe(result.notices), cases[i].told ? "first/desk/create/0 of 1" : "") << "case " << i;
    policy.enabled = false;
    EXPECT_TRUE(decide(candidates, {policy}, {}, a_situation(today, cases[i].task)).notices.empty());
  }
}

TEST(Decide, within_compares_instants) {
  const Instant begin = at("2026-09-11T00:00:00Z");  // 90 days
  const Instant end = at("2026-12-10T00:00:00Z");
  Policy days = a_policy();
  days.within = Duration{30, DurationUnit::day};
  EXPECT_FALSE(is_within(days, begin, end, end - Seconds(30 * 86'400 + 1)));
  EXPECT_TRUE(is_within(days, begin, end, end - Seconds(30 * 86'400)));
  EXPECT_TRUE(is_within(days, begin, end, end + Seconds(86'400)));
  Policy share = a_policy();
  share.within = model::ValidityShare{10};
  EXPECT_FALSE(is_within(share, begin, end, end - Seconds(9 * 86'400 + 1)));
  EXPECT_TRUE(is_within(share, begin, end, end - Seconds(9 * 86'400)));
  Policy narrow = a_policy();
  narrow.within = Duration{10, DurationUnit::day};
  EXPECT_TRUE(decide({expiring()}, {narrow}, {}, a_situation()).notices.empty());
}

TEST(Decide, a_subsumed_finding_is_left_to_the_ticket_that_lists_it) {
  Policy policy = a_policy(CheckKind::vulnerability);
  const Situation situation = a_situation(today, CheckKind::vulnerability);
  const Candidate poodle = vulnerable(1, "poodle_sslv3");
  const Candidate old = vulnerable(2, "deprecated_protocol");
  EXPECT_EQ(describe(decide({old, poodle}, {policy}, {}, situation).notices), "first/desk/create/0 of 1");

  Candidate elsewhere = old;
  elsewhere.finding.subject.text = "endpoint:-:other.example.com:443:-:-";
  EXPECT_EQ(decide({elsewhere, poodle}, {policy}, {}, situation).notices.size(), 2U);

  Candidate accepted = poodle;
  accepted.finding.status = FindingStatus::accepted;
  EXPECT_EQ(describe(decide({old, accepted}, {policy}, {}, situation).notices), "first/desk/create/0 of 2");

  policy.checks = {"deprecated_protocol"};  // nobody would list it
  EXPECT_EQ(describe(decide({old, poodle}, {policy}, {}, situation).notices), "first/desk/create/0 of 2");

  Policy other = a_policy(CheckKind::vulnerability);
  other.name = "other";
  other.checks = {"poodle_sslv3"};
  const auto told = [&](const Situation& when) {
    return describe(decide({old, poodle}, {policy, other}, {}, when).notices);
  };
  EXPECT_EQ(told(situation), "other/desk/create/0 of 1");
  Situation both = situation;
  both.connections = {"desk", "snow"};
  other.channels = {"snow"};  // on the desk nobody would list it
  EXPECT_EQ(told(both), "first/desk/create/0 of 2, other/snow/create/0 of 1");
  other.enabled = false;
  EXPECT_EQ(told(both), "first/desk/create/0 of 2, first/snow/create/0 of 2");
}

TEST(Decide, two_policies_on_one_connection_share_the_ticket) {
  Policy second = a_policy();
  second.name = "second";
  EXPECT_EQ(describe(decide({expiring()}, {a_policy(), second}, {}, a_situation()).notices),
            "first/desk/create/0 of 1");
  Policy weekly = a_policy();
  weekly.every = {1, DurationUnit::week};
  const Told yesterday = told_at("2026-11-23T02:00:00Z");
  EXPECT_EQ(describe(decide({expiring()}, {weekly, second}, {yesterday}, a_situation()).notices),
            "second/desk/note/0 of 1");
  second.channels = {"snow"};
  Situation both = a_situation();
  both.connections = {"desk", "snow"};
  Policy desk_only = a_policy();
  desk_only.channels = {"desk"};
  EXPECT_EQ(describe(decide({expiring()}, {desk_only, second}, {}, both).notices),
            "first/desk/create/0 of 1, second/snow/create/0 of 1");
}

TEST(Decide, max_new_holds_the_less_urgent_ones) {
  Policy policy = a_policy();
  policy.max_new = 2;
  std::vector<Candidate> candidates = {expiring(1), expiring(2), expiring(3), expiring(4)};
  candidates[1].not_after = at("2026-12-01T00:00:00Z");
  candidates[3].finding.severity = Severity::critical;
  Decisions decisions = decide(candidates, {policy}, {}, a_situation());
  EXPECT_EQ(describe(decisions.notices), "first/desk/create/0 of 2, first/desk/create/0 of 4");
  EXPECT_EQ(describe(decisions.held), "first/desk/create/0 of 1, first/desk/create/0 of 3");

  // Notes are no new tickets, and a person may ask for all.
  decisions = decide(candidates, {policy}, {told_at("2026-11-23T02:00:00Z")}, a_situation());
  EXPECT_EQ(describe(decisions.notices),
            "first/desk/note/0 of 1, first/desk/create/0 of 2, first/desk/create/0 of 4");
  Situation all = a_situation();
  all.new_tickets = NewTickets::all;
  EXPECT_EQ(decide(candidates, {policy}, {}, all).notices.size(), 4U);
}

TEST(Decide, what_was_held_is_told_by_the_next_run) {
  Policy policy = a_policy();
  policy.max_new = 1;
  const std::vector<Candidate> candidates = {expiring(1), expiring(2)};
  const Decisions first = decide(candidates, {policy}, {}, a_situation());
  EXPECT_EQ(describe(first.held), "first/desk/create/0 of 2");
  const Decisions second = decide(candidates, {policy}, {told_at(today)}, a_situation());
  EXPECT_EQ(describe(second.notices), "first/desk/create/0 of 2");
}

TEST(Decide, keys_name_problem_episode_and_period) {
  Candidate candidate = expiring();
  candidate.finding.episode = 3;
  EXPECT_EQ(ticket_key_text("0b7c", candidate.finding, 9), "v1\n0b7c\nexpiry\ncert:01\n3\n9");
}

}  // namespace
}  // namespace certherald::notification
