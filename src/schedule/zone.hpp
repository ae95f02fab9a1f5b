#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

struct _icaltimezone;  // libical's icaltimezone

namespace certherald::schedule {

// A time zone by its name in the system's time zone database (RFC 9636): "Europe/Berlin", "UTC". It is read
// from there once and belongs to libical until the process ends. Names that lead out of the database are no
// zones.
[[nodiscard]] Result<_icaltimezone*> find_zone(const std::string& name);

// What the clocks of the zone are ahead of UTC at an instant. Calls must not overlap, whatever their zones
// (libical fills its tables on first use). Slow beyond use after the year 2582, where they end.
[[nodiscard]] Seconds offset_at(_icaltimezone* zone, Instant instant);

}  // namespace certherald::schedule
