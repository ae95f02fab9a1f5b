#pragma once

#include "cli/scan_command.hpp"

namespace certherald::cli {

// The network behind `certherald scan`: an I/O context, a resolver and a scanner for the time of one call.
class LiveScan final : public ScanPort {
 public:
  // Both outlive it.
  LiveScan(const Clock& clock, Random& random) : clock_(clock), random_(random) {}
  [[nodiscard]] Status scan(const ScanRequest& request, const Done& done) override;

 private:
  const Clock& clock_;
  Random& random_;
};

}  // namespace certherald::cli
