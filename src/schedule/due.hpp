#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "schedule/calendar.hpp"

namespace certherald::schedule {

constexpr std::int64_t most_missed = 1'000;

// An occurrence that is to be run now.
struct Due {
  Instant planned_at{};
  std::int64_t missed = 0;  // earlier ones that it stands for too; counted up to most_missed

  friend bool operator==(const Due&, const Due&) = default;
};

// What a schedule owes at `now`: its latest occurrence that is neither before `effective_from` nor at or
// before one that a run was made for. Several missed ones are made up for by one run, that of the latest.
// `made_runs_newest_first` are the `planned_at` of runs that this schedule made; those after `now` were made
// by a clock that had jumped ahead, and do not count until it comes there again. The newest at or before
// `now` is enough. So each occurrence is run at most once whatever the clock does, and none is forgotten
// after it was set back.
// Pure; a caller that may be one of several makes the run unique by its planned_at. Thread: see Calendar.
[[nodiscard]] std::optional<Due> due(const Calendar& calendar, Instant effective_from, Instant now,
                                     std::span<const Instant> made_runs_newest_first);

}  // namespace certherald::schedule
