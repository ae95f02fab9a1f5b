#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/ids.hpp"

namespace certherald::model {

enum class TaskKind : std::uint8_t { expiry_notification, vulnerability_scan, expiry_report, discovery };
enum class RunOutcome : std::uint8_t { running, succeeded, incomplete, failed };

// How far a run has come. Each stage but the last ends when all that it put up to be scanned has been.
enum class RunStage : std::uint8_t {
  scan,     // what the task is about
  refresh,  // what would be told about, once more
  decide,   // nothing is left to scan
};

struct RunCounts {
  std::int64_t endpoints = 0;    // of the run
  std::int64_t scanned = 0;      // addresses that answered
  std::int64_t unreachable = 0;  // addresses or names that did not
  std::int64_t findings = 0;     // showing after it
  std::int64_t notices = 0;      // decided
  std::int64_t held = 0;         // due, but beyond max_new: they wait for the next run
  std::int64_t deliveries = 0;   // put into the outbox
  // Of a discovery. What it looks at is `endpoints`, what speaks TLS `found`: added or known.
  std::int64_t found = 0;
  std::int64_t added = 0;     // new in the inventory
  std::int64_t known = 0;     // in the inventory before
  std::int64_t excluded = 0;  // not looked at, since it was told not to
  std::int64_t silent = 0;    // no answer, or not one of TLS

  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

// One execution of a task.
struct Run {
  RunId id;
  TaskKind task = TaskKind::expiry_notification;
  std::string name;        // of the schedule or report; "" where a person started it
  std::string started_by;  // "command line", "schedule", ...
  bool scheduled = false;  // planned by the schedule `name`: made once for its planned instant
  bool all = false;        // whatever max_new says
  std::string discovery;   // name of the discovery that it carries out; "" for another task
  Instant planned_at{};    // the instant `every` counts from: when it was due, or when it was started by hand
  Instant started_at{};
  std::optional<Instant> ended_at;
  RunOutcome outcome = RunOutcome::running;
  RunStage stage = RunStage::scan;
  int attempts = 1;  // processes that took it up, one after another
  std::string message;
  RunCounts counts;

  friend bool operator==(const Run&, const Run&) = default;
};

// A task on a schedule (RFC 5545 recurrence rule in a named time zone).
struct Schedule {
  std::string name;
  TaskKind task = TaskKind::vulnerability_scan;
  std::string rrule;
  std::string time_zone = "UTC";
  bool enabled = true;
  std::string dtstart;               // "2026-12-01T02:00:00" in its zone; "": it is anchored at its creation
  std::vector<std::string> exdates;  // when it does not happen, written the same
  std::string discovery;             // of task discovery: its name

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

[[nodiscard]] std::string_view to_string(TaskKind kind);  // "expiry_notification"
[[nodiscard]] std::optional<TaskKind> task_kind_from(std::string_view text);
[[nodiscard]] std::string_view to_string(RunOutcome outcome);
[[nodiscard]] std::optional<RunOutcome> run_outcome_from(std::string_view text);
[[nodiscard]] std::string_view to_string(RunStage stage);
[[nodiscard]] std::optional<RunStage> run_stage_from(std::string_view text);

}  // namespace certherald::model
