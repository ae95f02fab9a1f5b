#pragma once

#include <cstdint>

#include "app/exclusions.hpp"
#include "base/result.hpp"
#include "model/discovery.hpp"
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

}  // namespace certherald::app
