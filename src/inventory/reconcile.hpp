#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/observation.hpp"

namespace certherald::inventory {

// What was known of one address of one endpoint.
struct KnownAddress {
  std::optional<std::string>
      facts_digest;  // facts_digest() of the latest observation; nothing where never seen
  std::optional<std::string> current_leaf;  // fingerprint of the deployment that is current
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

}  // namespace certherald::inventory
