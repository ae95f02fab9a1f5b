#pragma once

#include "model/observation.hpp"

namespace certherald::scan {

// What two probes of one address (the same endpoint and address, the second right after the first) say
// together: the first observation, with every `affected` of its checks weighed against the second. Pure.
//
//   second says affected        affected; evidence "seen" holds both times
//   second says not_affected    inconclusive: the two differ (a load balancer, a change under way)
//   second could not tell       inconclusive: seen once, could not be confirmed
//
// For checks of the certificate, another leaf in the second probe differs too. Other verdicts stay the
// first's.
[[nodiscard]] model::Observation confirm(const model::Observation& first, const model::Observation& second);

}  // namespace certherald::scan
