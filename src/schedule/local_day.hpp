#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald::schedule {

// Days since 1970-01-01 of the calendar date that an instant falls on. The difference of two is a number of
// dates, whatever the clocks did between: a day of 23 or of 25 hours is one day. Copies share nothing that
// a caller could see; calls must not overlap (libical fills its tables on first use).
using LocalDay = std::function<std::int64_t(Instant)>;

// The calendar of a time zone. An unknown name is invalid_input.
[[nodiscard]] Result<LocalDay> local_day(const std::string& time_zone);

}  // namespace certherald::schedule
