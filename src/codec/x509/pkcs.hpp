#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace certherald::codec::x509 {

// The DER of each certificate inside; nothing where the bytes are no such container at all.
[[nodiscard]] std::optional<std::vector<Bytes>> pkcs7_certificates(ByteView ber);

// Errors as read_keystore. A file that asks for more rounds of key derivation than this is refused:
// anybody can write a number there that keeps us busy for days.
inline constexpr long max_key_derivation_rounds = 2'000'000;
[[nodiscard]] std::optional<Result<std::vector<Bytes>>> pkcs12_certificates(
    ByteView ber, std::optional<std::string_view> passphrase);

}  // namespace certherald::codec::x509
