#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedule/recurrence.hpp"

namespace certherald::schedule {

// The wall-clock times that a recurrence rule names, in both directions from anywhere (RFC 5545 section
// 3.3.10): first the days or, below DAILY, the hours or minutes that fit, then the times within them. COUNT
// and UNTIL are its user's. Work is bounded for every rule and does not grow with the distance from the
// anchor: at most one cycle of the calendar (400 years of days, or one week of hours or minutes that fit
// the interval) is looked at, and nothing after the year 2199. Immutable; used on any thread.
class WallRule final {
 public:
  // What the rule leaves open (its time, its day) is the anchor's.
  WallRule(Recurrence rule, Wall anchor);

  // The first time at or after `from`, the last at or before `to`; none before the anchor.
  [[nodiscard]] std::optional<Wall> at_or_after(Wall from) const;
  [[nodiscard]] std::optional<Wall> at_or_before(Wall to) const;

 private:
  struct Period;  // what BYSETPOS chose of one week, month or year

  [[nodiscard]] std::int64_t slot_of(Wall wall) const;
  [[nodiscard]] Wall start_of(std::int64_t slot) const;
  [[nodiscard]] bool fits(std::int64_t slot) const;
  [[nodiscard]] bool fits_day(std::chrono::local_days day) const;
  [[nodiscard]] bool fits_interval(std::chrono::local_days day, std::chrono::year_month_day date) const;
  [[nodiscard]] bool fits_year_day(std::chrono::local_days day, std::chrono::year year) const;
  [[nodiscard]] bool fits_week(std::chrono::local_days day) const;
  [[nodiscard]] bool fits_weekday(std::chrono::local_days day, std::chrono::year_month_day date) const;
  [[nodiscard]] std::chrono::local_days week_of(std::chrono::local_days day) const;
  [[nodiscard]] const std::vector<Wall>& chosen(std::chrono::local_days day, Period& memo) const;
  [[nodiscard]] std::optional<Wall> first_in(std::int64_t slot, Wall from, Period& memo) const;
  [[nodiscard]] std::optional<Wall> last_in(std::int64_t slot, Wall to, Period& memo) const;
  void default_days();
  void default_times();

  Recurrence rule_;
  Wall anchor_;
  Seconds unit_;                // of a slot: a minute, an hour or a day
  std::int64_t step_ = 1;       // from one slot that fits INTERVAL to the next
  std::int64_t slots_;          // of one cycle of the calendar
  std::vector<Seconds> times_;  // within a slot, ascending
};

}  // namespace certherald::schedule
