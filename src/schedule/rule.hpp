#pragma once

#include <string>

#include "base/result.hpp"

namespace certherald::schedule {

// Whether a recurrence rule (RFC 5545 section 3.3.10, without "RRULE:" in front) and a time zone name can be
// used. Stricter than a calendar: FREQ=SECONDLY, a COUNT above 10,000 and rules that never fall on any date
// are refused too. The error says what is wrong and how to mend it. Pure but for the time zone database of
// the system.
[[nodiscard]] Status validate_rule(const std::string& rrule, const std::string& time_zone);

// Whether `dtstart` or an exception can be used: a date and time without a zone, "2026-12-01T02:00:00".
[[nodiscard]] Status validate_local_time(const std::string& text);

}  // namespace certherald::schedule
