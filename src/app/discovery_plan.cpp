#include "app/discovery_plan.hpp"

#include <sstream>

#include "codec/x509/hostname.hpp"

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

model::EndpointKey named_by_certificate(const model::EndpointKey& place, const model::Certificate& leaf) {
  if (!place.sni.empty() || !model::is_ip_address(place.host)) return place;
  if (codec::x509::names_host(leaf, place.host)) return place;
  for (const std::string& name : leaf.dns_names) {
    if (name.contains('*') || model::is_ip_address(name)) continue;
    auto key = model::make_endpoint_key(place.host, place.port, name, place.address, place.starttls);
    if (key) return std::move(*key);
  }
  return place;
}

}  // namespace certherald::app
