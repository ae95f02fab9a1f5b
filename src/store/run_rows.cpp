#include "store/engine.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::Run;

std::unexpected<Error> no_run(model::RunId id) {
  return fail(ErrorKind::not_found, "there is no run {}", id.value);
}

}  // namespace

Result<Run> Session::begin_run(const Run& run) {
  return engine_.guard([&]() -> Result<Run> {
    Run out = run;
    out.id =
        first_value<model::RunId>(engine_,
                                  "INSERT INTO runs (task, name, started_by, planned_at, started_at, "
                                  "ended_at, sign_at, outcome, message, "
                                  "counts) VALUES (:task, :name, :started_by, :planned, :started, :ended, "
                                  ":sign, :outcome, :message, "
                                  ":counts) RETURNING id",
                                  to_string(run.task), run.name, storable(run.started_by), run.planned_at,
                                  run.started_at, run.ended_at, clock_.now(), to_string(run.outcome),
                                  storable(run.message), counts_to_json(run.counts))
            .value_or(model::RunId{});
    return out;
  });
}

Status Session::update_run(const Run& run) {
  return engine_.guard([&]() -> Status {
    const std::int64_t changed = execute(
        engine_, "UPDATE runs SET message = :message, counts = :counts, sign_at = :sign WHERE id = :id",
        storable(run.message), counts_to_json(run.counts), clock_.now(), run.id);
    if (changed == 0) return no_run(run.id);
    return {};
  });
}

Status Session::end_run(const Run& run) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    const std::int64_t changed =
        execute(engine_,
                "UPDATE runs SET message = :message, counts = :counts, sign_at = :sign, outcome = :outcome, "
                "ended_at = :ended WHERE id = :id",
                storable(run.message), counts_to_json(run.counts), now, to_string(run.outcome),
                run.ended_at.value_or(now), run.id);
    if (changed == 0) return no_run(run.id);
    return {};
  });
}

Result<std::int64_t> Session::fail_silent_runs(Instant since) {
  return engine_.guard([&]() -> Result<std::int64_t> {
    return execute(engine_,
                   "UPDATE runs SET outcome = 'failed', ended_at = :ended, message = :message WHERE ended_at "
                   "IS NULL AND "
                   "sign_at < :since",
                   clock_.now(), "its process ended before it did", since);
  });
}

Status Session::each_run(const Visitor<Run>& visit) {
  return engine_.guard([&]() -> Status {
    Rows<model::RunId, std::string, std::string, std::string, Instant, Instant, std::optional<Instant>,
         std::string, std::string, std::string>
        rows(engine_,
             "SELECT id, task, name, started_by, planned_at, started_at, ended_at, outcome, message, counts "
             "FROM runs "
             "ORDER BY id DESC");
    while (auto row = rows.next()) {
      auto& [id, task, name, started_by, planned, started, ended, outcome, message, counts] = *row;
      Run run;
      run.id = id;
      run.task = require(model::task_kind_from(task), "task", task);
      run.name = std::move(name);
      run.started_by = std::move(started_by);
      run.planned_at = planned;
      run.started_at = started;
      run.ended_at = ended;
      run.outcome = require(model::run_outcome_from(outcome), "outcome", outcome);
      run.message = std::move(message);
      run.counts = counts_from_json(counts);
      if (auto visited = visit(run); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
