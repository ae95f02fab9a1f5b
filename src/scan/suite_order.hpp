#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/observation.hpp"

namespace certherald::scan {

// Long lists break some servers: this many suites are offered to one that is not known yet, and the longer
// list once it has stood one.
inline constexpr std::size_t short_list = 64;
inline constexpr std::size_t long_list = 120;

// The suites that nearly every server has one of, all with a certificate: `short_list` of them.
[[nodiscard]] std::span<const std::uint16_t> usual_suites();

// Every suite that may be asked for in this version, the usual ones first. Below TLS 1.2 all of TLS 1.1 and
// older, SSL 3.0 included: some servers do not look which suite is for which version.
[[nodiscard]] std::vector<std::uint16_t> suites_for(model::ProtocolVersion version);

// Groups to offer, the usual ones first; none in SSL 3.0, which has no extensions.
[[nodiscard]] std::vector<std::uint16_t> groups_for(model::ProtocolVersion version);

}  // namespace certherald::scan
