#include "scan/scanner.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "net/limiter.hpp"
#include "net/scope.hpp"
#include "net/stream.hpp"
#include "scan/address_scan.hpp"
#include "scan/conversation.hpp"
#include "scan/hello_probe.hpp"
#include "scan/starttls/protocols.hpp"

namespace certherald::scan {

namespace {

using SteadyClock = net::Deadline::clock;

// The limits of one address. Kept while somebody uses it, and a while longer so that its rate holds.
struct Host {
  Host(const net::Executor& executor, const ScanOptions& options)
      : places(executor, options.host_connections), rate(executor, options.host_rate) {}

  net::Limiter places;
  net::RateLimiter rate;
};

class Hosts {
 public:
  explicit Hosts(net::Executor executor) : executor_(std::move(executor)) {}

  std::shared_ptr<Host> at(const std::string& address, const ScanOptions& options) {
    constexpr std::size_t many = 4096;
    if (hosts_.size() >= many) {
      std::erase_if(hosts_, [](const auto& entry) { return entry.second.use_count() == 1; });
    }
    auto& host = hosts_[{address, options.host_connections, options.host_rate}];
    if (!host) host = std::make_shared<Host>(executor_, options);
    return host;
  }

 private:
  net::Executor executor_;
  std::map<std::tuple<std::string, std::size_t, double>, std::shared_ptr<Host>> hosts_;
};

// What one connection is held by while it lives.
struct Slot {
  net::Permit host;
  net::Permit all;
};

// One address under scan.
struct Job {
  const ScanOptions& options;
  Host& host;
  net::Limiter& all;
  std::string address;
  std::uint16_t port = 0;
  net::Deadline deadline;
  const starttls::Protocol* before_tls = nullptr;  // nullptr where TLS comes first
  std::string domain;                              // for protocols that ask for one; "" for an address
  bool begun = false;
  int connections = 0;
  std::uint64_t bytes_received = 0;
};

std::string connect_failure(const Error& error, const Job& job) {
  switch (error.kind) {
    case ErrorKind::refused:
      return fmt::format("port {} is closed: connection refused", job.port);
    case ErrorKind::timed_out:
      return fmt::format("no connection in {}: the host is down, or a filter drops it",
                         short_span(job.options.connect_timeout));
    case ErrorKind::invalid_input:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
    case ErrorKind::unreachable:
    case ErrorKind::cancelled:
    case ErrorKind::protocol:
    case ErrorKind::too_large:
    case ErrorKind::storage:
    case ErrorKind::internal:
      return describe(error);
  }
  return describe(error);
}

Outcome not_connected(std::string detail) {
  Outcome outcome;
  outcome.kind = OutcomeKind::not_connected;
  outcome.detail = std::move(detail);
  return outcome;
}

Outcome gave_up(std::string detail) {
  Outcome outcome;
  outcome.detail = std::move(detail);
  return outcome;
}

net::Task<Result<Slot>> take_slot(Job& job) {
  Slot slot;
  auto host = co_await job.host.places.acquire(job.deadline);
  if (!host) co_return fail(host.error());
  slot.host = std::move(*host);
  if (Status turn = co_await job.host.rate.take(job.deadline); !turn) co_return fail(turn.error());
  auto all = co_await job.all.acquire(job.deadline);
  if (!all) co_return fail(all.error());
  slot.all = std::move(*all);
  co_return slot;
}

// The dialog before TLS, then the hello and its answer.
net::Task<Outcome> talk(net::TcpStream& stream, const Probe& probe, AddressScan& scan, Job& job) {
  const Times times{job.deadline, job.options.step_timeout};
  std::unique_ptr<starttls::Framing> framing;
  if (job.before_tls != nullptr) {
    const auto dialog = job.before_tls->make(job.domain);
    if (auto failure = co_await negotiate(stream, *dialog, times)) co_return std::move(*failure);
    const auto& end = dialog->ended();
    if (end && end->leftover > 0) scan.note("sent more in the clear after its go-ahead to STARTTLS");
    framing = dialog->framing();
  }
  std::optional<HelloProbe> reader;
  Talk& after = probe.talk ? *probe.talk : reader.emplace(make_reader(probe));
  const Millis round_trip = co_await converse(stream, probe.hello, after, framing.get(), times);
  Outcome outcome = after.take();
  outcome.sent = probe.hello;
  outcome.round_trip = round_trip;
  co_return outcome;
}

net::Task<Outcome> perform(const Probe& probe, AddressScan& scan, Job& job) {
  const auto slot = co_await take_slot(job);
  if (!slot) co_return gave_up(slot.error().message);
  // Time in the row for the first place is not the address's own.
  if (!std::exchange(job.begun, true)) job.deadline = job.deadline.within(job.options.address_timeout);
  const net::Deadline deadline = job.deadline.within(job.options.connect_timeout);
  auto stream = co_await net::TcpStream::connect(job.address, job.port, deadline);
  if (!stream) {
    if (stream.error().kind == ErrorKind::cancelled) co_return gave_up(stream.error().message);
    co_return not_connected(connect_failure(stream.error(), job));
  }
  ++job.connections;
  Outcome outcome = co_await talk(*stream, probe, scan, job);
  job.bytes_received += stream->bytes_in();
  stream->reset();
  co_return outcome;
}

// Why nothing more may be asked.
net::Task<std::optional<std::string>> stop_reason(const Job& job) {
  if (co_await net::is_cancelled()) co_return "cancelled";
  if (!job.deadline.expired()) co_return std::nullopt;
  if (!job.begun) co_return "its turn did not come in time";
  co_return fmt::format("the time for this address was over ({} at most)",
                        short_span(job.options.address_timeout));
}

net::Task<void> run_lane(Lane& lane, AddressScan& scan, Job& job) {
  while (auto probe = lane.next()) {
    if (probe->wait_before > Millis(0)) (void)co_await net::pause(probe->wait_before);
    auto stop = co_await stop_reason(job);
    if (stop) {
      scan.stop(*stop);
      lane.answered(gave_up(std::move(*stop)));
      continue;
    }
    const Outcome outcome = co_await perform(*probe, scan, job);
    lane.answered(outcome);
  }
}

// RFC 6335 registrations of protocols other than HTTP that begin with TLS.
constexpr auto other_ports = std::to_array<std::uint16_t>(
    {465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 2484, 3269, 5061, 5223, 5671, 6514, 6697, 8883});

// Whom a request of HTTP would be for; "" where the endpoint speaks something else.
std::string http_host(const model::EndpointKey& endpoint, const std::string& address) {
  constexpr std::uint16_t https = 443;
  if (!endpoint.starttls.empty() || std::ranges::find(other_ports, endpoint.port) != other_ports.end())
    return "";
  std::string host = model::domain_name(endpoint);
  if (host.empty()) host = address;
  if (host.contains(':')) host = fmt::format("[{}]", host);
  return endpoint.port == https ? host : fmt::format("{}:{}", host, endpoint.port);
}

Scanned unreached(const model::EndpointKey& endpoint, const ScanOptions& options, Instant now,
                  std::string error) {
  Scanned out;
  out.observation.endpoint = endpoint;
  out.observation.at = now;
  out.observation.status = model::ScanStatus::unreachable;
  out.observation.error = std::move(error);
  out.facts = make_facts(options.tier);
  out.facts.chain_missing = out.observation.error;
  return out;
}

}  // namespace

struct Scanner::World {
  World(const net::Executor& on, net::Resolver& names, const Clock& time, Random& bytes,
        const ScanLimits& most)
      : executor(on),
        resolver(names),
        clock(time),
        random(bytes),
        limits(most),
        connections(on, most.connections),
        hosts(on) {}

  net::Executor executor;
  net::Resolver& resolver;
  const Clock& clock;
  Random& random;
  ScanLimits limits;
  net::Limiter connections;
  Hosts hosts;
  CertificateCache certificates;

  net::Task<void> scan_address(const model::EndpointKey& endpoint, const ScanOptions& options,
                               net::Deadline deadline, Scanned& out);
};

net::Task<void> Scanner::World::scan_address(const model::EndpointKey& endpoint, const ScanOptions& options,
                                             net::Deadline deadline, Scanned& out) {
  const auto host = hosts.at(out.observation.address, options);
  AddressScan plan(endpoint.sni, options.tier, random, options.quiet, options.alternates);
  plan.expect_http(http_host(endpoint, out.observation.address));
  Job job{options, *host, connections, out.observation.address, endpoint.port, deadline};
  job.before_tls = starttls::find_protocol(endpoint.starttls);
  job.domain = model::domain_name(endpoint);
  if (model::is_ip_address(job.domain)) job.domain.clear();
  const auto begin = SteadyClock::now();
  out.observation.at = clock.now();
  for (auto lanes = plan.next_round(); !lanes.empty(); lanes = plan.next_round()) {
    if (lanes.size() == 1) {
      co_await run_lane(*lanes.front(), plan, job);
      continue;
    }
    net::Scope scope(executor);
    for (Lane* lane : lanes) scope.spawn(run_lane(*lane, plan, job));
    co_await scope.join();
  }
  plan.fill(out.observation, certificates);
  out.observation.connections = job.connections;
  out.observation.bytes_received = job.bytes_received;
  out.observation.duration = std::chrono::duration_cast<Millis>(SteadyClock::now() - begin);
  out.facts = plan.facts();
}

Scanner::Scanner(const net::Executor& executor, net::Resolver& resolver, const Clock& clock, Random& random,
                 ScanLimits limits)
    : world_(std::make_unique<World>(executor, resolver, clock, random, limits)) {}

Scanner::~Scanner() = default;

CertificateCache& Scanner::certificates() { return world_->certificates; }

Result<std::unique_ptr<RevocationFetcher>> Scanner::make_fetcher(FetchRules rules) {
  return RevocationFetcher::make(world_->executor, world_->resolver, world_->clock, std::move(rules));
}

net::Task<std::vector<Scanned>> Scanner::scan(model::EndpointKey endpoint, ScanOptions options,
                                              net::Deadline deadline) {
  std::vector<Scanned> out;
  const Instant now = world_->clock.now();
  if (!endpoint.starttls.empty()) {
    const auto known = starttls::need_protocol(endpoint.starttls);
    if (!known) {
      out.push_back(unreached(endpoint, options, now, describe(known.error())));
      co_return out;
    }
  }
  std::vector<std::string> addresses;
  if (!endpoint.address.empty()) {
    addresses.push_back(endpoint.address);
  } else {
    auto resolved = co_await world_->resolver.resolve(endpoint.host, deadline);
    if (!resolved) {
      out.push_back(unreached(endpoint, options, now, describe(resolved.error())));
      co_return out;
    }
    addresses = std::move(*resolved);
  }
  if (addresses.size() > world_->limits.addresses) addresses.resize(world_->limits.addresses);
  for (const std::string& address : addresses) {
    out.push_back(unreached(endpoint, options, now, ""));
    out.back().observation.address = address;
  }
  if (out.size() == 1) {
    co_await world_->scan_address(endpoint, options, deadline, out.front());
    co_return out;
  }
  net::Scope scope(world_->executor);
  for (Scanned& one : out) scope.spawn(world_->scan_address(endpoint, options, deadline, one));
  co_await scope.join();
  co_return out;
}

}  // namespace certherald::scan
