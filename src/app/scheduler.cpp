#include "app/scheduler.hpp"

#include <algorithm>
#include <set>

#include "app/pipeline.hpp"
#include "app/worker.hpp"
#include "schedule/due.hpp"

namespace certherald::app {
namespace {

// A run that so many processes died of is not tried by yet another. Many, since a process dies of much that
// is not the run's doing: of another run that it carried too, or of a machine that goes down time and again.
constexpr int most_attempts = 20;

// Enough to see past runs that were made while the clock was ahead.
constexpr std::size_t runs_to_know = 64;

// A schedule that has come to its end is looked at again now and then.
constexpr Seconds longest_quiet{3'600};

struct Situation {
  std::vector<store::ScheduleRow> schedules;
  std::map<std::string, std::vector<Instant>> made;  // by schedule, newest first
  std::vector<store::UnfinishedRun> unfinished;
};

Result<Situation> situation_of(store::Session& session) {
  Situation out;
  auto schedules = session.schedules();
  if (!schedules) return fail(schedules.error());
  auto unfinished = session.unfinished_runs();
  if (!unfinished) return fail(unfinished.error());
  out.schedules = std::move(*schedules);
  out.unfinished = std::move(*unfinished);
  for (const store::ScheduleRow& row : out.schedules) {
    if (!row.schedule.enabled) continue;
    auto made = session.planned_runs(row.schedule.name, runs_to_know);
    if (!made) return fail(made.error());
    out.made[row.schedule.name] = std::move(*made);
  }
  return out;
}

// What ended meanwhile, or what another process was faster with, is no trouble.
Status unless_conflict(const Error& error) {
  if (error.kind == ErrorKind::conflict) return {};
  return fail(error);
}

}  // namespace

Result<Scheduler::Turn> Scheduler::take_due() {
  Turn turn;
  const Instant now = clock_.now();
  if (Status inherited = inherit(turn, now); !inherited) return fail(inherited.error());
  const auto runs = owed(turn, now);
  if (!runs) return fail(runs.error());
  for (const Owed& one : *runs) {
    if (Status taken = take_new(turn, one, now); !taken) return fail(taken.error());
  }
  return turn;
}

Scheduler::Known& Scheduler::known(const store::ScheduleRow& row, Instant now) {
  const auto at = known_.find(row.schedule.name);
  const bool is_known = at != known_.end() && at->second.row == row;
  const Instant seen_at = is_known ? std::min(at->second.seen_at, now) : now;
  const Instant anchor = row.created_at <= now ? row.created_at : seen_at;
  if (!is_known || at->second.anchor != anchor) {
    Known fresh{row, seen_at, anchor, schedule::Calendar::make(row.schedule, anchor), {}, {}};
    return known_.insert_or_assign(row.schedule.name, std::move(fresh)).first->second;
  }
  at->second.seen_at = seen_at;
  return at->second;
}

// What the schedules owe now, but for tasks that have a run under way: those come when it has ended.
Result<std::vector<Scheduler::Owed>> Scheduler::owed(Turn& turn, Instant now) {
  const auto situation = store_.read([](store::Session& session) { return situation_of(session); });
  if (!situation) return fail(situation.error());
  std::set<model::TaskKind> busy;
  for (const store::UnfinishedRun& run : situation->unfinished) {
    if (run.leased_until > now) busy.insert(run.run.task);
  }
  std::vector<Owed> out;
  std::erase_if(upcoming_, [&](const auto& entry) { return !situation->made.contains(entry.first); });
  for (const store::ScheduleRow& row : situation->schedules) {
    if (!row.schedule.enabled) continue;
    Known& known = this->known(row, now);
    if (!known.calendar) {
      turn.troubles.push_back(
          fmt::format("schedule {}: {}", row.schedule.name, describe(known.calendar.error())));
      continue;
    }
    if (known.quiet_from <= now && now < known.quiet_until) continue;
    const schedule::Calendar& calendar = *known.calendar;
    const auto next = calendar.next(now);
    upcoming_.erase(row.schedule.name);
    if (next) upcoming_[row.schedule.name] = *next;
    const Instant since = row.effective_from <= now ? row.effective_from : known.seen_at;
    const auto due = schedule::due(calendar, since, now, situation->made.at(row.schedule.name));
    if (!due) {
      known.quiet_from = now;
      known.quiet_until = next.value_or(now + longest_quiet);
      continue;
    }
    if (!busy.insert(row.schedule.task).second) continue;
    model::Run run;
    run.task = row.schedule.task;
    run.name = row.schedule.name;
    run.discovery = row.schedule.discovery;
    run.started_by = "schedule";
    run.scheduled = true;
    run.planned_at = due->planned_at;
    out.push_back({std::move(run), due->missed});
  }
  return out;
}

Status Scheduler::take_new(Turn& turn, const Owed& owed, Instant now) {
  auto claim =
      store_.write([&](store::Session& session) { return open_run(session, owed.run, worker_, now); });
  if (!claim) return unless_conflict(claim.error());
  turn.taken.push_back({std::move(*claim), owed.missed});
  return {};
}

// Runs whose process died: those of schedules go on here, those that a person started have failed.
Status Scheduler::inherit(Turn& turn, Instant now) {
  if (Status freed = free_leases_of_the_dead(store_); !freed) return freed;
  const auto unfinished = store_.read([](store::Session& session) { return session.unfinished_runs(); });
  if (!unfinished) return fail(unfinished.error());
  for (const store::UnfinishedRun& one : *unfinished) {
    if (one.leased_until > now) continue;
    const bool goes_on = one.run.scheduled && one.run.attempts < most_attempts;
    if (goes_on) {
      auto claim = store_.write(
          [&](store::Session& session) { return session.take_over_run(one.run.id, worker_, work_lease); });
      if (claim) turn.taken.push_back({std::move(*claim), 0});
      if (Status fine = claim ? Status() : unless_conflict(claim.error()); !fine) return fine;
      continue;
    }
    const std::string why =
        one.run.scheduled ? fmt::format("given up: {} processes ended while they carried it", most_attempts)
                          : "its process ended before it did";
    const Status given_up =
        store_.write([&](store::Session& session) { return session.abandon_run(one.run.id, why); });
    if (!given_up) {
      if (Status fine = unless_conflict(given_up.error()); !fine) return fine;
      continue;
    }
    turn.troubles.push_back(fmt::format("run {}: {}", one.run.id.value, why));
  }
  return {};
}

}  // namespace certherald::app
