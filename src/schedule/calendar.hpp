#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "schedule/wall_rule.hpp"

struct _icaltimezone;  // libical's icaltimezone

namespace certherald::schedule {

// The instants that a schedule names: its rule (RFC 5545 section 3.3.10) in the wall-clock time of its zone,
// from its anchor on, without its exceptions. Only what the rule itself names counts: `dtstart` is no extra
// occurrence. COUNT counts from the anchor, exceptions included.
//
// Where clocks change, for DAILY and slower: a time that is skipped happens as much later as the clocks went
// forward (section 3.3.5; doc/adr/0006), one that happens twice is its first. HOURLY and MINUTELY follow the
// clock: what is skipped does not happen, what happens twice happens twice, so every real hour has its run.
//
// A query costs a few milliseconds at most, however far away the anchor lies; nothing is found after the
// year 2199. Making one that has COUNT walks through all it counts.
// A value; copies are independent. Calls of all calendars and of everything else in this module must not
// overlap, so all are made on one thread at a time: libical fills its tables of zones on first use.
class Calendar final {
 public:
  // `created_at` is the anchor of a schedule without `dtstart`. Errors: invalid_input for a rule, a zone or a
  // time that the configuration would refuse.
  [[nodiscard]] static Result<Calendar> make(const model::Schedule& schedule, Instant created_at);

  // The last occurrence in [not_before, now].
  [[nodiscard]] std::optional<Instant> latest(Instant not_before, Instant now) const;

  // The first occurrence later than `after`.
  [[nodiscard]] std::optional<Instant> next(Instant after) const;

 private:
  // When a wall-clock time is shown, and what the clocks near it are ahead of UTC.
  struct Moments {
    std::array<Instant, 2> at{};
    std::size_t count = 0;
    Seconds least{};
    Seconds most{};
  };

  Calendar(_icaltimezone* zone, const Recurrence& rule, Wall anchor);
  [[nodiscard]] Moments moments_of(Wall wall) const;
  [[nodiscard]] bool is_excluded(Wall wall) const;

  _icaltimezone* zone_;
  WallRule rule_;
  bool follows_clock_;  // HOURLY and MINUTELY
  Instant start_;       // nothing before it, nothing after these two
  Instant end_;
  Wall end_wall_;
  std::vector<Wall> excluded_;  // ascending
};

}  // namespace certherald::schedule
