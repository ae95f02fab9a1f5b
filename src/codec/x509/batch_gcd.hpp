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
// Bernstein's batch GCD, a product tree and its remainders: time grows little faster than the numbers, and
// memory is about 20 times theirs (6 GB for 1,000,000 of 2,048 bits), since the lower part of the tree
// stands for one block of moduli at a time.
[[nodiscard]] std::vector<std::size_t> sharing_a_factor(std::span<const Bytes> moduli);

}  // namespace certherald::codec::x509
