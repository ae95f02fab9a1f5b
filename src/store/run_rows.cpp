#include "store/engine.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::Run;

constexpr std::string_view run_columns =
    "r.id, r.task, r.name, r.started_by, r.scheduled, r.options, r.planned_at, r.started_at, r.ended_at, "
    "r.outcome, r.stage, r.attempts, r.message, r.counts";
template <class... More>
using RunRows =
    Rows<model::RunId, std::string, std::string, std::string, bool, std::string, Instant, Instant,
         std::optional<Instant>, std::string, std::string, int, std::string, std::string, More...>;
constexpr std::size_t run_column_count = 14;

template <class Row>
Run to_run(Row& row) {
  Run run;
  run.id = std::get<0>(row);
  run.task = require(model::task_kind_from(std::get<1>(row)), "task", std::get<1>(row));
  run.name = std::move(std::get<2>(row));
  run.started_by = std::move(std::get<3>(row));
  run.scheduled = std::get<4>(row);
  read_options(std::get<5>(row), run);
  run.planned_at = std::get<6>(row);
  run.started_at = std::get<7>(row);
  run.ended_at = std::get<8>(row);
  run.outcome = require(model::run_outcome_from(std::get<9>(row)), "outcome", std::get<9>(row));
  run.stage = model::run_stage_from(std::get<10>(row)).value_or(model::RunStage::scan);
  run.attempts = std::get<11>(row);
  run.message = std::move(std::get<12>(row));
  run.counts = counts_from_json(std::get<13>(row));
  return run;
}

std::unexpected<Error> lost(model::RunId id) {
  return fail(ErrorKind::conflict, "another process took over run {}", id.value);
}

std::unexpected<Error> under_way(const UnfinishedRun& other) {
  return fail(ErrorKind::conflict, "run {} of the same task is under way, started by {}{}{}",
              other.run.id.value, other.run.started_by, other.run.name.empty() ? "" : " ", other.run.name);
}

}  // namespace

Result<RunClaim> Session::begin_run(const Run& run, const std::string& worker, Seconds lease) {
  return engine_.guard([&]() -> Result<RunClaim> {
    const Instant now = clock_.now();
    const auto others = unfinished_runs();
    if (!others) return fail(others.error());
    for (const UnfinishedRun& other : *others) {
      if (other.run.task == run.task && other.leased_until > now) return under_way(other);
    }
    const auto id = first_value<model::RunId>(
        engine_,
        "INSERT INTO runs (task, name, started_by, scheduled, options, planned_at, started_at, ended_at, "
        "sign_at, outcome, stage, attempts, message, counts, lease_worker, lease_epoch, lease_until) VALUES "
        "(:task, :name, :started_by, :scheduled, :options, :planned, :started, :ended, :sign, :outcome, "
        ":stage, 1, :message, :counts, :worker, 1, :until) "
        "ON CONFLICT (name, planned_at) WHERE scheduled = 1 DO NOTHING RETURNING id",
        to_string(run.task), run.name, storable(run.started_by), run.scheduled, options_to_json(run),
        run.planned_at, run.started_at, run.ended_at, now, to_string(run.outcome), to_string(run.stage),
        storable(run.message), counts_to_json(run.counts), worker, now + lease);
    if (!id) return fail(ErrorKind::conflict, "schedule '{}' made its run for that instant before", run.name);
    RunClaim claim{run, worker, 1};
    claim.run.id = *id;
    claim.run.attempts = 1;
    return claim;
  });
}

Result<RunClaim> Session::take_over_run(model::RunId id, const std::string& worker, Seconds lease) {
  return engine_.guard([&]() -> Result<RunClaim> {
    const Instant now = clock_.now();
    const auto epoch = first_value<std::int64_t>(
        engine_,
        "UPDATE runs SET lease_worker = :worker, lease_epoch = lease_epoch + 1, lease_until = :until, "
        "sign_at = :sign, attempts = attempts + 1 WHERE id = :id AND ended_at IS NULL AND (lease_until IS "
        "NULL OR lease_until <= :now) RETURNING lease_epoch",
        worker, now + lease, now, id, now);
    if (!epoch) return lost(id);
    RunRows<> rows(engine_, fmt::format("SELECT {} FROM runs r WHERE r.id = :id", run_columns), id);
    auto row = rows.next();
    if (!row) return lost(id);
    return RunClaim{to_run(*row), worker, *epoch};
  });
}

Status Session::save_run(const RunClaim& claim) {
  return engine_.guard([&]() -> Status {
    const std::int64_t changed = execute(
        engine_,
        "UPDATE runs SET stage = :stage, message = :message, counts = :counts, sign_at = :sign WHERE id = "
        ":id AND ended_at IS NULL AND lease_epoch = :epoch AND lease_worker = :worker",
        to_string(claim.run.stage), storable(claim.run.message), counts_to_json(claim.run.counts),
        clock_.now(), claim.run.id, claim.epoch, claim.worker);
    if (changed == 0) return lost(claim.run.id);
    return {};
  });
}

Status Session::end_run(const RunClaim& claim) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    const std::int64_t changed =
        execute(engine_,
                "UPDATE runs SET stage = :stage, message = :message, counts = :counts, sign_at = :sign, "
                "outcome = :outcome, ended_at = :ended, lease_worker = NULL, lease_until = NULL WHERE id = "
                ":id AND ended_at IS NULL AND lease_epoch = :epoch AND lease_worker = :worker",
                to_string(claim.run.stage), storable(claim.run.message), counts_to_json(claim.run.counts),
                now, to_string(claim.run.outcome), claim.run.ended_at.value_or(now), claim.run.id,
                claim.epoch, claim.worker);
    if (changed == 0) return lost(claim.run.id);
    execute(engine_, "DELETE FROM scan_work WHERE run_id = :run", claim.run.id);
    return {};
  });
}

Status Session::release_run(const RunClaim& claim) {
  return engine_.guard([&]() -> Status {
    const std::int64_t changed =
        execute(engine_,
                "UPDATE runs SET lease_until = :now WHERE id = :id AND ended_at IS NULL AND lease_epoch = "
                ":epoch AND lease_worker = :worker",
                clock_.now(), claim.run.id, claim.epoch, claim.worker);
    if (changed == 0) return lost(claim.run.id);
    return {};
  });
}

Status Session::abandon_run(model::RunId id, const std::string& why) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    const std::int64_t changed =
        execute(engine_,
                "UPDATE runs SET outcome = 'failed', ended_at = :ended, message = :message, lease_worker = "
                "NULL, lease_until = NULL WHERE id = :id AND ended_at IS NULL AND (lease_until IS NULL OR "
                "lease_until <= :now)",
                now, storable(why), id, now);
    if (changed == 0) return lost(id);
    execute(engine_, "DELETE FROM scan_work WHERE run_id = :run", id);
    return {};
  });
}

Result<std::vector<UnfinishedRun>> Session::unfinished_runs() {
  return engine_.guard([&]() -> Result<std::vector<UnfinishedRun>> {
    std::vector<UnfinishedRun> out;
    RunRows<std::optional<std::string>, std::optional<Instant>> rows(
        engine_,
        fmt::format("SELECT {}, r.lease_worker, r.lease_until FROM runs r WHERE r.ended_at IS NULL ORDER BY "
                    "r.id",
                    run_columns));
    while (auto row = rows.next()) {
      auto& worker = std::get<run_column_count>(*row);
      const auto until = std::get<run_column_count + 1>(*row);
      out.push_back({to_run(*row), worker.value_or(""), until.value_or(Instant{})});
    }
    return out;
  });
}

Result<std::vector<Instant>> Session::planned_runs(const std::string& schedule, std::size_t limit) {
  return engine_.guard([&]() -> Result<std::vector<Instant>> {
    std::vector<Instant> out;
    Rows<Instant> rows(engine_,
                       "SELECT planned_at FROM runs WHERE name = :name AND scheduled = 1 ORDER BY planned_at "
                       "DESC LIMIT :limit",
                       schedule, limit);
    while (auto row = rows.next()) out.push_back(std::get<0>(*row));
    return out;
  });
}

Status Session::each_run(const Visitor<Run>& visit) {
  return engine_.guard([&]() -> Status {
    RunRows<> rows(streamed, engine_, fmt::format("SELECT {} FROM runs r ORDER BY r.id DESC", run_columns));
    while (auto row = rows.next()) {
      if (auto visited = visit(to_run(*row)); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
