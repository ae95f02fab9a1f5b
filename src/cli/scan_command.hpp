#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/context.hpp"
#include "codec/x509/trust.hpp"
#include "model/check.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// What `certherald scan` asks for, checked and complete.
struct ScanRequest {
  std::vector<model::EndpointKey> targets;  // each once, never empty
  model::Tier tier = model::Tier::full;
  model::Within within = Duration{30, DurationUnit::day};
  const codec::x509::TrustStore* trust = nullptr;  // outlives the scan
  std::vector<std::string> checks;                 // [] is all
  std::optional<int> host_rate;                    // connections a second to one address; 0: no limit
  std::optional<Seconds> timeout;                  // of one connection
};

// Port: scans every address of every target and hands each observation over the moment it is done, from
// one thread, never two at once. Returns when all are done. An error means that nothing could be scanned
// at all; what one address did wrong stands in its observation.
class ScanPort {
 public:
  using Done = std::function<void(const model::Observation&)>;

  virtual ~ScanPort() = default;
  [[nodiscard]] virtual Status scan(const ScanRequest& request, const Done& done) = 0;
};

// Adds `certherald scan`. Its callback sets context.exit_code; `app`, `context` and `port` outlive it.
void add_scan_command(CLI::App& app, CommandContext& context, ScanPort& port);

}  // namespace certherald::cli
