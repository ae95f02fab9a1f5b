#pragma once

#include "model/observation.hpp"

namespace certherald::scan {

// What two probes of one address (the same endpoint and address, the second right after the first) say
// together: the first observation, with every `affected` of its checks weighed against the second. Pure.
//
//   second says affected        affected; evidence "seen" holds both times
//   second says not_affected    inconclusive: the two differ (a load balancer, a change under way); evidence
//                               "differs" holds both times
//   second could not tell       inconclusive: seen once, could not be confirmed
//
// For checks of the certificate, another leaf in the second probe differs too. Other verdicts stay the
// first's.
[[nodiscard]] model::Observation confirm(const model::Observation& first, const model::Observation& second);

// What one more look at the same address adds to `first`, so that nothing is taken for mended or gone because
// a connection met another node, or a server that was busy. Pure.
//
//   first says not_affected or not_applicable, the other affected   inconclusive: the two differ
//   a certificate that only the other look was shown                among first's `other_chains`
//
// Nothing where the other look did not reach the server.
[[nodiscard]] model::Observation look_again(model::Observation first, const model::Observation& again);

}  // namespace certherald::scan
