#include "cli/live_scan.hpp"

#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "app/scan_service.hpp"
#include "net/deadline.hpp"
#include "net/resolver.hpp"
#include "net/scope.hpp"

namespace certherald::cli {
namespace {

app::ScanJob job_of(const ScanRequest& request) {
  app::ScanJob job;
  job.options.tier = request.tier;
  if (request.host_rate) job.options.host_rate = *request.host_rate;
  if (request.timeout) {
    job.options.connect_timeout = Millis(*request.timeout);
    job.options.step_timeout = Millis(*request.timeout);
  }
  job.checks = request.checks;
  job.context.within = request.within;
  job.context.trust = request.trust;
  job.context.lists = request.lists;
  return job;
}

net::Task<void> tick(ScanWatcher& watcher) {
  constexpr Millis between{200};
  while (co_await net::pause(between)) watcher.tick();
}

// The scan, with a clock beside it, until it ends or a signal stops it. All outlive the call.
net::Task<ScanEnd> scan_until_stopped(scan::Scanner& scanner, const app::EndpointSource& next,
                                      const app::ScanJob& job, const app::EndpointDone& done,
                                      ScanWatcher& watcher) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  ScanEnd end = ScanEnd::complete;
  boost::asio::signal_set signals(executor, SIGINT, SIGTERM);
  net::Scope work(executor);
  net::Scope beside(executor);
  signals.async_wait([&](const boost::system::error_code& error, int /*number*/) {
    if (error) return;
    end = ScanEnd::cancelled;
    signals.clear();  // the next one ends the program
    work.cancel();
  });
  work.spawn(app::observe_all(scanner, next, job, done));
  beside.spawn(tick(watcher));
  co_await work.join();
  signals.cancel();
  beside.cancel();
  co_await beside.join();
  co_return end;
}

}  // namespace

Result<ScanEnd> LiveScan::scan(const ScanRequest& request, ScanWatcher& watcher) {
  app::ScanJob job = job_of(request);
  scan::TargetCursor cursor(request.targets);
  const app::EndpointSource next = [&cursor] { return cursor.next(); };
  const app::EndpointDone done = [&watcher](const std::vector<model::Observation>& observations) {
    watcher.target_done(observations);
  };
  boost::asio::io_context context(1);
  net::CaresResolver resolver;
  scan::Scanner scanner(context.get_executor(), resolver, clock_, random_, {});
  const auto fetcher = scanner.make_fetcher(request.fetch);
  if (!fetcher) return fail(fetcher.error());
  if (request.revocation) job.revocation = fetcher->get();
  std::exception_ptr failure;
  ScanEnd end = ScanEnd::complete;
  boost::asio::co_spawn(context, scan_until_stopped(scanner, next, job, done, watcher),
                        [&](std::exception_ptr left, ScanEnd how) {
                          failure = std::move(left);
                          end = how;
                        });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return end;
}

}  // namespace certherald::cli
