#pragma once

#include <string>

#include "base/result.hpp"

namespace certherald::schedule {

// Whether a recurrence rule (RFC 5545 section 3.3.10, without "RRULE:" in front) and a time zone name can be
// used. Stricter than a calendar: FREQ=SECONDLY and rules that never fall on any date are refused too. The
// error says what is wrong and how to mend it. Pure but for the time zone database of the system.
[[nodiscard]] Status validate_rule(const std::string& rrule, const std::string& time_zone);

}  // namespace certherald::schedule
