#include "schedule/zone.hpp"

#include <libical/ical.h>

#include <algorithm>

#include "base/text.hpp"

namespace certherald::schedule {
namespace {

constexpr std::size_t longest_name = 64;

// libical opens the name as a path below the database.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name || name.starts_with('/')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

Result<_icaltimezone*> find_zone(const std::string& name) {
  icaltimezone* zone = nullptr;
  if (name == "UTC") {
    zone = icaltimezone_get_utc_timezone();
  } else if (is_zone_name(name)) {
    zone = icaltimezone_get_builtin_timezone(name.c_str());
  }
  if (zone != nullptr) return zone;
  return with_hint(
      fail(ErrorKind::invalid_input, "there is no time zone '{}'", truncate(single_line(name), longest_name)),
      "write a name such as Europe/Berlin or UTC");
}

Seconds offset_at(_icaltimezone* zone, Instant instant) {
  icaltimetype utc =
      icaltime_from_timet_with_zone(instant.time_since_epoch().count(), 0, icaltimezone_get_utc_timezone());
  int daylight = 0;
  return Seconds(icaltimezone_get_utc_offset_of_utc_time(zone, &utc, &daylight));
}

}  // namespace certherald::schedule
