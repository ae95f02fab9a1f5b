#include "schedule/rule.hpp"

#include "schedule/recurrence.hpp"
#include "schedule/wall_rule.hpp"
#include "schedule/zone.hpp"

namespace certherald::schedule {
namespace {

// Whether any date fits, whatever the rule is anchored at.
bool ever_occurs(Recurrence rule) {
  constexpr Wall anchor = std::chrono::local_days(std::chrono::year(2000) / 1 / 1);
  rule.interval = 1;
  return WallRule(std::move(rule), anchor).at_or_after(anchor).has_value();
}

}  // namespace

Status validate_rule(const std::string& rrule, const std::string& time_zone) {
  if (const auto zone = find_zone(time_zone); !zone) return fail(zone.error());
  auto rule = read_recurrence(rrule);
  if (!rule) return fail(rule.error());
  if (!ever_occurs(std::move(*rule))) return wrong_rule(rrule, "it never falls on any date");
  return {};
}

Status validate_local_time(const std::string& text) {
  if (const auto wall = read_wall(text); !wall) return fail(wall.error());
  return {};
}

}  // namespace certherald::schedule
