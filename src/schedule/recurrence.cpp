#include "schedule/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"
#include "base/time_text.hpp"

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

std::string value_of(const std::vector<Part>& parts, std::string_view name) {
  const auto at = std::ranges::find(parts, name, &Part::name);
  return at == parts.end() ? "" : at->value;
}

// What libical lets through, or explains with no more than "malformed".
Status check_parts(const std::string& rrule, const std::vector<Part>& parts) {
  const std::string frequency = value_of(parts, "FREQ");
  if (frequency.empty()) return wrong(rrule, "it has no FREQ");
  if (std::ranges::find(frequencies, frequency) == frequencies.end()) {
    return wrong(rrule, fmt::format("FREQ={} is not possible", single_line(frequency)),
                 "FREQ is MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY");
  }
  if (!value_of(parts, "COUNT").empty() && !value_of(parts, "UNTIL").empty()) {
    return wrong(rrule, "COUNT and UNTIL exclude each other");
  }
  if (value_of(parts, "BYDAY").find_first_of("0123456789") != std::string::npos) {
    if (frequency != "MONTHLY" && frequency != "YEARLY") {
      return wrong(rrule, "a numbered day needs FREQ=MONTHLY or FREQ=YEARLY");
    }
    if (!value_of(parts, "BYWEEKNO").empty()) {
      return wrong(rrule, "a numbered day does not go with BYWEEKNO");
    }
  }
  if (frequency != "MINUTELY" && frequency != "HOURLY") return {};
  for (const std::string_view name : {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}) {
    if (value_of(parts, name).empty()) continue;
    return wrong(rrule, fmt::format("FREQ={} takes no {}", frequency, name), "take FREQ=DAILY with BYHOUR");
  }
  return {};
}

std::vector<int> list(std::span<const short> values) {
  const auto end = std::ranges::find(values, static_cast<short>(ICAL_RECURRENCE_ARRAY_MAX));
  return {values.begin(), end};
}

// libical counts Sunday as 1.
std::chrono::weekday weekday_of(int libical_day) {
  return std::chrono::weekday(static_cast<unsigned>(libical_day - 1));
}

Frequency frequency_of(const std::string& name) {
  const auto at = std::ranges::find(frequencies, name);
  return static_cast<Frequency>(at - frequencies.begin());
}

void read_until(icaltimetype until, Recurrence& out) {
  if (icaltime_is_null_time(until) != 0) return;
  const auto day = std::chrono::local_days(std::chrono::year(until.year) / until.month / until.day);
  if (until.is_date != 0) {
    out.until_wall = day + std::chrono::days(1) - Seconds(1);
    return;
  }
  const Wall wall = day + std::chrono::hours(until.hour) + std::chrono::minutes(until.minute) +
                    Seconds(std::min(until.second, 59));
  if (icaltime_is_utc(until) != 0) {
    out.until = Instant(wall.time_since_epoch());
  } else {
    out.until_wall = wall;
  }
}

}  // namespace

std::unexpected<Error> wrong_rule(const std::string& rrule, std::string_view why) {
  return wrong(rrule, why);
}

Result<Recurrence> read_recurrence(const std::string& rrule) {
  if (rrule.empty()) return wrong(rrule, "it is empty");
  if (rrule.size() > longest_rule) return wrong(rrule, "it is longer than 500 characters");
  if (upper(rrule).starts_with("RRULE:")) return wrong(rrule, "it starts with RRULE:", "leave RRULE: out");
  const auto parts = read_parts(rrule);
  if (!parts) return fail(parts.error());
  if (auto sound = check_parts(rrule, *parts); !sound) return fail(sound.error());
  icalerror_clear_errno();
  const icalrecurrencetype rule = icalrecurrencetype_from_string(rrule.c_str());
  if (rule.freq == ICAL_NO_RECURRENCE || icalerrno != ICAL_NO_ERROR || rule.interval < 1) {
    return wrong(rrule, "a value is out of range or does not fit FREQ");
  }
  if (rule.count > most_counted) {
    return wrong(rrule, fmt::format("COUNT is above {}", most_counted), "take UNTIL");
  }
  Recurrence out;
  out.frequency = frequency_of(value_of(*parts, "FREQ"));
  out.interval = rule.interval;
  if (rule.count > 0) out.count = rule.count;
  read_until(rule.until, out);
  if (rule.week_start != ICAL_NO_WEEKDAY) out.week_start = weekday_of(rule.week_start);
  out.seconds = list(rule.by_second);
  for (int& second : out.seconds) second = std::min(second, 59);
  out.minutes = list(rule.by_minute);
  out.hours = list(rule.by_hour);
  for (const int day : list(rule.by_day)) {
    const auto code = static_cast<short>(day);
    out.days.push_back(
        {weekday_of(icalrecurrencetype_day_day_of_week(code)), icalrecurrencetype_day_position(code)});
  }
  out.month_days = list(rule.by_month_day);
  out.year_days = list(rule.by_year_day);
  out.weeks = list(rule.by_week_no);
  out.months = list(rule.by_month);
  out.set_positions = list(rule.by_set_pos);
  return out;
}

Result<Wall> read_wall(const std::string& text) {
  const auto instant = from_iso8601(text + "Z");
  if (instant && *instant >= Instant{} && *instant < std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)) {
    return Wall(instant->time_since_epoch());
  }
  return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a local date and time from 1970 to 2199",
                        truncate(single_line(text), 64)),
                   "write it like 2026-12-01T02:00:00, without a zone");
}

}  // namespace certherald::schedule
