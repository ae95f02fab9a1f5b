#include "app/metrics_gauges.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

#include "base/text.hpp"

namespace certherald::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr std::size_t longest_label = 100;

constexpr std::array severities = {model::Severity::info, model::Severity::low, model::Severity::medium,
                                   model::Severity::high, model::Severity::critical};
constexpr std::array states = {model::DeliveryState::pending, model::DeliveryState::sending,
                               model::DeliveryState::unknown, model::DeliveryState::done,
                               model::DeliveryState::parked,  model::DeliveryState::dropped};

// One family while it is filled.
class Builder {
 public:
  Builder(std::string name, std::string help, MetricType type = MetricType::Gauge) {
    family_.name = std::move(name);
    family_.help = std::move(help);
    family_.type = type;
  }

  // A second value under the same labels would make the whole answer invalid: the first one stands.
  Builder& add(Labels labels, double value) {
    if (!seen_.insert(labels).second) return *this;
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = metric.counter.value = value;
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  Builder& add(double value) { return add({}, value); }

  void into(std::vector<MetricFamily>& families) {
    if (!family_.metric.empty()) families.push_back(std::move(family_));
  }

 private:
  MetricFamily family_;
  std::set<Labels> seen_;
};

double number(auto value) { return static_cast<double>(value); }
double unix_time(Instant instant) { return number(instant.time_since_epoch().count()); }

template <class Key>
double count_of(const std::map<Key, std::int64_t>& counts, Key key) {
  const auto at = counts.find(key);
  return at == counts.end() ? 0 : number(at->second);
}

void add_inventory(std::vector<MetricFamily>& families, const MetricsSnapshot& snapshot) {
  Builder findings("certherald_findings", "Open findings, by severity.");
  for (const auto severity : severities) {
    findings.add({{"severity", std::string(to_string(severity))}}, count_of(snapshot.findings, severity));
  }
  findings.into(families);
  Builder("certherald_certificates", "Certificates in the inventory.")
      .add(number(snapshot.certificates))
      .into(families);
  Builder("certherald_endpoints", "Endpoints in the inventory.")
      .add(number(snapshot.endpoints))
      .into(families);
  Builder expiry("certherald_certificate_next_expiry_timestamp_seconds",
                 "When the first of the certificates in use expires.");
  if (snapshot.next_expiry) expiry.add(unix_time(*snapshot.next_expiry));
  expiry.into(families);
}

void add_deliveries(std::vector<MetricFamily>& families, const MetricsSnapshot& snapshot, Instant now) {
  Builder deliveries("certherald_deliveries", "Deliveries in the outbox, by state.");
  Builder age("certherald_delivery_oldest_pending_age_seconds",
              "Age of the oldest delivery that is not finished; 0 where there is none.");
  Builder circuit("certherald_connection_circuit_open",
                  "1 where a connection failed so often that deliveries wait.");
  for (const auto& connection : snapshot.connections) {
    const std::string name = label_text(connection.name);
    for (const auto state : states) {
      deliveries.add({{"connection", name}, {"state", std::string(to_string(state))}},
                     count_of(connection.deliveries, state));
    }
    const Seconds oldest = now - connection.oldest_pending.value_or(now);
    age.add({{"connection", name}}, number(std::max(Seconds(0), oldest).count()));
    circuit.add({{"connection", name}}, connection.circuit_open ? 1 : 0);
  }
  deliveries.into(families);
  age.into(families);
  circuit.into(families);
}

void add_tasks(std::vector<MetricFamily>& families, const MetricsSnapshot& snapshot) {
  Builder success("certherald_run_last_success_timestamp_seconds",
                  "When the last run that succeeded ended, by task.");
  for (const auto& [task, at] : snapshot.last_success) {
    success.add({{"task", std::string(to_string(task))}}, unix_time(at));
  }
  success.into(families);
  Builder next("certherald_schedule_next_timestamp_seconds", "When a schedule is due next.");
  for (const auto& [name, at] : snapshot.schedules) next.add({{"schedule", label_text(name)}}, unix_time(at));
  next.into(families);
}

}  // namespace

std::string label_text(std::string_view name) { return truncate(single_line(name), longest_label); }

void add_gauges(std::vector<MetricFamily>& families, const MetricsSnapshot& snapshot, Instant now) {
  add_inventory(families, snapshot);
  add_deliveries(families, snapshot, now);
  add_tasks(families, snapshot);
}

void add_process(std::vector<MetricFamily>& families, const ProcessStats& stats) {
  Builder("process_cpu_seconds_total", "User and system CPU time spent.", MetricType::Counter)
      .add(stats.cpu_seconds)
      .into(families);
  Builder("process_resident_memory_bytes", "Resident memory.")
      .add(number(stats.resident_bytes))
      .into(families);
  Builder("process_virtual_memory_bytes", "Virtual memory.").add(number(stats.virtual_bytes)).into(families);
  Builder("process_threads", "Threads.").add(number(stats.threads)).into(families);
  Builder("process_start_time_seconds", "When the process started, in Unix time.")
      .add(stats.start_time_seconds)
      .into(families);
  Builder("process_open_fds", "Open file descriptors.").add(number(stats.open_fds)).into(families);
  Builder("process_max_fds", "Most file descriptors that may be open.")
      .add(number(stats.max_fds))
      .into(families);
}

}  // namespace certherald::app
