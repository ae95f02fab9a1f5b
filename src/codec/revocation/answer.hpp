#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace certherald::codec::revocation {

// What one source (a staple, a CRL, a responder) says of one certificate.
//   good     it vouches, signed and in time, that the certificate was not revoked
//   revoked  it says, signed and in time, that it was; a certificate on hold counts
//   unknown  nothing that counts came of it: not reached, not signed by whom it must be, out of time
enum class RevocationState : std::uint8_t { good, revoked, unknown };

struct RevocationAnswer {
  RevocationState state = RevocationState::unknown;
  std::string detail;                    // of unknown: why, one phrase; else "" or what is odd about it
  std::string source;                    // the URL that was asked; "" for a staple
  std::string reason;                    // of revoked: "keyCompromise", ... (RFC 5280 section 5.3.1), or ""
  Instant revoked_at{};                  // of revoked
  Instant this_update{};                 // not of unknown
  std::optional<Instant> next_update{};  // where it says when a newer answer is due

  friend bool operator==(const RevocationAnswer&, const RevocationAnswer&) = default;
};

[[nodiscard]] inline RevocationAnswer cannot_tell(std::string why) {
  RevocationAnswer out;
  out.detail = std::move(why);
  return out;
}

// Clocks differ; what was signed a moment ago or ends now is still taken.
inline constexpr Seconds clock_skew{300};

// Why an answer with these times does not count at `now`; nothing where it does. Without an end it counts
// for a week.
[[nodiscard]] std::optional<std::string> out_of_time(Instant this_update, std::optional<Instant> next_update,
                                                     Instant now);

// "keyCompromise" for 1 and so on; "reason 99" for what RFC 5280 section 5.3.1 does not know.
[[nodiscard]] std::string reason_name(long code);

}  // namespace certherald::codec::revocation
