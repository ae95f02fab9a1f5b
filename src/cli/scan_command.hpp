#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/context.hpp"
#include "cli/scan_writer.hpp"
#include "codec/x509/trust.hpp"
#include "model/check.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"
#include "scan/reference_lists.hpp"
#include "scan/revocation_fetcher.hpp"
#include "scan/target.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// What `certherald scan` asks for, checked and complete.
struct ScanRequest {
  scan::TargetList targets;  // never empty
  model::Tier tier = model::Tier::full;
  model::Within within = Duration{30, DurationUnit::day};
  const codec::x509::TrustStore* trust = nullptr;  // outlives the scan
  const scan::ReferenceLists* lists = nullptr;     // outlives the scan
  std::vector<std::string> checks;                 // [] is all
  std::optional<int> host_rate;                    // connections a second to one address; 0: no limit
  std::optional<Seconds> timeout;                  // of one connection
  bool revocation = true;                          // CRLs and OCSP responders are asked
  scan::FetchRules fetch;                          // how
};

// What a scan tells on its way, from one thread, never two at once.
class ScanWatcher {
 public:
  virtual ~ScanWatcher() = default;
  // A target is done: one observation for each of its addresses.
  virtual void target_done(const std::vector<model::Observation>& observations) = 0;
  // Some time has passed; called a few times a second.
  virtual void tick() = 0;
};

// Port: scans every address of every target. Returns when all are done, or early where a person or the
// system asks the program to stop (SIGINT, SIGTERM). An error means that nothing could be scanned at all;
// what one address did wrong stands in its observation.
class ScanPort {
 public:
  virtual ~ScanPort() = default;
  [[nodiscard]] virtual Result<ScanEnd> scan(const ScanRequest& request, ScanWatcher& watcher) = 0;
};

// Adds `certherald scan`. Its callback sets context.exit_code; `app`, `context` and `port` outlive it.
void add_scan_command(CLI::App& app, CommandContext& context, ScanPort& port);

}  // namespace certherald::cli
