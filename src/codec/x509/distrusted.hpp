#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald::codec::x509 {

// An authority that browsers no longer trust, told by its root or by the name of an issuer.
struct DistrustedAuthority {
  std::string root;              // SHA-256 of the certificate, lower hex; "" where told by name
  std::string issuer;            // whole common name; "" where told by root
  std::optional<Instant> after;  // what becomes valid later is not trusted; without it nothing is
  std::string why;               // one line

  friend bool operator==(const DistrustedAuthority&, const DistrustedAuthority&) = default;
};

// A text of lines `root | <64 hex> | always or YYYY-MM-DD | why` and `issuer | <common name> | ... | why`,
// comments after #. A date ends with its day in UTC. Any other line is `invalid_input` with its number.
[[nodiscard]] Result<std::vector<DistrustedAuthority>> parse_distrusted(std::string_view text);

}  // namespace certherald::codec::x509
