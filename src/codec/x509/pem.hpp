#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace certherald::codec::x509 {

// One block of PEM (RFC 7468), its label without BEGIN and END.
struct PemBlock {
  std::string_view label;
  std::string_view body;  // between the two lines, not decoded
  std::size_t line = 0;   // of BEGIN, from 1
};

// All blocks in order; whatever stands between them is passed over. A block that never ends is an error
// (`invalid_input`) that names its line.
[[nodiscard]] Result<std::vector<PemBlock>> pem_blocks(std::string_view text);

// The bytes of a block. An error where it is no base64.
[[nodiscard]] Result<Bytes> decode_pem(const PemBlock& block);

}  // namespace certherald::codec::x509
