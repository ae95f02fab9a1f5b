#pragma once

#include <string>

#include "base/result.hpp"

namespace certherald::schedule {

// Whether a recurrence rule (RFC 5545 section 3.3.10) and a time zone name can be used. The error says what
// is wrong and how to mend it.
[[nodiscard]] Status validate_rule(const std::string& rrule, const std::string& time_zone);

}  // namespace certherald::schedule
