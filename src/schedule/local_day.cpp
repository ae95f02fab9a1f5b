#include "schedule/local_day.hpp"

#include "schedule/zone.hpp"

namespace certherald::schedule {
namespace {

std::int64_t day_number(Instant instant) {
  return std::chrono::floor<std::chrono::days>(instant).time_since_epoch().count();
}

}  // namespace

Result<LocalDay> local_day(const std::string& time_zone) {
  const auto zone = find_zone(time_zone);
  if (!zone) return fail(zone.error());
  return [zone = *zone](Instant instant) { return day_number(instant + offset_at(zone, instant)); };
}

}  // namespace certherald::schedule
