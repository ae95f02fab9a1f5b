#pragma once

#include <set>
#include <string>

#include "model/certificate.hpp"

namespace certherald::codec::x509 {

// Debian's package installs Mozilla's roots here, one a file; what else stands in system_roots_file an
// administrator added, and it is no authority of the public.
inline constexpr std::string_view public_roots_folder = "/usr/share/ca-certificates/mozilla";

// SHA-256 fingerprints (lower hex) of the roots in a folder of PEM files; empty where it cannot be read.
[[nodiscard]] std::set<std::string> public_roots(
    const std::string& folder = std::string(public_roots_folder));

}  // namespace certherald::codec::x509
