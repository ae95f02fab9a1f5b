#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace certherald::codec::x509 {

// Which of these numbers have a factor in common with another of them: RSA moduli that share a prime give
// both keys away. Indices, ascending. `moduli` are big-endian, each odd and there only once: of two that are
// the same both are told. Empty, even and longer than max_modulus_size ones are passed over.
//
// Bernstein's batch GCD: the product of all, and its remainders by each. Trees are built of `block_size`
// moduli at a time (at least 1), and what stands beside them is one product for each block: memory is twice
// that of the moduli and 30 times that of one block. Time grows with the moduli, and with the square of the
// number of blocks. See doc/performance.md.
[[nodiscard]] std::vector<std::size_t> sharing_a_factor(std::span<const Bytes> moduli,
                                                        std::size_t block_size = 32'768);

}  // namespace certherald::codec::x509
