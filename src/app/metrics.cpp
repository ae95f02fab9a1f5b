#include "app/metrics.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "app/metrics_gauges.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t most_connections = 500;

constexpr std::array statuses = {model::ScanStatus::scanned, model::ScanStatus::unreachable,
                                 model::ScanStatus::not_tls, model::ScanStatus::blocked};

// Seconds. An address at the inventory tier takes tens of milliseconds, a deep scan of a slow one minutes.
prometheus::Histogram::BucketBoundaries scan_buckets() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}

// Seconds. From a few endpoints to an estate of a hundred thousand.
prometheus::Histogram::BucketBoundaries run_buckets() {
  return {1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14'400, 43'200};
}

std::string outcome_of(DeliveryEvent::Kind kind) {
  using Kind = DeliveryEvent::Kind;
  switch (kind) {
    case Kind::sent:
      return "sent";
    case Kind::adopted:
      return "adopted";
    case Kind::parked:
      return "parked";
    case Kind::delayed:
      return "delayed";
    case Kind::circuit_opened:
    case Kind::store_failed:
    case Kind::held:
    case Kind::released:
      break;
  }
  return {};
}

std::string text_of(auto value) { return std::string(to_string(value)); }

}  // namespace

struct Metrics::Families {
  explicit Families(std::string_view version) {
    build_info.Add({{"version", std::string(version)}}).Set(1);
    for (const auto status : statuses) scans.Add({{"status", text_of(status)}});
  }

  // The name as a label's value, which must not grow without bound while connections come and go.
  std::string connection_label(std::string_view name) {
    std::string label = label_text(name);
    if (connections.size() >= most_connections && !connections.contains(label)) return "other";
    connections.insert(label);
    return label;
  }

  prometheus::Registry registry;
  std::set<std::string> connections;

  prometheus::Family<prometheus::Gauge>& build_info = prometheus::BuildGauge()
                                                          .Name("certherald_build_info")
                                                          .Help("Always 1; the version is a label.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Counter>& scans = prometheus::BuildCounter()
                                                       .Name("certherald_addresses_scanned_total")
                                                       .Help("Addresses looked at, by what came of it.")
                                                       .Register(registry);
  prometheus::Histogram& scan_duration = prometheus::BuildHistogram()
                                             .Name("certherald_scan_duration_seconds")
                                             .Help("Time that the scan of one address took.")
                                             .Register(registry)
                                             .Add({}, scan_buckets());
  prometheus::Family<prometheus::Counter>& attempts =
      prometheus::BuildCounter()
          .Name("certherald_delivery_attempts_total")
          .Help("Attempts to deliver: sent, adopted (the ticket was there already), delayed or parked.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& runs = prometheus::BuildCounter()
                                                      .Name("certherald_runs_total")
                                                      .Help("Runs of tasks that ended, by outcome.")
                                                      .Register(registry);
  prometheus::Family<prometheus::Histogram>& run_duration = prometheus::BuildHistogram()
                                                                .Name("certherald_run_duration_seconds")
                                                                .Help("Time that a run of a task took.")
                                                                .Register(registry);
  prometheus::Counter& store_errors = prometheus::BuildCounter()
                                          .Name("certherald_store_errors_total")
                                          .Help("Operations of the store that failed.")
                                          .Register(registry)
                                          .Add({});
};

Metrics::Metrics(std::string_view version) : families_(std::make_unique<Families>(version)) {}

Metrics::~Metrics() = default;

void Metrics::scanned(model::ScanStatus status, Millis duration) {
  families_->scans.Add({{"status", text_of(status)}}).Increment();
  families_->scan_duration.Observe(std::chrono::duration<double>(duration).count());
}

void Metrics::delivered(const DeliveryEvent& event) {
  if (event.kind == DeliveryEvent::Kind::store_failed) return store_failed();
  std::string outcome = outcome_of(event.kind);
  if (outcome.empty()) return;
  families_->attempts
      .Add({{"connection", families_->connection_label(event.connection)}, {"outcome", std::move(outcome)}})
      .Increment();
}

void Metrics::run_ended(const model::Run& run) {
  if (run.outcome == model::RunOutcome::running || !run.ended_at) return;
  const std::string task = text_of(run.task);
  families_->runs.Add({{"task", task}, {"outcome", text_of(run.outcome)}}).Increment();
  const auto took = std::max(Seconds(0), *run.ended_at - run.started_at);
  families_->run_duration.Add({{"task", task}}, run_buckets()).Observe(static_cast<double>(took.count()));
}

void Metrics::store_failed() { families_->store_errors.Increment(); }

std::string Metrics::text(const MetricsSnapshot& snapshot, const std::optional<ProcessStats>& process,
                          Instant now) const {
  std::vector<prometheus::MetricFamily> all = families_->registry.Collect();
  std::erase_if(all, [](const auto& family) { return family.metric.empty(); });
  add_gauges(all, snapshot, now);
  if (process) add_process(all, *process);
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace certherald::app
