#pragma once

#include <cstddef>

#include "base/bytes.hpp"

namespace certherald::codec::x509 {

// What a bare RSA modulus gives away of how its primes were made. `modulus` is big-endian and unsigned, as in
// KeyDetails::modulus; an empty or an even one, or one of more than max_modulus_size bytes, is answered with
// false.

inline constexpr std::size_t max_modulus_size = 2048;  // what is longer costs a scanner more than it tells

// Are the primes so close that Fermat's method finds them within `steps` (CVE-2022-26320)? Costs about a
// square root of the modulus for the first step and next to nothing for each further one.
[[nodiscard]] bool has_close_primes(ByteView modulus, int steps = 100);

// Does the modulus look as Infineon's RSALib made it (ROCA, CVE-2017-15361)? Its primes are k*M + 65537^a mod
// M for a product M of the first primes, so that modulo each of those primes the modulus is a power of 65537.
// A key made otherwise passes for one of these in less than one of ten million cases.
[[nodiscard]] bool has_roca_fingerprint(ByteView modulus);

}  // namespace certherald::codec::x509
