#include "schedule/calendar.hpp"

#include <algorithm>

#include "schedule/zone.hpp"

namespace certherald::schedule {
namespace {

using std::chrono::hours;

// Offsets of zones lie between -12 and +14 hours: a wall-clock time taken for UTC is never further from its
// instant, and a clock never changes by more than a day and two hours.
constexpr hours widest_offset(16);
constexpr hours widest_change(26);

constexpr Instant earliest = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);
constexpr Instant last = std::chrono::sys_days(std::chrono::year(2200) / 1 / 2);

Wall shown(Instant instant, Seconds offset) { return Wall(instant.time_since_epoch() + offset); }
Instant as_utc(Wall wall) { return Instant(wall.time_since_epoch()); }

// The offsets around an instant, so that no change of the clocks near it is missed.
std::pair<Seconds, Seconds> offsets_near(_icaltimezone* zone, Instant instant) {
  return std::minmax({offset_at(zone, instant - widest_change), offset_at(zone, instant),
                      offset_at(zone, instant + widest_change)});
}

}  // namespace

Calendar::Calendar(_icaltimezone* zone, const Recurrence& rule, Wall anchor)
    : zone_(zone),
      rule_(rule, anchor),
      follows_clock_(rule.frequency < Frequency::daily),
      start_(earliest),
      end_(rule.until.value_or(last)),
      end_wall_(rule.until_wall.value_or(Wall::max())) {}

Result<Calendar> Calendar::make(const model::Schedule& schedule, Instant created_at) {
  const auto zone = find_zone(schedule.time_zone);
  if (!zone) return fail(zone.error());
  const auto rule = read_recurrence(schedule.rrule);
  if (!rule) return fail(rule.error());
  created_at = std::clamp(created_at, earliest, last);
  Wall anchor = shown(created_at, offset_at(*zone, created_at));
  if (!schedule.dtstart.empty()) {
    const auto given = read_wall(schedule.dtstart);
    if (!given) return fail(given.error());
    anchor = *given;
  }
  Calendar out(*zone, *rule, anchor);
  if (schedule.dtstart.empty()) out.start_ = created_at;
  if (rule->count) {
    std::optional<Instant> at = out.next(out.start_ - Seconds(1));
    for (int counted = 1; counted < *rule->count && at; ++counted) at = out.next(*at);
    if (at) out.end_ = *at;
  }
  for (const std::string& text : schedule.exdates) {
    const auto wall = read_wall(text);
    if (!wall) return fail(wall.error());
    out.excluded_.push_back(*wall);
  }
  std::ranges::sort(out.excluded_);
  return out;
}

Calendar::Moments Calendar::moments_of(Wall wall) const {
  const Instant utc = as_utc(wall);
  const Seconds before = offset_at(zone_, utc - widest_offset);
  const Seconds after = offset_at(zone_, utc + widest_offset);
  Moments out{{}, 0, std::min(before, after), std::max(before, after)};
  const auto add = [&](Instant at) { out.at[out.count++] = at; };
  if (before == after || offset_at(zone_, utc - before) == before) add(utc - before);
  const bool again = before != after && offset_at(zone_, utc - after) == after;
  if (again && (out.count == 0 || follows_clock_)) add(utc - after);
  // "If the local time described does not occur [...], the DATE-TIME value is interpreted using the UTC
  // offset before the gap in local times" (RFC 5545 section 3.3.5).
  if (out.count == 0 && !follows_clock_) add(utc - before);
  return out;
}

bool Calendar::is_excluded(Wall wall) const { return std::ranges::binary_search(excluded_, wall); }

// Wall-clock times and their instants run in the same order but around a change of the clocks, so both
// directions look on until no further time can come closer.
std::optional<Instant> Calendar::next(Instant after) const {
  after = std::clamp(after, start_ - Seconds(1), std::max(start_, last));
  const Instant from = after + Seconds(1);
  std::optional<Instant> best;
  auto wall = rule_.at_or_after(shown(from, offsets_near(zone_, from).first));
  for (; wall && *wall <= end_wall_; wall = rule_.at_or_after(*wall + Seconds(1))) {
    const Moments moments = moments_of(*wall);
    if (as_utc(*wall) - moments.most > best.value_or(end_)) break;
    if (is_excluded(*wall)) continue;
    for (std::size_t i = 0; i < moments.count; ++i) {
      if (moments.at[i] > after && moments.at[i] <= end_) best = std::min(best.value_or(last), moments.at[i]);
    }
    if (best && moments.least == moments.most) break;
  }
  return best;
}

std::optional<Instant> Calendar::latest(Instant not_before, Instant now) const {
  not_before = std::max(not_before, start_);
  now = std::min({now, end_, last});
  if (now < not_before) return std::nullopt;
  std::optional<Instant> best;
  auto wall = rule_.at_or_before(std::min(end_wall_, shown(now, offsets_near(zone_, now).second)));
  for (; wall; wall = rule_.at_or_before(*wall - Seconds(1))) {
    const Moments moments = moments_of(*wall);
    if (as_utc(*wall) - moments.least < best.value_or(not_before)) break;
    if (is_excluded(*wall)) continue;
    for (std::size_t i = 0; i < moments.count; ++i) {
      const Instant at = moments.at[i];
      if (at >= not_before && at <= now) best = std::max(best.value_or(not_before), at);
    }
    if (best && moments.least == moments.most) break;
  }
  return best;
}

}  // namespace certherald::schedule
