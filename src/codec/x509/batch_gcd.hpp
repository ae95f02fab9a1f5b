#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <vector>

#include "base/bytes.hpp"

namespace certherald::codec::x509 {

struct GcdLimits {
  std::size_t block_bytes = std::size_t{8} * 1024 * 1024;  // of moduli whose tree is held at a time
  std::stop_token stop = {};                               // asked for, the search ends and tells nothing
};

// Which of these numbers have a factor in common with another of them, so that it is known: RSA moduli that
// share a prime give both keys away. Indices, ascending. `moduli` are big-endian, odd and each there only
// once; they outlive the call. Empty, even and longer than max_modulus_size ones are passed over. A factor is
// less than the whole: a number that somebody multiplied by another is not told, the product is.
//
// Bernstein's batch GCD: the product of all, and its remainders by each. Trees are built of one block of
// moduli at a time, and what stands beside them is one product for each block: memory is the moduli's size
// and 30 times that of one block. Time grows with the moduli, and with the square of the number of blocks.
// Numbers of which each factor is another's are compared with all that are told, one by one. A stop waits for
// one multiplication at most. See doc/performance.md.
[[nodiscard]] std::vector<std::size_t> sharing_a_factor(std::span<const ByteView> moduli,
                                                        const GcdLimits& limits = {});

}  // namespace certherald::codec::x509
