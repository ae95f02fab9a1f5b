#include "app/record.hpp"

#include "inventory/reconcile.hpp"
#include "policy/assess.hpp"

namespace certherald::app {

Status record_observation(store::Session& session, const model::Observation& observation,
                          Seconds verify_after) {
  const auto known = session.known_address(observation.endpoint, observation.address);
  if (!known) return fail(known.error());
  const Status applied = session.apply(observation, inventory::reconcile(*known, observation));
  if (!applied) return applied;
  // A name that did not resolve is no place of a finding.
  if (observation.address.empty()) return {};
  const auto touched =
      session.findings_touched(observation.endpoint, observation.address, policy::subjects_of(observation));
  if (!touched) return fail(touched.error());
  for (const policy::FindingChange& change : policy::assess(*touched, observation, {verify_after})) {
    const auto saved = session.save(change.after);
    if (!saved) return fail(saved.error());
  }
  return {};
}

}  // namespace certherald::app
