#pragma once

#include <cstdint>

#include "app/exclusions.hpp"
#include "base/result.hpp"
#include "model/certificate.hpp"
#include "model/discovery.hpp"
#include "model/endpoint.hpp"
#include "scan/target.hpp"

namespace certherald::app {

inline constexpr std::uint64_t max_discovery_targets = 4'000'000;

// What a discovery looks at, not written out.
struct DiscoveryPlan {
  scan::TargetList targets;
  Exclusions exclusions;
};

// Reads the files that its targets name, as they are now. `invalid_input`, `too_large`, or what the file
// system says of a list; blocks.
[[nodiscard]] Result<DiscoveryPlan> make_plan(const model::Discovery& discovery);

// What an address is called where something was found: it asks for the first name of the certificate that is
// no wildcard, so that scans judge it and tickets call it by what it serves. Where the certificate names the
// address itself, or nothing that can be asked for, it stays as it is; names and what has an SNI do too.
[[nodiscard]] model::EndpointKey named_by_certificate(const model::EndpointKey& place,
                                                      const model::Certificate& leaf);

}  // namespace certherald::app
