#include "app/pipeline.hpp"

#include <algorithm>
#include <chrono>

#include "app/decision.hpp"
#include "app/fleet.hpp"
#include "app/worker.hpp"
#include "net/blocking.hpp"

namespace certherald::app {

using model::RunStage;
using store::RunClaim;
using store::ScanProgress;

namespace {

// An expiry run looks again at what has not been seen for this long.
constexpr Seconds refresh_after{24 * 3'600};

// Between two looks at the progress; a look that takes long is taken seldom.
constexpr Millis shortest_wait{100};
constexpr Millis longest_wait{5'000};
constexpr int wait_for_each_look = 20;

void count(RunClaim& claim, const ScanProgress& progress) {
  claim.run.counts.endpoints = progress.endpoints;
  claim.run.counts.scanned = progress.scanned;
  claim.run.counts.unreachable = progress.unreachable;
}

}  // namespace

Result<RunClaim> open_run(store::Session& session, model::Run run, const std::string& worker, Instant now) {
  const bool expiry = run.task == model::TaskKind::expiry_notification;
  run.started_at = now;
  run.stage = RunStage::scan;
  auto claim = session.begin_run(run, worker, work_lease);
  if (!claim) return fail(claim.error());
  // What a discovery looks at is in no inventory: it is not shared out.
  if (run.task == model::TaskKind::discovery) return claim;
  const model::Tier tier = expiry ? model::Tier::inventory : model::Tier::full;
  const auto since = expiry ? std::optional<Instant>(now - refresh_after) : std::nullopt;
  const auto endpoints = session.add_scan_work(claim->run.id, tier, since);
  if (!endpoints) return fail(endpoints.error());
  claim->run.counts.endpoints = *endpoints;
  if (Status saved = session.save_run(*claim); !saved) return fail(saved.error());
  return claim;
}

net::Task<Result<model::Run>> Pipeline::carry(RunClaim claim,
                                              std::function<void(const RunProgress&)> on_progress) {
  put_up_.wake_all();
  while (claim.run.stage != RunStage::decide) {
    const auto progress = co_await await_scans(claim, on_progress);
    if (!progress) co_return fail(progress.error());
    count(claim, *progress);
    if (Status moved = co_await next_stage(claim); !moved) co_return fail(moved.error());
    put_up_.wake_all();
  }
  Result<std::vector<std::string>> broken;  // keys; none of them in an expiry run
  if (claim.run.task == model::TaskKind::vulnerability_scan) broken = co_await look_for_broken_keys();
  if (!broken) co_return fail(broken.error());
  const auto decide = [this, &claim, &broken] { return decide_and_end(claim, *broken); };
  if (Status decided = co_await net::on_pool(store_pool_, decide); !decided) co_return fail(decided.error());
  co_return claim.run;
}

net::Task<Result<ScanProgress>> Pipeline::await_scans(
    const RunClaim& claim, const std::function<void(const RunProgress&)>& on_progress) {
  const auto look = [this, &claim] {
    return store_.read([&](store::Session& session) { return session.scan_progress(claim.run.id); });
  };
  for (;;) {
    const auto begun = std::chrono::steady_clock::now();
    auto progress = co_await net::on_pool(store_pool_, look);
    if (!progress) co_return progress;
    on_progress({claim.run.stage, progress->endpoints - progress->open, progress->endpoints});
    if (progress->open == 0) co_return progress;
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
    const Millis wait = std::clamp(took * wait_for_each_look, shortest_wait, longest_wait);
    if (!co_await scanned_.wait(wait)) co_return fail(ErrorKind::cancelled, "cancelled");
  }
}

// What an expiry run would tell about is looked at once more in this run, unless it was already: a
// certificate renewed a minute ago is no news.
net::Task<Status> Pipeline::next_stage(RunClaim& claim) {
  const bool refresh =
      claim.run.task == model::TaskKind::expiry_notification && claim.run.stage == RunStage::scan;
  claim.run.stage = refresh ? RunStage::refresh : RunStage::decide;
  const auto move = [this, &claim, refresh] {
    return store_.write([&](store::Session& session) -> Status {
      if (!refresh) return session.save_run(claim);
      if (Status assessed = assess_inventory(session, clock_.now()); !assessed) return assessed;
      const auto places = places_of_expiry(session);
      if (!places) return fail(places.error());
      const auto added = session.add_scan_work(claim.run.id, model::Tier::inventory, *places);
      if (!added) return fail(added.error());
      return session.save_run(claim);
    });
  };
  co_return co_await net::on_pool(store_pool_, move);
}

// Each piece is a read transaction of its own, and the store's thread keeps the leases while keys are decoded
// and their numbers searched.
net::Task<Result<std::vector<std::string>>> Pipeline::look_for_broken_keys() {
  RsaKeys keys;
  const auto read = [this, &keys] {
    return store_.read([&](store::Session& session) { return keys.next(session); });
  };
  for (;;) {
    const auto piece = co_await net::on_pool(store_pool_, read);
    if (!piece) co_return fail(piece.error());
    if (piece->empty()) break;
    if (co_await net::is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
    const auto add = [&keys, &piece] { keys.add(*piece); };
    co_await net::on_pool(arithmetic_, add);
  }
  const auto search = [&keys](const std::stop_token& stop) { return keys.take_broken(stop); };
  auto broken = co_await net::on_pool_with_stop(arithmetic_, search);
  if (co_await net::is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return broken;
}

Status Pipeline::decide_and_end(RunClaim& claim, const std::vector<std::string>& broken) {
  return store_.write([&](store::Session& session) -> Status {
    const Instant now = clock_.now();
    if (claim.run.task == model::TaskKind::expiry_notification) {
      if (Status assessed = assess_inventory(session, now); !assessed) return assessed;
    }
    if (claim.run.task == model::TaskKind::vulnerability_scan) {
      if (Status assessed = assess_fleet(session, broken, now); !assessed) return assessed;
    }
    // As it is now: the store may have been restored since it was opened.
    const auto installation = session.installation();
    if (!installation) return fail(installation.error());
    if (Status decided = decide(session, claim.run, *installation, now); !decided) return decided;
    claim.run.ended_at = now;
    claim.run.outcome = model::RunOutcome::succeeded;
    return session.end_run(claim);
  });
}

}  // namespace certherald::app
