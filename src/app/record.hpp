#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/observation.hpp"
#include "store/session.hpp"

namespace certherald::app {

// Inventory and findings of one observation, inside the caller's transaction. One without an address (the
// name did not resolve) is kept and changes no finding. `not_found` where the endpoint was taken out of the
// inventory meanwhile. `verify_after`: how long a finding must have been seen good before it is resolved.
[[nodiscard]] Status record_observation(store::Session& session, const model::Observation& observation,
                                        Seconds verify_after);

}  // namespace certherald::app
