#include "schedule/local_day.hpp"

#include <libical/ical.h>

#include "schedule/zone.hpp"

namespace certherald::schedule {
namespace {

std::int64_t day_number(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

Seconds offset_at(icaltimezone* zone, Instant instant) {
  icaltimetype utc =
      icaltime_from_timet_with_zone(instant.time_since_epoch().count(), 0, icaltimezone_get_utc_timezone());
  int daylight = 0;
  return Seconds(icaltimezone_get_utc_offset_of_utc_time(zone, &utc, &daylight));
}

}  // namespace

Result<LocalDay> local_day(const std::string& time_zone) {
  const auto zone = find_zone(time_zone);
  if (!zone) return fail(zone.error());
  return [zone = *zone](Instant instant) { return day_number(instant + offset_at(zone, instant)); };
}

}  // namespace certherald::schedule
