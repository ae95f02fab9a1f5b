#include "app/scan_service.hpp"

#include <boost/asio/this_coro.hpp>

#include "net/scope.hpp"

namespace certherald::app {
namespace {

// Endpoints under way at once. Connections are limited by the scanner; this bounds what is kept in memory.
constexpr std::size_t side_by_side = 512;

struct Queue {
  scan::Scanner& scanner;
  const EndpointSource& next;
  const ScanJob& job;
  const EndpointDone& done;
};

net::Task<void> work_off(Queue& queue) {
  while (auto endpoint = queue.next()) {
    const std::vector<model::Observation> seen =
        co_await observe(queue.scanner, std::move(*endpoint), queue.job);
    if (co_await net::is_cancelled()) co_return;
    queue.done(seen);
  }
}

// What the checks need to know of it; nothing where none of them asks.
net::Task<std::optional<scan::RevocationFacts>> look_up(const scan::Scanned& seen, const ScanJob& job) {
  // For all certificates of one chain together. Most of it is waiting for others that ask the same.
  constexpr Millis longest{60'000};
  if (seen.observation.chain.empty() || !scan::asks_revocation(job.options.tier, job.checks)) {
    co_return std::nullopt;
  }
  const net::Deadline deadline = net::Deadline::after(longest);
  co_return co_await scan::look_up_revocation(job.revocation, seen.observation, seen.facts, job.context.trust,
                                              deadline);
}

}  // namespace

net::Task<std::vector<model::Observation>> observe(scan::Scanner& scanner, model::EndpointKey endpoint,
                                                   const ScanJob& job) {
  // A name with many addresses takes them side by side; this is for the name as a whole.
  const net::Deadline deadline = net::Deadline::after(job.options.address_timeout * 3);
  std::vector<scan::Scanned> scanned = co_await scanner.scan(std::move(endpoint), job.options, deadline);
  std::vector<model::Observation> observations;
  observations.reserve(scanned.size());
  for (scan::Scanned& one : scanned) {
    scan::CheckContext context = job.context;
    context.now = one.observation.at;
    context.cache = &scanner.certificates();
    const auto revocation = co_await look_up(one, job);
    context.revocation = revocation ? &*revocation : nullptr;
    one.observation.checks =
        scan::run_checks(one.observation, one.facts, context, job.options.tier, job.checks);
    observations.push_back(std::move(one.observation));
  }
  co_return observations;
}

net::Task<void> observe_all(scan::Scanner& scanner, const EndpointSource& next, const ScanJob& job,
                            const EndpointDone& done) {
  Queue queue{scanner, next, job, done};
  net::Scope scope(co_await boost::asio::this_coro::executor);
  for (std::size_t i = 0; i < side_by_side; ++i) scope.spawn(work_off(queue));
  co_await scope.join();
}

}  // namespace certherald::app
