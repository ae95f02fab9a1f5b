#pragma once

#include "cli/scan_command.hpp"

namespace certherald::cli {

// The network behind `certherald scan`: an I/O context, a resolver and a scanner for the time of one call.
// The first SIGINT or SIGTERM ends the scan early, the second the program at once.
class LiveScan final : public ScanPort {
 public:
  // Both outlive it.
  LiveScan(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  [[nodiscard]] Result<ScanEnd> scan(const ScanRequest& request, ScanWatcher& watcher) override;

 private:
  const Clock& clock_;
  Random& random_;
};

}  // namespace certherald::cli
