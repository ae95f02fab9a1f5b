#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace certherald::connector {

// How long a system asks us to wait, from 0 to a day: Retry-After as seconds or as a date (RFC 9110 section
// 10.2.3), else X-RateLimit-Reset as Unix seconds. Dates count from the answer's own Date, so that clocks
// need not agree; without one they say nothing.
[[nodiscard]] std::optional<Seconds> retry_after(const net::HttpResponse& response);

// The three forms of an HTTP date (RFC 9110 section 5.6.7), years 1970 to 9999.
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text);

}  // namespace certherald::connector
