#include "schedule/wall_rule.hpp"

#include <algorithm>

namespace certherald::schedule {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t cycle_days = 146'097;   // of the Gregorian calendar
constexpr std::int64_t week_minutes = 10'080;  // more than week hours
constexpr Wall last_wall = local_days(year(2200) / 1 / 1) - Seconds(1);

bool has(const std::vector<int>& list, int value) { return std::ranges::find(list, value) != list.end(); }

// Of a list that counts from the front, or from the end where negative; `size` is the last number.
bool has_either(const std::vector<int>& list, int number, int size) {
  return has(list, number) || has(list, number - size - 1);
}

int ordinal(local_days from, local_days to) { return static_cast<int>((to - from).count()); }

local_days year_start(year y) { return local_days(y / 1 / 1); }

}  // namespace

struct WallRule::Period {
  std::optional<local_days> start;
  std::vector<Wall> walls;
};

WallRule::WallRule(Recurrence rule, Wall anchor)
    : rule_(std::move(rule)), anchor_(anchor), unit_(days(1)), slots_(cycle_days) {
  if (rule_.frequency == Frequency::minutely) unit_ = std::chrono::minutes(1);
  if (rule_.frequency == Frequency::hourly) unit_ = std::chrono::hours(1);
  if (rule_.frequency <= Frequency::daily) step_ = rule_.interval;
  if (rule_.frequency < Frequency::daily) slots_ = week_minutes;
  default_days();
  default_times();
}

// RFC 5545 section 3.3.10: "Information, not contained in the rule, necessary to determine the various
// recurrence instance start time and dates are derived from the Start Time (DTSTART)".
void WallRule::default_days() {
  const local_days day = std::chrono::floor<days>(anchor_);
  const year_month_day date(day);
  const bool no_day = rule_.days.empty() && rule_.month_days.empty() && rule_.year_days.empty();
  if (rule_.frequency < Frequency::weekly || !no_day) return;
  if (rule_.frequency == Frequency::weekly || !rule_.weeks.empty()) {
    rule_.days = {{weekday(day), 0}};
    return;
  }
  rule_.month_days = {static_cast<int>(static_cast<unsigned>(date.day()))};
  if (rule_.frequency == Frequency::yearly && rule_.months.empty()) {
    rule_.months = {static_cast<int>(static_cast<unsigned>(date.month()))};
  }
}

void WallRule::default_times() {
  const std::chrono::hh_mm_ss time(anchor_ - std::chrono::floor<days>(anchor_));
  const auto or_anchors = [](const std::vector<int>& list, std::int64_t own) {
    return list.empty() ? std::vector<int>{static_cast<int>(own)} : list;
  };
  // What names the slot itself is no part of the time within it.
  const auto hours =
      rule_.frequency < Frequency::daily ? std::vector{0} : or_anchors(rule_.hours, time.hours().count());
  const auto minutes = rule_.frequency < Frequency::hourly
                           ? std::vector{0}
                           : or_anchors(rule_.minutes, time.minutes().count());
  for (const int hour : hours) {
    for (const int minute : minutes) {
      for (const int second : or_anchors(rule_.seconds, time.seconds().count())) {
        times_.push_back(std::chrono::hours(hour) + std::chrono::minutes(minute) + Seconds(second));
      }
    }
  }
  std::ranges::sort(times_);
  times_.erase(std::ranges::unique(times_).begin(), times_.end());
}

std::int64_t WallRule::slot_of(Wall wall) const {
  const std::int64_t at = wall.time_since_epoch().count();
  const std::int64_t size = unit_.count();
  return (at - (((at % size) + size) % size)) / size;
}

Wall WallRule::start_of(std::int64_t slot) const { return Wall(slot * unit_); }

bool WallRule::fits(std::int64_t slot) const {
  if (rule_.frequency >= Frequency::daily) return fits_day(local_days(days(slot)));
  const Wall start = start_of(slot);
  const local_days day = std::chrono::floor<days>(start);
  const std::chrono::hh_mm_ss time(start - day);
  if (!rule_.hours.empty() && !has(rule_.hours, static_cast<int>(time.hours().count()))) return false;
  const bool limits_minutes = rule_.frequency == Frequency::minutely && !rule_.minutes.empty();
  if (limits_minutes && !has(rule_.minutes, static_cast<int>(time.minutes().count()))) return false;
  return rule_.days.empty() ||
         std::ranges::find(rule_.days, weekday(day), &DayOfWeek::day) != rule_.days.end();
}

// The table of RFC 5545 section 3.3.10: whether a part expands or limits, the days that remain are those
// that fit all of them.
bool WallRule::fits_day(local_days day) const {
  const year_month_day date(day);
  if (!fits_interval(day, date)) return false;
  if (!rule_.months.empty() && !has(rule_.months, static_cast<int>(static_cast<unsigned>(date.month())))) {
    return false;
  }
  if (!rule_.month_days.empty()) {
    const auto last = (date.year() / date.month() / std::chrono::last).day();
    const auto number = [](std::chrono::day d) { return static_cast<int>(static_cast<unsigned>(d)); };
    if (!has_either(rule_.month_days, number(date.day()), number(last))) return false;
  }
  if (!rule_.days.empty() && !fits_weekday(day, date)) return false;
  return fits_year_day(day, date.year()) && fits_week(day);
}

bool WallRule::fits_interval(local_days day, year_month_day date) const {
  const local_days first = std::chrono::floor<days>(anchor_);
  const year_month_day from(first);
  const std::int64_t years = static_cast<int>(date.year()) - static_cast<int>(from.year());
  const std::int64_t months = (years * 12) + static_cast<int>(static_cast<unsigned>(date.month())) -
                              static_cast<int>(static_cast<unsigned>(from.month()));
  switch (rule_.frequency) {
    case Frequency::minutely:
    case Frequency::hourly:
    case Frequency::daily:
      return true;  // every step_-th slot is asked for
    case Frequency::weekly:
      return ordinal(week_of(first), week_of(day)) / 7 % rule_.interval == 0;
    case Frequency::monthly:
      return months % rule_.interval == 0;
    case Frequency::yearly:
      return years % rule_.interval == 0;
  }
  return false;
}

bool WallRule::fits_year_day(local_days day, year of) const {
  if (rule_.year_days.empty()) return true;
  return has_either(rule_.year_days, ordinal(year_start(of), day) + 1, of.is_leap() ? 366 : 365);
}

// "Week number one of the calendar year is the first week that contains at least four (4) days in that
// calendar year": the one with its fourth of January.
bool WallRule::fits_week(local_days day) const {
  if (rule_.weeks.empty()) return true;
  const local_days week = week_of(day);
  const year of = year_month_day(week + days(3)).year();
  const local_days first = week_of(year_start(of) + days(3));
  const local_days next = week_of(year_start(of + std::chrono::years(1)) + days(3));
  return has_either(rule_.weeks, (ordinal(first, week) / 7) + 1, ordinal(first, next) / 7);
}

// A numbered day counts within the month of MONTHLY rules and where BYMONTH is there, else within the year.
bool WallRule::fits_weekday(local_days day, year_month_day date) const {
  const bool of_month = rule_.frequency == Frequency::monthly || !rule_.months.empty();
  const local_days first = of_month ? local_days(date.year() / date.month() / 1) : year_start(date.year());
  const local_days last = of_month ? local_days(date.year() / date.month() / std::chrono::last)
                                   : year_start(date.year() + std::chrono::years(1)) - days(1);
  const int from_front = (ordinal(first, day) / 7) + 1;
  const int from_end = -((ordinal(day, last) / 7) + 1);
  return std::ranges::any_of(rule_.days, [&](const DayOfWeek& wanted) {
    if (wanted.day != weekday(day)) return false;
    return wanted.nth == 0 || wanted.nth == from_front || wanted.nth == from_end;
  });
}

local_days WallRule::week_of(local_days day) const { return day - (weekday(day) - rule_.week_start); }

// What BYSETPOS leaves of the week, month or year around a day.
const std::vector<Wall>& WallRule::chosen(local_days day, Period& memo) const {
  const year_month_day date(day);
  local_days start = day;
  local_days end = day + days(1);
  if (rule_.frequency == Frequency::weekly) {
    start = week_of(day);
    end = start + days(7);
  } else if (rule_.frequency == Frequency::monthly) {
    start = local_days(date.year() / date.month() / 1);
    end = local_days(date.year() / date.month() / std::chrono::last) + days(1);
  } else if (rule_.frequency == Frequency::yearly) {
    start = year_start(date.year());
    end = year_start(date.year() + std::chrono::years(1));
  }
  if (memo.start == start) return memo.walls;
  memo = {start, {}};
  std::vector<local_days> fitting;
  for (local_days at = start; at < end; at += days(1)) {
    if (fits_day(at)) fitting.push_back(at);
  }
  const auto each = static_cast<std::int64_t>(times_.size());
  const auto all = static_cast<std::int64_t>(fitting.size()) * each;
  for (const int position : rule_.set_positions) {
    const std::int64_t at = position > 0 ? position - 1 : all + position;
    if (at < 0 || at >= all) continue;
    memo.walls.push_back(fitting[static_cast<std::size_t>(at / each)] +
                         times_[static_cast<std::size_t>(at % each)]);
  }
  std::ranges::sort(memo.walls);
  return memo.walls;
}

std::optional<Wall> WallRule::first_in(std::int64_t slot, Wall from, Period& memo) const {
  const Wall start = start_of(slot);
  if (rule_.set_positions.empty()) {
    const auto at = std::ranges::lower_bound(times_, from - start);
    return at == times_.end() ? std::nullopt : std::optional(start + *at);
  }
  const auto& walls = chosen(std::chrono::floor<days>(start), memo);
  const auto at = std::ranges::lower_bound(walls, std::max(from, start));
  return at == walls.end() || *at >= start + unit_ ? std::nullopt : std::optional(*at);
}

std::optional<Wall> WallRule::last_in(std::int64_t slot, Wall to, Period& memo) const {
  const Wall start = start_of(slot);
  if (rule_.set_positions.empty()) {
    const auto after = std::ranges::upper_bound(times_, to - start);
    return after == times_.begin() ? std::nullopt : std::optional(start + *std::prev(after));
  }
  const auto& walls = chosen(std::chrono::floor<days>(start), memo);
  const auto after = std::ranges::upper_bound(walls, std::min(to, start + unit_ - Seconds(1)));
  if (after == walls.begin() || *std::prev(after) < start) return std::nullopt;
  return *std::prev(after);
}

std::optional<Wall> WallRule::at_or_after(Wall from) const {
  if (from > last_wall) return std::nullopt;
  from = std::max(from, anchor_);
  const std::int64_t first = slot_of(anchor_);
  const std::int64_t steps = (slot_of(from) - first + step_ - 1) / step_;
  const std::int64_t last = slot_of(last_wall);
  Period memo;
  std::int64_t slot = first + (steps * step_);
  for (std::int64_t tried = 0; tried <= slots_ && slot <= last; ++tried, slot += step_) {
    if (!fits(slot)) continue;
    if (const auto found = first_in(slot, from, memo)) return found;
  }
  return std::nullopt;
}

std::optional<Wall> WallRule::at_or_before(Wall to) const {
  if (to < anchor_) return std::nullopt;
  to = std::min(to, last_wall);
  const std::int64_t first = slot_of(anchor_);
  Period memo;
  std::int64_t slot = first + ((slot_of(to) - first) / step_ * step_);
  for (std::int64_t tried = 0; tried <= slots_ && slot >= first; ++tried, slot -= step_) {
    if (!fits(slot)) continue;
    const auto found = last_in(slot, to, memo);
    if (found && *found >= anchor_) return found;
  }
  return std::nullopt;
}

}  // namespace certherald::schedule
