#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace certherald::codec {

// True where the file begins as a JKS or JCEKS keystore does.
[[nodiscard]] bool is_java_keystore(ByteView file);

// The certificates of a Java keystore in the order of its entries, as DER. JKS and JCEKS, which differ in how
// they encrypt keys: versions 1 and 2, as OpenJDK's sun.security.provider.JavaKeyStore writes them.
//
//   u32 magic, u32 version, u32 count; entries: u32 tag, UTF alias, u64 date, then
//     tag 1, a private key:  u32 length, the encrypted key, u32 count, certificates
//     tag 2, a certificate:  one certificate
//     tag 3, a secret key:   a serialized Java object (JCEKS), whose end only Java can tell
//   a certificate: UTF type (version 2 only), u32 length, DER; a UTF has a u16 length in front
//   at the end SHA-1 of the password in UTF-16BE, "Mighty Aphrodite" and all before
//
// Keys are passed over, never decoded. `password` proves that nothing was changed; without it that is not
// looked at. Errors: `invalid_input` (broken, a secret key, a certificate that is not X.509; says where),
// `refused` (wrong password, or changed).
[[nodiscard]] Result<std::vector<Bytes>> java_keystore_certificates(ByteView file,
                                                                    std::optional<std::string_view> password);

}  // namespace certherald::codec
