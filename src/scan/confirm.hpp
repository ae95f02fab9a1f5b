#pragma once

#include "model/observation.hpp"

namespace certherald::scan {

// A second probe of the same address merged into the first, before anybody is told: what both saw affected is
// affected; what the second saw otherwise is inconclusive, with both reasons. Everything else is the first's.
// `expiry` needs no second sight of a date: where the second did not answer, the first stands.
[[nodiscard]] model::Observation confirm(const model::Observation& first, const model::Observation& second);

}  // namespace certherald::scan
