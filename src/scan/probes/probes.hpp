#pragma once

#include <memory>

#include "scan/lane.hpp"

namespace certherald::scan {

// The lanes of the checks that need connections of their own. Each settles the check of its name once,
// after the versions and suites are known. No lane reads memory of the peer, crashes it or tries keys;
// ticketbleed may be given one byte, which it drops.
[[nodiscard]] std::unique_ptr<Lane> heartbleed_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> ccs_injection_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> fallback_scsv_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> robot_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> post_quantum_lane(ScanState& state);

// These finish a handshake.
[[nodiscard]] std::unique_ptr<Lane> early_data_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> client_renegotiation_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> ticketbleed_lane(ScanState& state);
[[nodiscard]] std::unique_ptr<Lane> http_lane(ScanState& state);  // settles breach and hsts
[[nodiscard]] std::unique_ptr<Lane> cbc_padding_lane(
    ScanState& state);  // poodle_tls, goldendoodle, zombie_poodle

}  // namespace certherald::scan
