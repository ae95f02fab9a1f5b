// A zone, a rule, a start and exceptions, a line each: never throws, what the configuration takes makes a
// calendar, and both directions of it say the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "schedule/calendar.hpp"
#include "schedule/rule.hpp"

using namespace certherald;

namespace {

constexpr Instant created = std::chrono::sys_days(std::chrono::year(2026) / 3 / 28);

void check(const schedule::Calendar& calendar, Instant now) {
  const auto last = calendar.latest(Instant::min(), now);
  const auto next = calendar.next(now);
  if (last && (*last > now || calendar.next(*last) != next)) std::abort();
  if (next && (*next <= now || calendar.latest(now + Seconds(1), *next) != next)) std::abort();
  if (next && calendar.latest(Instant::min(), *next - Seconds(1)) != last) std::abort();
}

bool takes(const model::Schedule& schedule) {
  if (!schedule::validate_rule(schedule.rrule, schedule.time_zone)) return false;
  for (const std::string& text : schedule.exdates) {
    if (!schedule::validate_local_time(text)) return false;
  }
  return schedule.dtstart.empty() || schedule::validate_local_time(schedule.dtstart);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = split(as_text({data, size}), '\n');
  const auto line = [&](std::size_t n) { return n < lines.size() ? std::string(lines[n]) : std::string(); };
  model::Schedule schedule;
  schedule.time_zone = line(0);
  schedule.rrule = line(1);
  schedule.dtstart = line(2);
  for (std::size_t n = 3; n < lines.size() && n < 20; ++n) {
    if (!lines[n].empty()) schedule.exdates.emplace_back(lines[n]);
  }
  const bool taken = takes(schedule);
  const auto calendar = schedule::Calendar::make(schedule, created);
  if (taken && !calendar) std::abort();
  if (!calendar) return 0;
  check(*calendar, created);
  check(*calendar, created + std::chrono::hours(25));
  if (const auto next = calendar->next(created + std::chrono::days(200))) check(*calendar, *next);
  return 0;
}
