#pragma once

#include <string>

#include "base/bytes.hpp"

namespace certherald::codec {

// SHA-256 (FIPS 180-4), 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(ByteView data);

}  // namespace certherald::codec
