#include "app/scan_worker.hpp"

#include <algorithm>
#include <deque>

#include "app/claim_size.hpp"
#include "app/record.hpp"
#include "app/worker.hpp"
#include "net/blocking.hpp"
#include "net/scope.hpp"
#include "scan/confirm.hpp"

namespace certherald::app {

using model::Observation;
using store::ScanWork;

namespace {

constexpr std::size_t record_at_once = 128;     // endpoints of a transaction
constexpr std::size_t most_unrecorded = 1'024;  // scanning waits for the store beyond this
constexpr Millis record_every{100};
constexpr int looks_for_what_is_gone = 6;

bool shows_something(const Observation& observation) {
  return std::ranges::any_of(observation.checks, [](const model::CheckResult& result) {
    return result.verdict == model::Verdict::affected && result.id != "expiry";
  });
}

const store::KnownPlace* known_of(const ScanWork& work, const Observation& observation) {
  const auto at = std::ranges::find(work.known, observation.address, &store::KnownPlace::address);
  return at == work.known.end() ? nullptr : &*at;
}

bool has_several(const store::KnownPlace& place) { return place.leaves.size() > 1; }

bool turned_good(const store::KnownPlace& place, const model::CheckResult& result) {
  const bool good =
      result.verdict == model::Verdict::not_affected || result.verdict == model::Verdict::not_applicable;
  return good && std::ranges::find(place.open_checks, result.id) != place.open_checks.end();
}

// The cheapest look that can tell whether what seems to be mended or gone really is; nothing where all is as
// it was known.
std::optional<model::Tier> tier_to_look_again(const ScanWork& work, const Observation& observation) {
  const store::KnownPlace* place = known_of(work, observation);
  if (place == nullptr || observation.status != model::ScanStatus::scanned) return std::nullopt;
  std::optional<model::Tier> tier;
  const bool lost = std::ranges::any_of(
      place->leaves, [&](const std::string& leaf) { return !model::presents(observation, leaf); });
  if (lost && !observation.chain.empty()) tier = model::Tier::inventory;
  for (const model::CheckResult& result : observation.checks) {
    if (!turned_good(*place, result)) continue;
    const model::CheckInfo* info = model::find_check(result.id);
    if (info != nullptr) tier = std::max(tier.value_or(model::Tier::inventory), info->tier);
  }
  return tier;
}

const Observation* same_address(const std::vector<Observation>& seen, const Observation& observation) {
  const auto at = std::ranges::find(seen, observation.address, &Observation::address);
  return at == seen.end() ? nullptr : &*at;
}

ScanJob job_of(const Settings& settings, const codec::x509::TrustStore& trust,
               const scan::ReferenceLists& lists, model::Tier tier) {
  ScanJob job;
  job.options.tier = tier;
  job.options.host_connections = static_cast<std::size_t>(settings.scan.host_connections);
  job.options.host_rate = settings.scan.host_rate;
  job.context.trust = &trust;
  job.context.lists = &lists;
  return job;
}

scan::FetchRules fetch_rules(const ScanSettings& settings) {
  scan::FetchRules rules;
  rules.allow = settings.fetch_allow;
  rules.proxy = settings.fetch_proxy;
  rules.timeout = settings.fetch_timeout.elapsed();
  rules.max_crl = static_cast<std::size_t>(settings.crl_limit) << 20U;
  return rules;
}

// One endpoint's part of the transaction. `conflict` and `not_found` are no fault: another process took it
// over, or a person took it out of the inventory.
Status record_one(store::Session& session, const ScanWork& work, const std::vector<Observation>& observations,
                  Seconds verify_after) {
  const auto scanned = std::ranges::count_if(
      observations, [](const Observation& o) { return o.status == model::ScanStatus::scanned; });
  const auto unreachable = static_cast<std::int64_t>(observations.size()) - scanned;
  if (Status mine = session.finish_scan(work, scanned, unreachable); !mine) return mine;
  for (const Observation& observation : observations) {
    Status recorded = record_observation(session, observation, verify_after);
    if (!recorded) return recorded;
  }
  return {};
}

}  // namespace

struct ScanWorker::Shift {
  model::RunId run;
  Settings settings;
  std::shared_ptr<const codec::x509::TrustStore> trust;
  std::shared_ptr<const scan::ReferenceLists> lists;
  std::shared_ptr<scan::RevocationFetcher> fetcher;
  std::deque<ScanWork> ready;
  bool refilling = false;
  bool dry = false;  // nothing was left to claim
  bool over = false;
  std::vector<Seen> seen;
  net::Wakeup refilled;
  net::Wakeup recorded;
  net::Wakeup to_record;
  Status failed;
};

ScanWorker::ScanWorker(store::Store& store, boost::asio::thread_pool& store_pool, scan::Scanner& scanner,
                       net::Wakeup& progress, ScanWorkerOptions options)
    : store_(store),
      store_pool_(store_pool),
      scanner_(scanner),
      progress_(progress),
      options_(std::move(options)) {}

net::Task<Status> ScanWorker::work_off(model::RunId run) {
  Shift shift;
  shift.run = run;
  if (!co_await refill(shift)) co_return shift.failed;
  if (Status prepared = co_await prepare(shift); !prepared) co_return prepared;
  net::Scope recording(co_await boost::asio::this_coro::executor);
  recording.spawn(record_as_they_come(shift));
  {
    net::Scope looking(co_await boost::asio::this_coro::executor);
    const auto connections = static_cast<std::size_t>(shift.settings.scan.connections);
    const std::size_t at_once = under_way(connections, options_.side_by_side);
    for (std::size_t i = 0; i < at_once; ++i) looking.spawn(look_at_each(shift));
    co_await looking.join();
  }
  shift.over = true;
  shift.to_record.wake_all();
  co_await recording.join();
  co_return shift.failed;
}

// Reads what scanning goes by: as it is now, for as long as this call takes.
net::Task<Status> ScanWorker::prepare(Shift& shift) {
  const auto load = [this] {
    return store_.read([](store::Session& session) { return load_settings(session); });
  };
  auto settings = co_await net::on_pool(store_pool_, load);
  if (!settings) co_return fail(settings.error());
  shift.settings = std::move(*settings);
  if (!trust_ || trust_sources_ != shift.settings.scan.trust) {
    const auto load_trust = [&shift] { return codec::x509::TrustStore::load(shift.settings.scan.trust); };
    auto trust = co_await net::on_pool(store_pool_, load_trust);
    if (!trust) co_return fail(trust.error());
    scanner_.certificates().forget_verdicts();
    trust_ = std::make_shared<const codec::x509::TrustStore>(std::move(*trust));
    trust_sources_ = shift.settings.scan.trust;
  }
  shift.trust = trust_;
  if (!lists_ || lists_folder_ != shift.settings.scan.lists) {
    const auto load_lists = [&shift] { return scan::load_lists(shift.settings.scan.lists); };
    auto lists = co_await net::on_pool(store_pool_, load_lists);
    if (!lists) co_return fail(lists.error());
    lists_ = std::make_shared<const scan::ReferenceLists>(std::move(*lists));
    lists_folder_ = shift.settings.scan.lists;
  }
  shift.lists = lists_;
  co_return prepare_fetcher(shift);
}

Status ScanWorker::prepare_fetcher(Shift& shift) {
  const ScanSettings& settings = shift.settings.scan;
  scan::FetchRules rules = fetch_rules(settings);
  if (!settings.revocation) fetcher_.reset();
  if (settings.revocation && (!fetcher_ || rules != fetch_rules_)) {
    auto fetcher = scanner_.make_fetcher(rules);
    if (!fetcher) return fail(fetcher.error());
    fetcher_ = std::move(*fetcher);
    fetch_rules_ = std::move(rules);
  }
  shift.fetcher = fetcher_;
  return {};
}

net::Task<void> ScanWorker::look_at_each(Shift& shift) {
  while (shift.failed) {
    if (shift.ready.empty() && !co_await refill(shift)) co_return;
    if (shift.ready.empty()) continue;
    ScanWork work = std::move(shift.ready.front());
    shift.ready.pop_front();
    Seen seen = co_await look(shift, std::move(work));
    // What was cut off has seen nothing that counts: it stays for whoever claims it next.
    if (co_await net::is_cancelled()) co_return;
    shift.seen.push_back(std::move(seen));
    if (shift.seen.size() >= record_at_once) shift.to_record.wake_all();
    while (shift.failed && shift.seen.size() >= most_unrecorded) {
      if (!co_await shift.recorded.wait(record_every)) co_return;
    }
  }
}

// Claims more, one task for all; `false` where nothing is left.
net::Task<bool> ScanWorker::refill(Shift& shift) {
  while (shift.refilling) {
    if (!co_await shift.refilled.wait(Millis(1'000))) co_return false;
  }
  if (!shift.ready.empty()) co_return true;
  if (shift.dry || !shift.failed || co_await net::is_cancelled()) co_return false;
  shift.refilling = true;
  const auto claim = [this, &shift] {
    return store_.write_shared([&](store::Session& session) -> Result<std::vector<ScanWork>> {
      const auto free = session.free_scan_work(shift.run, most_free);
      if (!free) return fail(free.error());
      return session.claim_scan_work(shift.run, options_.worker, work_lease, claim_size(*free));
    });
  };
  auto claimed = co_await net::on_pool(store_pool_, claim);
  shift.refilling = false;
  if (!claimed) {
    shift.failed = fail(claimed.error());
  } else {
    shift.dry = claimed->empty();
    for (ScanWork& work : *claimed) shift.ready.push_back(std::move(work));
  }
  shift.refilled.wake_all();
  co_return !shift.ready.empty();
}

// Looks, and where something shows a second time: only what both see is told. What was there and seems to be
// gone is looked for some more: a pool behind one address shows another node each time.
net::Task<ScanWorker::Seen> ScanWorker::look(Shift& shift, ScanWork work) {
  ScanJob job = job_of(shift.settings, *shift.trust, *shift.lists, work.tier);
  job.revocation = shift.fetcher.get();
  job.options.quiet = options_.quiet;
  job.options.alternates = std::ranges::any_of(work.known, has_several);
  std::vector<Observation> first = co_await observe(scanner_, work.endpoint, job);
  if (std::ranges::any_of(first, shows_something)) {
    const std::vector<Observation> second = co_await observe(scanner_, work.endpoint, job);
    for (Observation& observation : first) {
      if (!shows_something(observation)) continue;
      const Observation* again = same_address(second, observation);
      observation = scan::confirm(observation, again == nullptr ? Observation() : *again);
    }
  }
  for (Observation& observation : first) co_await look_for_what_is_gone(work, job, observation);
  for (const Observation& observation : first) options_.on_observed(observation);
  co_return Seen{std::move(work), std::move(first)};
}

// At this address alone, and no deeper than it takes.
net::Task<void> ScanWorker::look_for_what_is_gone(const ScanWork& work, ScanJob job,
                                                  Observation& observation) {
  model::EndpointKey place = work.endpoint;
  place.address = observation.address;
  job.options.alternates = true;
  for (int more = 0; more < looks_for_what_is_gone; ++more) {
    const auto tier = tier_to_look_again(work, observation);
    if (!tier) co_return;
    job.options.tier = std::min(*tier, work.tier);
    const std::vector<Observation> again = co_await observe(scanner_, place, job);
    observation = scan::look_again(std::move(observation), again.front());
  }
}

net::Task<void> ScanWorker::record_as_they_come(Shift& shift) {
  for (;;) {
    const bool last = shift.over;
    if (!shift.seen.empty() && shift.failed) co_await record(shift);
    if (last || !shift.failed) co_return;
    // It is cancelled only once `over` is set: then the last of what was seen is recorded yet.
    if (shift.seen.size() < record_at_once && !shift.over) co_await shift.to_record.wait(record_every);
  }
}

net::Task<void> ScanWorker::record(Shift& shift) {
  std::vector<Seen> batch;
  batch.swap(shift.seen);
  const Seconds verify_after = shift.settings.scan.verify_after.elapsed();
  const auto write = [this, &batch, verify_after] {
    return store_.write([&](store::Session& session) -> Status {
      for (const Seen& seen : batch) {
        const Status recorded = record_one(session, seen.work, seen.observations, verify_after);
        if (recorded) continue;
        const ErrorKind kind = recorded.error().kind;
        if (kind != ErrorKind::conflict && kind != ErrorKind::not_found) return recorded;
      }
      return {};
    });
  };
  if (Status written = co_await net::on_pool(store_pool_, write); !written) shift.failed = std::move(written);
  shift.recorded.wake_all();
  progress_.wake_all();
}

}  // namespace certherald::app
