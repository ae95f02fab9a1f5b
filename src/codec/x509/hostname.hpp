#pragma once

#include <string_view>

#include "model/certificate.hpp"

namespace certherald::codec::x509 {

// Does the certificate name this host? `host` is a name (A-label, any case, a final dot is ignored) or an
// IP address in text. RFC 9525 section 6: only subjectAltName counts, never the common name; names
// match label by label without case; "*" stands for exactly one whole leftmost label, above at least
// two more; an address matches an iPAddress only, by value.
[[nodiscard]] bool names_host(const model::Certificate& certificate, std::string_view host);

// One presented dNSName against one name.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view host);

}  // namespace certherald::codec::x509
