#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace certherald::codec::tls {

// Big-endian numbers without leading zeros, as KeyParameters has them.

// The published name of a prime that many servers share ("RFC 2409 Oakley group 2"), "" where none is known.
// Work done once on such a prime breaks every connection that uses it.
[[nodiscard]] std::string_view known_dh_prime(ByteView prime);

// What is wrong with a group, whatever its size: one phrase ("the modulus is no prime"), "" for nothing. A
// prime of known_dh_prime is believed; another is tried by Miller-Rabin up to max_tested_bits, which finds a
// composite made by accident, not one made to pass. Never slow: four exponentiations at most.
[[nodiscard]] std::string_view dh_group_fault(ByteView prime, ByteView generator);
inline constexpr int max_tested_bits = 4096;

// Whether a public value is 0, 1 or prime - 1, which make the secret known (NIST SP 800-56A 5.6.2.3.1).
[[nodiscard]] bool is_trivial_dh_value(ByteView value, ByteView prime);

}  // namespace certherald::codec::tls
