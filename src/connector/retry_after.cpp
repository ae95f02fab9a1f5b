#include "connector/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace certherald::connector {
namespace {

constexpr std::int64_t longest = 86'400;
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || error != std::errc{} || stop != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<Seconds> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = digits(text.substr(0, 2));
  const auto minute = digits(text.substr(3, 2));
  const auto second = digits(text.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return Seconds(*hour * 3'600 + *minute * 60 + *second);
}

// The forms hold the same words in different places, so each word is taken for what only it can be.
struct Parts {
  std::optional<std::int64_t> day;
  std::optional<std::int64_t> year;
  std::optional<unsigned> month;
  std::optional<Seconds> time;

  void take(std::string_view word) {
    if (const auto at = std::ranges::find(months, word); at != months.end()) {
      month = static_cast<unsigned>(at - months.begin()) + 1;
    } else if (const auto number = digits(word)) {
      if (word.size() <= 2 && !day) {
        day = number;
      } else if (word.size() == 2) {
        year = *number + (*number < 70 ? 2'000 : 1'900);
      } else if (word.size() == 4) {
        year = number;
      }
    } else if (const auto found = time_of_day(word)) {
      time = found;
    }
  }
};

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text) {
  if (text.size() > 40) return std::nullopt;
  Parts parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(" ,-"), text.size());
    parts.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!parts.day || !parts.year || !parts.month || !parts.time || *parts.year < 1'970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*parts.year)),
                                         std::chrono::month(*parts.month),
                                         std::chrono::day(static_cast<unsigned>(*parts.day))};
  if (!date.ok()) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + *parts.time;
}

std::optional<Seconds> retry_after(const net::HttpResponse& response) {
  const auto bounded = [](std::int64_t seconds) {
    return Seconds(std::clamp<std::int64_t>(seconds, 0, longest));
  };
  const std::string_view asked = response.header("retry-after");
  if (const auto seconds = digits(asked)) return bounded(*seconds);
  const auto now = parse_http_date(response.header("date"));
  if (!now) return std::nullopt;
  if (const auto until = parse_http_date(asked)) return bounded((*until - *now).count());
  const auto reset = digits(response.header("x-ratelimit-reset"));
  if (!reset || !asked.empty()) return std::nullopt;
  return bounded(std::max<std::int64_t>(*reset, 0) - now->time_since_epoch().count());
}

}  // namespace certherald::connector
