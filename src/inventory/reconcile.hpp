#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/observation.hpp"

namespace certherald::inventory {

// What was known of one address of one endpoint.
struct KnownAddress {
  // facts_digest() of the latest observation of each scope, since its status last changed; empty where the
  // address was never seen.
  std::vector<std::string> facts_digests;
  std::optional<std::string> current_leaf;  // fingerprint of the deployment that is current

  friend bool operator==(const KnownAddress&, const KnownAddress&) = default;
};

enum class DeploymentChange : std::uint8_t {
  none,       // nothing is known or was seen: unreachable, or no certificate in the clear
  started,    // a certificate is served where none was
  continued,  // the same one
  replaced,   // another one: the old deployment is no longer current
};

// What one observation changes in the inventory.
struct Changes {
  DeploymentChange deployment = DeploymentChange::none;
  bool facts_changed = false;  // the observation goes into the history, not only in place of the latest

  friend bool operator==(const Changes&, const Changes&) = default;
};

[[nodiscard]] Changes reconcile(const KnownAddress& known, const model::Observation& observation);

// A text that is equal for two observations exactly when a person would say that nothing changed: status,
// versions, ciphers, groups, chain and verdicts, but no times, counts or error wording.
[[nodiscard]] std::string facts_digest(const model::Observation& observation);

// What was asked: the ids of the checks, joined. Observations of different scopes are not compared: that a
// quick scan does not list the ciphers which a full one found is no change.
[[nodiscard]] std::string scan_scope(const model::Observation& observation);

}  // namespace certherald::inventory
