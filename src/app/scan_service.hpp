#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"
#include "net/awaitable.hpp"
#include "scan/checks/checks.hpp"
#include "scan/revocation.hpp"
#include "scan/scanner.hpp"

namespace certherald::app {

// What every endpoint of one job is asked.
struct ScanJob {
  scan::ScanOptions options;
  std::vector<std::string> checks;               // [] is all of the tier
  scan::RevocationSource* revocation = nullptr;  // outlives the job; without one only staples are read
  scan::CheckContext context;  // `trust` outlives the job; `now` is taken anew for each observation
};

// Where the endpoints come from, one at a time; nothing at the end.
using EndpointSource = std::function<std::optional<model::EndpointKey>()>;

// Called with all observations of an endpoint once it is done; never two at once.
using EndpointDone = std::function<void(const std::vector<model::Observation>&)>;

// One endpoint, scanned and judged: one observation for each address.
[[nodiscard]] net::Task<std::vector<model::Observation>> observe(scan::Scanner& scanner,
                                                                 model::EndpointKey endpoint,
                                                                 const ScanJob& job);

// Every endpoint, as many side by side as the limits allow, so that few are in memory however many there are.
// Where the caller is cancelled it ends early, and what was under way is not told. `next`, `job` and `done`
// outlive the call.
[[nodiscard]] net::Task<void> observe_all(scan::Scanner& scanner, const EndpointSource& next,
                                          const ScanJob& job, const EndpointDone& done);

}  // namespace certherald::app
