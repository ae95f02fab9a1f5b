#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald::schedule {

// A date and time as the clocks of some zone show it, in whole seconds; no instant.
using Wall = std::chrono::local_seconds;

enum class Frequency : std::uint8_t { minutely, hourly, daily, weekly, monthly, yearly };

// "MO" (nth 0: each one), "1MO" the first, "-1FR" the last of the month or year.
struct DayOfWeek {
  std::chrono::weekday day;
  int nth = 0;

  friend bool operator==(const DayOfWeek&, const DayOfWeek&) = default;
};

// A recurrence rule as RFC 5545 section 3.3.10 lists its parts; an empty list is a part that is not there.
// Numbers are in the ranges of the standard, those of `minutes` to `set_positions` not in any order.
struct Recurrence {
  Frequency frequency = Frequency::daily;
  int interval = 1;
  std::optional<int> count;
  std::optional<Instant> until;    // UNTIL that ends with Z
  std::optional<Wall> until_wall;  // UNTIL without; of a date alone its last second
  std::chrono::weekday week_start = std::chrono::Monday;
  std::vector<int> seconds;  // 60 is read as 59 (RFC 5545 section 3.3.12)
  std::vector<int> minutes;
  std::vector<int> hours;
  std::vector<DayOfWeek> days;
  std::vector<int> month_days;  // from the end where negative, as year_days, weeks and set_positions
  std::vector<int> year_days;
  std::vector<int> weeks;
  std::vector<int> months;
  std::vector<int> set_positions;
};

constexpr int most_counted = 10'000;

// Reads a rule as validate_rule() takes it, but for its zone and for whether it ever occurs. The error says
// what is wrong and how to mend it.
[[nodiscard]] Result<Recurrence> read_recurrence(const std::string& rrule);

// "2026-12-01T02:00:00", years 1970 to 2199.
[[nodiscard]] Result<Wall> read_wall(const std::string& text);

// The refusal of a rule, in the words that read_recurrence() uses.
[[nodiscard]] std::unexpected<Error> wrong_rule(const std::string& rrule, std::string_view why);

}  // namespace certherald::schedule
