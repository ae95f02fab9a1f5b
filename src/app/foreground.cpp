#include "app/foreground.hpp"

#include "app/scan_worker.hpp"
#include "app/stored_secrets.hpp"
#include "app/worker.hpp"
#include "net/blocking.hpp"
#include "net/resolver.hpp"
#include "net/scope.hpp"
#include "net/wakeup.hpp"
#include "scan/scanner.hpp"

namespace certherald::app {
namespace {

constexpr Millis ask_again{1'000};

// What the tasks of one call share.
struct Work {
  store::Store& store;
  boost::asio::thread_pool& store_pool;
  const Clock& clock;
  const ForegroundOptions& options;
  std::string worker;
  net::Wakeup scanned;
  net::Wakeup put_up;
  Result<model::Run> run = fail(ErrorKind::internal, "the run did not end");
  Status scan_failed;
};

scan::ScanLimits limits_of(const Settings& settings) {
  return {.connections = static_cast<std::size_t>(settings.scan.connections)};
}

net::Task<Result<store::RunClaim>> begin(Work& work) {
  model::Run run = work.options.run;
  const auto open = [&work, &run] {
    if (Status freed = free_leases_of_the_dead(work.store); !freed)
      return Result<store::RunClaim>(std::unexpected(freed.error()));
    run.planned_at = work.clock.now();
    return work.store.write(
        [&](store::Session& session) { return open_run(session, run, work.worker, work.clock.now()); });
  };
  bool told = false;
  for (;;) {
    auto begun = co_await net::on_pool(work.store_pool, open);
    if (begun || begun.error().kind != ErrorKind::conflict || work.options.until.expired()) co_return begun;
    if (!told) work.options.on_message("waiting: " + begun.error().message);
    told = true;
    if (!co_await net::pause(ask_again)) co_return fail(ErrorKind::cancelled, "cancelled");
  }
}

net::Task<void> scan_while_there_is_something(Work& work, ScanWorker& scan_worker, model::RunId run,
                                              net::Scope& scope) {
  do {
    work.scan_failed = co_await scan_worker.work_off(run);
    if (!work.scan_failed) {
      scope.cancel();
      co_return;
    }
  } while (co_await work.put_up.wait(ask_again));
}

net::Task<void> carry(Work& work, store::RunClaim claim, net::Scope& scope) {
  Pipeline pipeline(work.store, work.store_pool, work.scanned, work.put_up, work.clock);
  work.run = co_await pipeline.carry(std::move(claim), work.options.on_progress);
  scope.cancel();
}

// A run that failed is recorded as such, where the store still takes it.
net::Task<void> record_failure(Work& work, store::RunClaim claim, const Error& error) {
  claim.run.outcome = model::RunOutcome::failed;
  claim.run.message = describe(error);
  const auto end = [&work, &claim] {
    return work.store.write([&](store::Session& session) { return session.end_run(claim); });
  };
  const Status ended = co_await net::on_pool(work.store_pool, end);
  if (!ended) work.options.on_message("the run is not recorded as failed: " + describe(ended.error()));
}

net::Task<Result<model::Run>> scan_and_decide(Work& work, const Settings& settings, Random& random) {
  const auto claim = co_await begin(work);
  if (!claim) co_return fail(claim.error());
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  net::CaresResolver resolver;
  scan::Scanner scanner(executor, resolver, work.clock, random, limits_of(settings));
  ScanWorkerOptions scan_options;
  scan_options.worker = work.worker;
  ScanWorker scan_worker(work.store, work.store_pool, scanner, work.scanned, std::move(scan_options));
  net::Scope scope(executor);
  scope.spawn(keep_leases(work.store, work.store_pool, work.worker,
                          [&work](const Error& error) { work.options.on_message(describe(error)); }));
  scope.spawn(scan_while_there_is_something(work, scan_worker, claim->run.id, scope));
  scope.spawn(carry(work, *claim, scope));
  co_await scope.join();
  if (!work.scan_failed) work.run = fail(work.scan_failed.error());
  if (!work.run) co_await record_failure(work, *claim, work.run.error());
  co_return work.run;
}

}  // namespace

net::Task<ForegroundResult> run_in_foreground(store::Store& store, boost::asio::thread_pool& store_pool,
                                              const Settings& settings, const Clock& clock, Random& random,
                                              ForegroundOptions options) {
  ForegroundResult result;
  Work work{store, store_pool, clock, options, make_worker_name(random), {}, {}};
  result.run = co_await scan_and_decide(work, settings, random);
  if (!result.run) co_return result;
  auto connections = enabled_connections(store);
  if (!connections) {
    result.delivered = fail(connections.error());
    co_return result;
  }
  net::CurlHttpClient http(co_await boost::asio::this_coro::executor);
  const SealedSecrets stored(store, store_pool, options.key_file);
  const connector::SystemSecrets secrets(stored);
  DeliveryLoopOptions loop_options;
  loop_options.worker = work.worker;
  loop_options.on_event = options.on_delivery;
  DeliveryLoop loop(store.outbox(), std::move(*connections), http, secrets, store_pool, clock, random,
                    std::move(loop_options));
  result.delivered = co_await loop.drain(options.until);
  co_return result;
}

net::Task<Result<model::Run>> discover_in_foreground(store::Store& store,
                                                     boost::asio::thread_pool& store_pool,
                                                     const Settings& settings, const Clock& clock,
                                                     Random& random, const ForegroundOptions& options,
                                                     const DiscoveryListener& listener) {
  Work work{store, store_pool, clock, options, make_worker_name(random), {}, {}};
  const auto claim = co_await begin(work);
  if (!claim) co_return fail(claim.error());
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  net::CaresResolver resolver;
  scan::Scanner scanner(executor, resolver, clock, random, limits_of(settings));
  Discoverer discoverer(store, store_pool, scanner, resolver);
  net::Scope scope(executor);
  scope.spawn(keep_leases(store, store_pool, work.worker,
                          [&work](const Error& error) { work.options.on_message(describe(error)); }));
  work.run = co_await discoverer.carry(*claim, listener);
  scope.cancel();
  co_await scope.join();
  if (!work.run) co_await record_failure(work, *claim, work.run.error());
  co_return work.run;
}

net::Task<Result<DiscoveryReport>> rehearse_discovery(store::Store& store,
                                                      boost::asio::thread_pool& store_pool,
                                                      const Settings& settings, const Clock& clock,
                                                      Random& random, std::string name,
                                                      const DiscoveryListener& listener) {
  net::CaresResolver resolver;
  scan::Scanner scanner(co_await boost::asio::this_coro::executor, resolver, clock, random,
                        limits_of(settings));
  Discoverer discoverer(store, store_pool, scanner, resolver);
  co_return co_await discoverer.rehearse(std::move(name), listener);
}

Result<std::vector<model::Connection>> enabled_connections(store::Store& store) {
  return store.read([](store::Session& session) -> Result<std::vector<model::Connection>> {
    const auto rows = session.connections();
    if (!rows) return fail(rows.error());
    std::vector<model::Connection> connections;
    for (const store::ConnectionRow& row : *rows) {
      if (row.connection.enabled) connections.push_back(row.connection);
    }
    return connections;
  });
}

}  // namespace certherald::app
