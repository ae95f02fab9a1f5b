#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "model/certificate.hpp"

namespace certherald::codec::x509 {

// Reads the certificate that most are - version 3 in strict DER, RSA or a NIST curve named, issued by
// somebody else - and nothing for every other: parse_certificate then reads it by the whole of libcrypto.
// What it gives is what that would have given, for a tenth of the time: libcrypto looks for a decoder of the
// key anew for each certificate.
[[nodiscard]] std::optional<model::Certificate> read_plain(ByteView der);

}  // namespace certherald::codec::x509
