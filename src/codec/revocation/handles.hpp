#pragma once

// Owners of OpenSSL's objects of revocation, and its times. Only for .cpp files of this folder.

#include <openssl/asn1t.h>
#include <openssl/ocsp.h>

#include <optional>

#include "base/clock.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::revocation {

using x509::decode_whole;
using x509::decode_x509;
using x509::Handle;
using x509::QuietErrors;
using x509::X509Handle;

inline void free_points(STACK_OF(DIST_POINT) * points) { sk_DIST_POINT_pop_free(points, DIST_POINT_free); }
inline void free_access(AUTHORITY_INFO_ACCESS* access) { AUTHORITY_INFO_ACCESS_free(access); }

using PointsHandle = Handle<STACK_OF(DIST_POINT), free_points>;
using AccessHandle = Handle<AUTHORITY_INFO_ACCESS, free_access>;

// UTC; nothing for what is no time.
[[nodiscard]] std::optional<Instant> instant_of(const ASN1_TIME* time);

}  // namespace certherald::codec::revocation
