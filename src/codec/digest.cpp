#include "codec/digest.hpp"

#include <openssl/sha.h>

#include <array>

namespace certherald::codec {

std::string sha256_hex(ByteView data) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(data.data(), data.size(), digest.data());
  return to_hex(digest);
}

}  // namespace certherald::codec
