#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"
#include "net/awaitable.hpp"
#include "scan/checks/checks.hpp"
#include "scan/scanner.hpp"

namespace certherald::app {

// What every endpoint of one job is asked.
struct ScanJob {
  scan::ScanOptions options;
  std::vector<std::string> checks;  // [] is all of the tier
  scan::CheckContext context;       // `trust` outlives the job; `now` is taken anew for each observation
};

// Called for each observation once it is done; never two at once.
using ObservationDone = std::function<void(const model::Observation&)>;

// One endpoint, scanned and judged: one observation for each address.
[[nodiscard]] net::Task<std::vector<model::Observation>> observe(scan::Scanner& scanner,
                                                                 model::EndpointKey endpoint,
                                                                 const ScanJob& job);

// Every endpoint, as many side by side as the limits allow; ends early where the caller is cancelled. `job`,
// `endpoints` and `done` outlive the call.
[[nodiscard]] net::Task<void> observe_all(scan::Scanner& scanner,
                                          const std::vector<model::EndpointKey>& endpoints,
                                          const ScanJob& job, const ObservationDone& done);

}  // namespace certherald::app
