#include "schedule/due.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/test_values.hpp"
#include "base/time_text.hpp"

namespace certherald::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Calendar calendar(const std::string& rrule, const std::string& zone = "UTC") {
  model::Schedule schedule;
  schedule.rrule = rrule;
  schedule.time_zone = zone;
  schedule.dtstart = "2026-01-01T00:00:00";
  return Calendar::make(schedule, Instant{}).value();
}

TEST(Due, is_the_latest_that_no_run_was_made_for) {
  struct Row {
    std::string what;
    std::string now;
    std::vector<std::string> runs;  // newest first
    std::string planned_at;         // "" for nothing
    std::int64_t missed;
  };
  const Row rows[] = {
      {"before the schedule is as it is", "2026-11-01T11:59:59Z", {}, "", 0},
      {"before its first", "2026-11-02T01:59:59Z", {}, "", 0},
      {"its first, to the second", "2026-11-02T02:00:00Z", {}, "2026-11-02T02:00:00Z", 0},
      {"made already", "2026-11-02T02:00:00Z", {"2026-11-02T02:00:00Z"}, "", 0},
      {"an hour late", "2026-11-02T03:00:00Z", {}, "2026-11-02T02:00:00Z", 0},
      {"until the next", "2026-11-03T01:59:59Z", {"2026-11-02T02:00:00Z"}, "", 0},
      {"the next", "2026-11-03T02:00:00Z", {"2026-11-02T02:00:00Z"}, "2026-11-03T02:00:00Z", 0},
      {"three of them", "2026-11-05T05:00:00Z", {"2026-11-02T02:00:00Z"}, "2026-11-05T02:00:00Z", 2},
      {"never made any", "2026-11-05T05:00:00Z", {}, "2026-11-05T02:00:00Z", 3},
      {"made up for", "2026-11-05T05:00:00Z", {"2026-11-05T02:00:00Z", "2026-11-02T02:00:00Z"}, "", 0},
      {"runs of a clock that was ahead",
       "2026-11-05T05:00:00Z",
       {"2027-01-01T02:00:00Z", "2026-12-01T02:00:00Z", "2026-11-04T02:00:00Z"},
       "2026-11-05T02:00:00Z",
       0},
      {"nothing but those", "2026-11-05T05:00:00Z", {"2027-01-01T02:00:00Z"}, "2026-11-05T02:00:00Z", 3},
      {"when it comes there again",
       "2027-01-01T02:00:00Z",
       {"2027-01-01T02:00:00Z", "2026-12-31T02:00:00Z"},
       "",
       0},
      {"a clock behind all", "2026-06-01T00:00:00Z", {"2026-11-04T02:00:00Z"}, "", 0},
      {"a run of an earlier rule", "2026-11-05T05:00:00Z", {"2026-11-05T04:00:00Z"}, "", 0},
  };
  const Calendar nightly = calendar("FREQ=DAILY;BYHOUR=2");
  for (const Row& row : rows) {
    std::vector<Instant> runs;
    runs.reserve(row.runs.size());
    for (const std::string& run : row.runs) runs.push_back(at(run));
    const auto found = due(nightly, at("2026-11-01T12:00:00Z"), at(row.now), runs);
    EXPECT_EQ(found.has_value(), !row.planned_at.empty()) << row.what;
    if (found && !row.planned_at.empty())
      EXPECT_EQ(*found, (Due{at(row.planned_at), row.missed})) << row.what;
  }
}

TEST(Due, counts_what_was_missed_up_to_a_bound) {
  const Calendar each_minute = calendar("FREQ=MINUTELY");
  const auto found = due(each_minute, at("2026-02-01T00:00:00Z"), at("2026-11-01T00:00:30Z"), {});
  EXPECT_EQ(found, (Due{at("2026-11-01T00:00:00Z"), most_missed}));
  const auto few = due(each_minute, at("2026-11-01T00:00:00Z"), at("2026-11-01T16:39:59Z"), {});
  EXPECT_EQ(few, (Due{at("2026-11-01T16:39:00Z"), 999}));
}

// A year of a process that goes up and down, under a clock that jumps until the end of October.
class Year {
 public:
  explicit Year(unsigned seed) : engine_(seed) { plan(); }

  void live(const Calendar& calendar) {
    std::optional<Instant> before;  // what the clock showed when last it was up, since the last jump
    for (const Tick& tick : ticks_) {
      if (tick.jumped) before.reset();
      if (!tick.up) continue;
      const auto made_before = made_;
      const auto found = due(calendar, start, tick.clock, newest_first());
      if (found) expect_sound(*found, tick.clock);
      if (tick.clock >= start) EXPECT_TRUE(made_.contains(latest_at(tick.clock))) << to_iso8601(tick.clock);
      if (before) expect_in_step(*before, tick.clock, made_before, found);
      before = tick.clock;
      if (testing::Test::HasFailure()) return;
    }
  }

  int in_time = 0;   // runs made at the first tick after their time
  int made_up = 0;   // runs that stood for others too
  int repeated = 0;  // occurrences that came again after the clock was set back, and were not run again

  static constexpr Instant start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

 private:
  struct Tick {
    Instant clock;
    bool up = true;
    bool jumped = false;
  };
  static constexpr hours every{6};

  int below(int top) { return std::uniform_int_distribution<int>(0, top - 1)(engine_); }

  void plan() {
    Seconds ahead{0};
    Instant down_until = start;
    for (Instant real = start; real < start + days(365); real += minutes(1 + below(60))) {
      const bool jumps = real < start + days(300) && below(400) == 0;
      if (jumps) ahead = below(3) == 0 ? Seconds(0) : Seconds(minutes(below(60'000) - 30'000));
      if (below(300) == 0) down_until = real + minutes(below(7'000));
      ticks_.push_back({real + ahead, real >= down_until, jumps});
    }
  }

  // The rule again, in arithmetic: every six hours from the start on.
  static Instant latest_at(Instant now) { return start + ((now - start) / Seconds(every) * Seconds(every)); }

  void expect_sound(const Due& found, Instant now) {
    EXPECT_LE(found.planned_at, now);
    EXPECT_GT(found.planned_at + every, now) << "not the latest";
    EXPECT_TRUE(made_.insert(found.planned_at).second) << "twice: " << to_iso8601(found.planned_at);
  }

  // While the clock stands true, what came since the last look is run, and by one run.
  void expect_in_step(Instant before, Instant now, const std::set<Instant>& made,
                      const std::optional<Due>& found) {
    std::vector<Instant> fresh;
    for (Instant next = std::max(latest_at(before) + every, start); next <= now; next += every) {
      if (made.contains(next)) {
        fresh.clear();
        ++repeated;
      } else {
        fresh.push_back(next);
      }
    }
    if (before < start) return;
    ASSERT_EQ(found.has_value(), !fresh.empty()) << to_iso8601(now);
    if (!found) return;
    EXPECT_EQ(*found, (Due{fresh.back(), std::ssize(fresh) - 1}));
    ++(fresh.size() == 1 ? in_time : made_up);
  }

  std::vector<Instant> newest_first() const { return {made_.rbegin(), made_.rend()}; }

  std::mt19937 engine_;
  std::vector<Tick> ticks_;
  std::set<Instant> made_;
};

TEST(Due, a_year_of_jumps_and_down_times_runs_each_once_and_forgets_none) {
  const Calendar four_a_day = calendar("FREQ=HOURLY;INTERVAL=6");
  int in_time = 0;
  int made_up = 0;
  int repeated = 0;
  for (unsigned seed = 0; seed < 4; ++seed) {
    SCOPED_TRACE(seed);
    Year year(seed);
    year.live(four_a_day);
    ASSERT_FALSE(HasFailure());
    EXPECT_GT(year.in_time, 300);
    in_time += year.in_time;
    made_up += year.made_up;
    repeated += year.repeated;
  }
  EXPECT_GT(in_time, 2'000);
  EXPECT_GT(made_up, 30);
  EXPECT_GT(repeated, 30);
}

}  // namespace
}  // namespace certherald::schedule
