#pragma once

#include <string>
#include <vector>

#include "policy/assess.hpp"

namespace certherald::policy {

// A fault that the inventory shows of one certificate in use, now.
struct FleetCandidate {
  std::string check;
  std::string sha256;
  std::string reason;
  model::Evidence evidence;
  std::vector<ExpiryPlace> places;  // current deployments; empty for one that is only imported
};

// What the inventory says of the findings of the fleet checks. `known` are all of these that are not
// resolved, and those of the candidates of any status; others in it are passed over. A candidate opens its
// finding, adds places or brings it back as a new episode. A finding that is no candidate any more is good at
// each of its places, and resolved once it was seen so again verify_after later; without places at once.
[[nodiscard]] std::vector<FindingChange> assess_fleet(const std::vector<FleetCandidate>& candidates,
                                                      const std::vector<model::Finding>& known,
                                                      const AssessRules& rules, Instant now);

}  // namespace certherald::policy
