#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace certherald::codec::tls {

// What the key schedule of a connection below TLS 1.3 hashes with: MD5 and SHA-1 together up to TLS 1.1
// (RFC 4346 section 5), in TLS 1.2 what the suite says (RFC 5246 section 5).
enum class PrfHash : std::uint8_t { md5_sha1, sha256, sha384 };

[[nodiscard]] Bytes prf(PrfHash kind, ByteView secret, std::string_view label, ByteView seed,
                        std::size_t size);

// Of the messages so far, as Finished and the extended master secret take it (RFC 5246 section 7.4.9,
// RFC 7627 section 3).
[[nodiscard]] Bytes transcript_hash(PrfHash kind, ByteView messages);

}  // namespace certherald::codec::tls
