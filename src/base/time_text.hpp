#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace certherald {

[[nodiscard]] std::string to_iso8601(Instant instant);   // 2026-11-24T02:33:07Z
[[nodiscard]] std::string to_utc_text(Instant instant);  // 2026-12-24 09:00:00 UTC

// Exactly the form to_iso8601 writes; years 0000 to 9999.
[[nodiscard]] std::optional<Instant> from_iso8601(std::string_view text);

// How long until or since, for people: "in 12 days", "in 5 hours", "3 days ago". Hours are shown below
// three days, minutes below three hours.
[[nodiscard]] std::string relative(Instant then, Instant now);

}  // namespace certherald
