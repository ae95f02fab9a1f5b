#pragma once

// Only for .cpp files of this module: it speaks of OpenSSL's types.

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {

// The type under which a BMPString that OpenSSL would refuse is handed out; read it as UTF-16.
inline constexpr int odd_utf16_type = V_ASN1_OBJECT_DESCRIPTOR;

struct LenientX509 {
  X509Handle handle;     // nullptr for what is no certificate even then
  bool changed = false;  // good for reading only: the signature of a certificate changed so does not verify
};

// OpenSSL refuses a whole certificate for one ill-formed string in a name (Latin-1 in a UTF8String,
// surrogates in a BMPString). Such ones are served, and what they say must still be told, so here those
// strings get another type first.
[[nodiscard]] LenientX509 decode_leniently(ByteView der);

}  // namespace certherald::codec::x509
