#include "schedule/due.hpp"

#include <algorithm>

namespace certherald::schedule {

std::optional<Due> due(const Calendar& calendar, Instant effective_from, Instant now,
                       std::span<const Instant> made_runs_newest_first) {
  const auto newest =
      std::ranges::find_if(made_runs_newest_first, [&](Instant planned_at) { return planned_at <= now; });
  Instant not_before = effective_from;
  if (newest != made_runs_newest_first.end()) not_before = std::max(not_before, *newest + Seconds(1));
  const auto latest = calendar.latest(not_before, now);
  if (!latest) return std::nullopt;
  Due out{*latest, 0};
  for (auto at = latest; out.missed < most_missed; ++out.missed) {
    at = calendar.latest(not_before, *at - Seconds(1));
    if (!at) break;
  }
  return out;
}

}  // namespace certherald::schedule
