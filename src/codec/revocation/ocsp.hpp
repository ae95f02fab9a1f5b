#pragma once

#include <cstddef>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/revocation/answer.hpp"

namespace certherald::codec::revocation {

inline constexpr std::size_t max_ocsp_size = std::size_t{256} << 10U;  // bytes of a response

// Asks about one certificate of `issuer` (RFC 6960 section 4.1), both DER: a certID by SHA-1, which is what
// every responder knows (RFC 5019 section 2.1.1), no signature, and `nonce` where it is not empty. Refused
// (`invalid_input`) where one of the two is no certificate.
[[nodiscard]] Result<Bytes> ocsp_request(ByteView certificate, ByteView issuer, ByteView nonce = {});

// What a response (RFC 6960 section 4.2) says of `certificate` at `now`; any bytes will do. It counts where
// - its status is successful, and one of its parts is about this certificate and its issuer,
// - `issuer` signed it, or a responder whose certificate `issuer` issued for that (id-kp-OCSPSigning),
// - it is in time.
// `request`, where not empty, is what it answers: a nonce that differs from that one's makes it unknown,
// none does not. Responses larger than max_ocsp_size are unknown.
[[nodiscard]] RevocationAnswer read_ocsp(ByteView response, ByteView certificate, ByteView issuer,
                                         Instant now, ByteView request = {});

}  // namespace certherald::codec::revocation
