#include "app/discovery.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>

#include <boost/asio/this_coro.hpp>

#include "app/record.hpp"
#include "app/scan_service.hpp"
#include "app/settings.hpp"
#include "base/text.hpp"
#include "net/blocking.hpp"
#include "net/limiter.hpp"
#include "net/scope.hpp"

namespace certherald::app {

using model::EndpointKey;
using model::Observation;

namespace {

constexpr std::size_t side_by_side = 512;  // targets under way; connections are limited by the scanner
constexpr std::size_t record_at_once = 64;
constexpr Millis resolve_within{15'000};
constexpr std::chrono::seconds record_every{5};  // also where nothing is found: a run that was lost ends soon

struct Prepared {
  model::Discovery discovery;
  DiscoveryPlan plan;
  Settings settings;
};

Result<model::Discovery> discovery_called(store::Session& session, const std::string& name) {
  const auto rows = session.discoveries();
  if (!rows) return fail(rows.error());
  std::vector<std::string> names;
  for (const store::DiscoveryRow& row : *rows) {
    if (row.discovery.name == name) return row.discovery;
    names.push_back(single_line(row.discovery.name));
  }
  return with_hint(fail(ErrorKind::not_found, "there is no discovery '{}'", single_line(name)),
                   names.empty() ? "apply a file with a [[discovery]]" : "there is: " + join(names, ", "));
}

Result<Prepared> prepare(store::Store& store, const std::string& name) {
  return store.read([&](store::Session& session) -> Result<Prepared> {
    auto settings = load_settings(session);
    if (!settings) return fail(settings.error());
    auto discovery = discovery_called(session, name);
    if (!discovery) return fail(discovery.error());
    auto plan = make_plan(*discovery);
    if (!plan) return fail(plan.error());
    return Prepared{std::move(*discovery), std::move(*plan), std::move(*settings)};
  });
}

// Expiry alone is judged here: what else the quick look would tell is left to a scan, which looks twice.
ScanJob job_of(const Prepared& prepared) {
  ScanJob job;
  job.options.tier = model::Tier::inventory;
  job.options.connect_timeout = Millis(prepared.discovery.timeout.elapsed());
  job.options.host_connections = static_cast<std::size_t>(prepared.settings.scan.host_connections);
  job.options.host_rate = prepared.settings.scan.host_rate;
  job.checks = {"expiry"};
  return job;
}

}  // namespace

struct Discoverer::Places {
  std::vector<std::string> addresses;  // to look at
  bool all_excluded = false;           // there are some, and none is to be looked at
};

struct Discoverer::Search {
  Search(const net::Executor& executor, const Prepared& prepared, const DiscoveryListener& listener)
      : prepared(prepared),
        listener(listener),
        job(job_of(prepared)),
        cursor(prepared.plan.targets),
        rate(executor, prepared.discovery.rate) {
    report.counts.endpoints = static_cast<std::int64_t>(prepared.plan.targets.size());
    report.words = prepared.plan.exclusions.words();
    report.excluded.resize(report.words.size());
  }

  // Counts what an exclusion leaves out; true where one does.
  bool leave_out(std::string_view host, std::uint16_t port) {
    const auto word = prepared.plan.exclusions.match(host, port);
    if (word) ++report.excluded[*word];
    return word.has_value();
  }

  void tell_progress() const { listener.on_progress({done, report.counts.endpoints, report.counts.found}); }

  const Prepared& prepared;
  const DiscoveryListener& listener;
  store::RunClaim* claim = nullptr;  // none: nothing is changed
  ScanJob job;
  scan::TargetCursor cursor;
  net::RateLimiter rate;
  DiscoveryReport report;
  std::int64_t done = 0;
  std::vector<Discovered> found;  // not yet taken in
  std::chrono::steady_clock::time_point taken_in = std::chrono::steady_clock::now();
  Status failed;
};

net::Task<Result<model::Run>> Discoverer::carry(store::RunClaim claim, const DiscoveryListener& listener) {
  const auto read = [this, &claim] { return prepare(store_, claim.run.discovery); };
  const auto prepared = co_await net::on_pool(store_pool_, read);
  if (!prepared && prepared.error().kind == ErrorKind::storage) co_return fail(prepared.error());
  claim.run.counts = {};
  claim.run.outcome = model::RunOutcome::succeeded;
  if (prepared) {
    Search search(co_await boost::asio::this_coro::executor, *prepared, listener);
    search.claim = &claim;
    const auto report = co_await this->search(search);
    if (!report) co_return fail(report.error());
    claim.run.counts = report->counts;
  } else {
    claim.run.outcome = model::RunOutcome::failed;
    claim.run.message = describe(prepared.error());
  }
  claim.run.stage = model::RunStage::decide;
  const auto end = [this, &claim] {
    return store_.write([&](store::Session& session) { return session.end_run(claim); });
  };
  if (Status ended = co_await net::on_pool(store_pool_, end); !ended) co_return fail(ended.error());
  co_return claim.run;
}

net::Task<Result<DiscoveryReport>> Discoverer::rehearse(std::string name, const DiscoveryListener& listener) {
  const auto read = [this, &name] { return prepare(store_, name); };
  const auto prepared = co_await net::on_pool(store_pool_, read);
  if (!prepared) co_return fail(prepared.error());
  Search search(co_await boost::asio::this_coro::executor, *prepared, listener);
  co_return co_await this->search(search);
}

net::Task<Result<DiscoveryReport>> Discoverer::search(Search& search) {
  search.tell_progress();
  net::Scope scope(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < side_by_side; ++i) scope.spawn(look_at_each(search));
  co_await scope.join();
  if (co_await net::is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (search.failed && !search.found.empty()) co_await take_in(search);
  if (!search.failed) co_return fail(search.failed.error());
  search.tell_progress();
  co_return search.report;
}

net::Task<void> Discoverer::look_at_each(Search& search) {
  while (search.failed) {
    const auto key = search.cursor.next();
    if (!key) co_return;
    std::vector<Observation> seen;
    const bool fixed_out = !key->address.empty() && search.leave_out(key->address, key->port);
    const bool out = fixed_out || search.leave_out(key->host, key->port);
    if (out) ++search.report.counts.excluded;
    if (!out) seen = co_await look(search, *key);
    if (co_await net::is_cancelled()) co_return;
    ++search.done;
    if (!seen.empty()) {
      ++search.report.counts.found;
      const model::Discovery& discovery = search.prepared.discovery;
      const auto& chain = seen.front().chain;
      const EndpointKey place = chain.empty() ? *key : named_by_certificate(*key, chain.front());
      for (Observation& observation : seen) observation.endpoint = place;
      search.found.push_back(
          {Discovered::Kind::added, {{}, place, discovery.owner, discovery.tags}, std::move(seen)});
    }
    const bool late = std::chrono::steady_clock::now() - search.taken_in >= record_every;
    if (search.found.size() >= record_at_once || late) co_await take_in(search);
    search.tell_progress();
  }
}

// The addresses of a target but those that are excluded; [] where it has none.
net::Task<Discoverer::Places> Discoverer::addresses(Search& search, const EndpointKey& key) {
  Places out;
  if (!key.address.empty() || model::is_ip_address(key.host)) {
    out.addresses.push_back(key.address.empty() ? key.host : key.address);
    co_return out;
  }
  const auto resolved = co_await resolver_.resolve(key.host, net::Deadline::after(resolve_within));
  if (!resolved) co_return out;
  for (const std::string& address : *resolved) {
    if (!search.leave_out(address, key.port)) out.addresses.push_back(address);
  }
  out.all_excluded = out.addresses.empty() && !resolved->empty();
  if (out.all_excluded) ++search.report.counts.excluded;
  co_return out;
}

// What speaks TLS at a target. A name's addresses are looked at one by one, so that none is touched which is
// excluded.
net::Task<std::vector<Observation>> Discoverer::look(Search& search, const EndpointKey& key) {
  std::vector<Observation> out;
  const Places places = co_await addresses(search, key);
  for (const std::string& address : places.addresses) {
    if (!co_await search.rate.take(net::Deadline::never())) co_return out;
    EndpointKey at = key;
    at.address = address;
    std::vector<Observation> seen = co_await observe(scanner_, std::move(at), search.job);
    for (Observation& observation : seen) {
      if (observation.status != model::ScanStatus::scanned) continue;
      observation.endpoint = key;
      out.push_back(std::move(observation));
    }
  }
  if (out.empty() && !places.all_excluded && !co_await net::is_cancelled()) ++search.report.counts.silent;
  co_return out;
}

Status Discoverer::take_in_one(Search& search, store::Session& session, Discovered& found) {
  const EndpointKey& key = found.endpoint.key;
  const auto known = session.has_endpoint_at(key);
  if (!known) return fail(known.error());
  found.kind = *known ? Discovered::Kind::known : Discovered::Kind::added;
  if (*known || search.claim == nullptr) return {};
  const auto put = session.put(found.endpoint, model::discovery_set_prefix + search.prepared.discovery.name);
  if (!put) return fail(put.error());
  const Seconds verify_after = search.prepared.settings.scan.verify_after.elapsed();
  for (const Observation& observation : found.observations) {
    if (Status recorded = record_observation(session, observation, verify_after); !recorded) return recorded;
  }
  return {};
}

// What was found since the last time, perhaps nothing, in one transaction with the run's counts: it is
// refused where the run was lost.
net::Task<void> Discoverer::take_in(Search& search) {
  std::vector<Discovered> batch;
  batch.swap(search.found);
  search.taken_in = std::chrono::steady_clock::now();
  model::RunCounts counts = search.report.counts;
  const auto work = [&](store::Session& session) -> Status {
    for (Discovered& found : batch) {
      if (Status taken = take_in_one(search, session, found); !taken) return taken;
    }
    if (search.claim == nullptr) return {};
    store::RunClaim claim = *search.claim;
    claim.run.counts = counts;
    return session.save_run(claim);
  };
  const auto write = [&] { return search.claim == nullptr ? store_.read(work) : store_.write(work); };
  if (Status taken = co_await net::on_pool(store_pool_, write); !taken) {
    search.failed = std::move(taken);
    co_return;
  }
  for (const Discovered& found : batch) {
    ++(found.kind == Discovered::Kind::added ? search.report.counts.added : search.report.counts.known);
    search.listener.on_found(found);
  }
}

}  // namespace certherald::app
