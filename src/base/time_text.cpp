#include "base/time_text.hpp"

#include <charconv>

#include <fmt/format.h>

namespace certherald {
namespace {

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Seconds> time;
};

Civil civil(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<Seconds>(instant - day)};
}

std::string civil_text(Instant instant, char between, std::string_view zone) {
  const Civil c = civil(instant);
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}{}", static_cast<int>(c.date.year()),
                     static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()), between,
                     c.time.hours().count(), c.time.minutes().count(), c.time.seconds().count(), zone);
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string plural(std::int64_t count, std::string_view unit) {
  return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s");
}

}  // namespace

std::string to_iso8601(Instant instant) { return civil_text(instant, 'T', "Z"); }
std::string to_utc_text(Instant instant) { return civil_text(instant, ' ', " UTC"); }

std::optional<Instant> from_iso8601(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] != '0' && shape[i] != text[i]) return std::nullopt;
  }
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         Seconds(*second);
}

std::string relative(Instant then, Instant now) {
  const auto distance = then > now ? then - now : now - then;
  const std::int64_t seconds = distance.count();
  std::string amount;
  if (seconds >= std::int64_t{3} * 86'400) {
    amount = plural(seconds / 86'400, "day");
  } else if (seconds >= std::int64_t{3} * 3'600) {
    amount = plural(seconds / 3'600, "hour");
  } else {
    amount = plural(seconds / 60, "minute");
  }
  return then > now ? "in " + amount : amount + " ago";
}

}  // namespace certherald
