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
  std::vector<std::string> current_leaves;  // fingerprints of the deployments that are current, sorted

  friend bool operator==(const KnownAddress&, const KnownAddress&) = default;
};

// What one observation changes in the inventory. Leaves are fingerprints, sorted; nothing in any of them
// where the observation saw no certificate.
struct Changes {
  std::vector<std::string> started;    // served, and were not
  std::vector<std::string> continued;  // served, as they were
  std::vector<std::string> ended;      // are served no more
  bool facts_changed = false;  // the observation goes into the history, not only in place of the latest

  friend bool operator==(const Changes&, const Changes&) = default;
};

// An address may serve several certificates: for another kind of key, or by another node behind it. What was
// presented without a server name counts where it is made out for the endpoint's. An observation that did not
// ask for others ends a deployment only where it was the single one.
[[nodiscard]] Changes reconcile(const KnownAddress& known, const model::Observation& observation);

// A text that is equal for two observations exactly when a person would say that nothing changed: status,
// versions, ciphers, groups, chain and verdicts, but no times, counts or error wording.
[[nodiscard]] std::string facts_digest(const model::Observation& observation);

// What was asked: the ids of the checks, joined. Observations of different scopes are not compared: that a
// quick scan does not list the ciphers which a full one found is no change.
[[nodiscard]] std::string scan_scope(const model::Observation& observation);

}  // namespace certherald::inventory
