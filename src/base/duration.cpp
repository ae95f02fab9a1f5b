#include "base/duration.hpp"

#include <array>
#include <charconv>

namespace certherald {
namespace {

struct UnitRow {
  char letter;
  DurationUnit unit;
  std::int64_t seconds;
};

constexpr std::array<UnitRow, 5> units = {{{'s', DurationUnit::second, 1},
                                           {'m', DurationUnit::minute, 60},
                                           {'h', DurationUnit::hour, 3'600},
                                           {'d', DurationUnit::day, 86'400},
                                           {'w', DurationUnit::week, 604'800}}};
constexpr std::int64_t largest = 1'000'000;

}  // namespace

Seconds Duration::elapsed() const { return Seconds(count * units[static_cast<std::size_t>(unit)].seconds); }

std::int64_t Duration::days() const {
  if (unit == DurationUnit::day) return count;
  return unit == DurationUnit::week ? count * 7 : 0;
}

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a duration", text),
                     "write a whole number and s, m, h, d or w: 30s 15m 12h 30d 4w");
  };
  // from_chars would take a minus sign, and "-0s" with it.
  if (text.size() < 2 || text.front() == '-') return bad();
  std::int64_t count = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size() - 1;
  const auto [stop, error] = std::from_chars(begin, end, count);
  if (error != std::errc{} || stop != end || count < 0 || count > largest) return bad();
  for (const UnitRow& row : units) {
    if (row.letter == text.back()) return Duration{count, row.unit};
  }
  return bad();
}

std::string to_string(const Duration& duration) {
  return fmt::format("{}{}", duration.count, units[static_cast<std::size_t>(duration.unit)].letter);
}

}  // namespace certherald
