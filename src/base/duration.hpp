#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald {

enum class DurationUnit : std::uint8_t { second, minute, hour, day, week };

// A length of time as its writer gave it: "30s" "15m" "12h" "30d" "4w". The unit is kept, since days
// and weeks of a schedule count calendar dates while hours count elapsed time.
struct Duration {
  std::int64_t count = 0;  // 0 to 1,000,000
  DurationUnit unit = DurationUnit::second;

  [[nodiscard]] Seconds elapsed() const;  // a day is 86,400 s here
  [[nodiscard]] bool counts_dates() const { return unit == DurationUnit::day || unit == DurationUnit::week; }
  [[nodiscard]] std::int64_t days() const;  // for units that count dates, else 0

  friend bool operator==(const Duration&, const Duration&) = default;
};

[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string to_string(const Duration& duration);

}  // namespace certherald
