#include "schedule/rule.hpp"

#include <libical/ical.h>

#include "base/text.hpp"

namespace certherald::schedule {
namespace {

bool is_zone(const std::string& name) {
  if (name == "UTC") return true;
  return icaltimezone_get_builtin_timezone(name.c_str()) != nullptr;
}

bool names_frequency(const std::string& rrule) {
  for (const std::string_view part : split(rrule, ';')) {
    if (lower_ascii(part).starts_with("freq=")) return true;
  }
  return false;
}

}  // namespace

Status validate_rule(const std::string& rrule, const std::string& time_zone) {
  if (!is_zone(time_zone)) {
    return with_hint(fail(ErrorKind::invalid_input, "there is no time zone '{}'", single_line(time_zone)),
                     "write a name such as Europe/Berlin or UTC");
  }
  // libical takes a rule without FREQ and makes nothing of it.
  icalerror_clear_errno();
  const icalrecurrencetype rule = icalrecurrencetype_from_string(rrule.c_str());
  if (!names_frequency(rrule) || rule.freq == ICAL_NO_RECURRENCE || icalerrno != ICAL_NO_ERROR) {
    return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a recurrence rule", single_line(rrule)),
                     "write it like FREQ=DAILY;BYHOUR=2;BYMINUTE=0");
  }
  return {};
}

}  // namespace certherald::schedule
