#include "app/discovery_plan.hpp"

#include <sstream>

namespace certherald::app {

Result<DiscoveryPlan> make_plan(const model::Discovery& discovery) {
  scan::TargetOptions options;
  options.max_targets = max_discovery_targets;
  auto ports = scan::parse_ports(discovery.ports);
  if (!ports) return fail(ports.error());
  options.ports = std::move(*ports);
  auto exclusions = Exclusions::parse(discovery.exclude);
  if (!exclusions) return fail(exclusions.error());
  std::istringstream nothing;
  auto targets = scan::read_targets(discovery.targets, options, nothing);
  if (!targets) return fail(targets.error());
  return DiscoveryPlan{std::move(*targets), std::move(*exclusions)};
}

}  // namespace certherald::app
