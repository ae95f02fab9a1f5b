#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/delivery_loop.hpp"
#include "app/process_stats.hpp"
#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/observation.hpp"
#include "model/run.hpp"
#include "model/verdict.hpp"

namespace certherald::app {

// What the store knows at the moment of a scrape.
struct MetricsSnapshot {
  struct Connection {
    std::string name;
    std::map<model::DeliveryState, std::int64_t> deliveries;
    std::optional<Instant> oldest_pending;  // creation of the oldest delivery that is not final
    bool circuit_open = false;
  };

  std::map<model::Severity, std::int64_t> findings;  // open ones
  std::int64_t certificates = 0;
  std::int64_t endpoints = 0;
  std::optional<Instant> next_expiry;  // soonest not_after of a certificate that an endpoint serves
  std::vector<Connection> connections;
  std::map<model::TaskKind, Instant> last_success;  // end of the last run that succeeded
  std::map<std::string, Instant> schedules;         // name to the next instant it is due; none: left out
};

// Every metric, as Prometheus reads it. Counters begin at 0 with the process and know what this process did;
// gauges come from the snapshot, so those of what was removed are gone. Names given by users are cut to 100
// characters; what counters know is held for 500 connections, all others count as "other". One thread.
class Metrics final {
 public:
  explicit Metrics(std::string_view version);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  void scanned(model::ScanStatus status, Millis duration);  // one address
  void delivered(const DeliveryEvent& event);
  void run_ended(const model::Run& run);  // one that still runs is not counted
  void store_failed();

  // The text exposition format 0.0.4, each family once with HELP and TYPE.
  [[nodiscard]] std::string text(const MetricsSnapshot& snapshot, const std::optional<ProcessStats>& process,
                                 Instant now) const;

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace certherald::app
