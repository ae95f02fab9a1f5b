#include "schedule/rule.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"
#include "schedule/zone.hpp"

namespace certherald::schedule {
namespace {

constexpr std::size_t longest_rule = 500;
constexpr std::string_view example = "write it like FREQ=DAILY;BYHOUR=2;BYMINUTE=0";

// RFC 5545 section 3.3.10.
constexpr std::array<std::string_view, 14> part_names = {
    "FREQ",  "UNTIL",      "COUNT",     "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR",
    "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH",  "BYSETPOS", "WKST"};
constexpr std::array<std::string_view, 6> frequencies = {"MINUTELY", "HOURLY",  "DAILY",
                                                         "WEEKLY",   "MONTHLY", "YEARLY"};

std::unexpected<Error> wrong(const std::string& rrule, std::string_view why,
                             std::string_view hint = example) {
  return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a recurrence rule: {}",
                        truncate(single_line(rrule), longest_rule), why),
                   std::string(hint));
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

struct Part {
  std::string name;
  std::string value;
};

Result<std::vector<Part>> read_parts(const std::string& rrule) {
  std::vector<Part> parts;
  for (const std::string_view text : split(rrule, ';')) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return wrong(rrule, "a part is not NAME=VALUE");
    Part part{upper(text.substr(0, equals)), upper(text.substr(equals + 1))};
    if (std::ranges::find(part_names, part.name) == part_names.end()) {
      return wrong(rrule, fmt::format("there is no part {}", single_line(part.name)));
    }
    if (std::ranges::find(parts, part.name, &Part::name) != parts.end()) {
      return wrong(rrule, part.name + " is there twice");
    }
    for (const std::string_view item : split(part.value, ',')) {
      if (item.empty()) return wrong(rrule, part.name + " lacks a value");
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

// What libical lets through, or explains with no more than "malformed".
Status check_parts(const std::string& rrule, const std::vector<Part>& parts) {
  const auto value_of = [&](std::string_view name) -> std::string {
    const auto at = std::ranges::find(parts, name, &Part::name);
    return at == parts.end() ? "" : at->value;
  };
  const std::string frequency = value_of("FREQ");
  if (frequency.empty()) return wrong(rrule, "it has no FREQ");
  if (std::ranges::find(frequencies, frequency) == frequencies.end()) {
    return wrong(rrule, fmt::format("FREQ={} is not possible", single_line(frequency)),
                 "FREQ is MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY");
  }
  if (!value_of("COUNT").empty() && !value_of("UNTIL").empty()) {
    return wrong(rrule, "COUNT and UNTIL exclude each other");
  }
  const bool numbered_day = value_of("BYDAY").find_first_of("0123456789") != std::string::npos;
  if (numbered_day && frequency != "MONTHLY" && frequency != "YEARLY") {
    return wrong(rrule, "a numbered day needs FREQ=MONTHLY or FREQ=YEARLY");
  }
  if (frequency != "MINUTELY" && frequency != "HOURLY") return {};
  // libical walks centuries of minutes in search of a date that does not exist.
  for (const std::string_view name : {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}) {
    if (value_of(name).empty()) continue;
    return wrong(rrule, fmt::format("FREQ={} takes no {}", frequency, name), "take FREQ=DAILY with BYHOUR");
  }
  return {};
}

// Whether any date fits, whatever the rule is anchored at.
bool ever_occurs(icalrecurrencetype rule) {
  rule.interval = 1;
  icalrecur_iterator* iterator = icalrecur_iterator_new(rule, icaltime_from_string("20000101T000000"));
  if (iterator == nullptr) return false;
  const bool occurs = icaltime_is_null_time(icalrecur_iterator_next(iterator)) == 0;
  icalrecur_iterator_free(iterator);
  return occurs;
}

}  // namespace

Status validate_rule(const std::string& rrule, const std::string& time_zone) {
  if (const auto zone = find_zone(time_zone); !zone) return fail(zone.error());
  if (rrule.empty()) return wrong(rrule, "it is empty");
  if (rrule.size() > longest_rule) return wrong(rrule, "it is longer than 500 characters");
  if (upper(rrule).starts_with("RRULE:")) return wrong(rrule, "it starts with RRULE:", "leave RRULE: out");
  const auto parts = read_parts(rrule);
  if (!parts) return fail(parts.error());
  if (auto sound = check_parts(rrule, *parts); !sound) return sound;
  icalerror_clear_errno();
  const icalrecurrencetype rule = icalrecurrencetype_from_string(rrule.c_str());
  if (rule.freq == ICAL_NO_RECURRENCE || icalerrno != ICAL_NO_ERROR) {
    return wrong(rrule, "a value is out of range or does not fit FREQ");
  }
  if (!ever_occurs(rule)) return wrong(rrule, "it never falls on any date");
  return {};
}

}  // namespace certherald::schedule
