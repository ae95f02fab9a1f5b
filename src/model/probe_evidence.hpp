#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace certherald::model {

// The names under which the evidence of an affected verdict says how it was proved on the wire. But for
// `address` each holds a line for each version that counts, the version first: "TLS 1.0 3ms". A check with a
// probe of its own has lines without a version instead: one for the hello, one for each step after it.
//   address     that was connected to
//   attempt     which try of how many, "1/2"
//   outcome     what the server answered
//   received    its first bytes in hex, at most 64
//   round_trip  from the hello to these
//   sent        the hello in hex, or its SHA-256 and length where it is long
// They differ from scan to scan: no ticket and no note shows them.
inline constexpr auto probe_evidence =
    std::to_array<std::string_view>({"address", "attempt", "outcome", "received", "round_trip", "sent"});

[[nodiscard]] constexpr bool is_probe_evidence(std::string_view name) {
  return std::ranges::find(probe_evidence, name) != probe_evidence.end();
}

}  // namespace certherald::model
