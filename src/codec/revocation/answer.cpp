#include "codec/revocation/answer.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/time_text.hpp"

namespace certherald::codec::revocation {

std::optional<std::string> out_of_time(Instant this_update, std::optional<Instant> next_update, Instant now) {
  constexpr Seconds longest_without_end = std::chrono::days(7);
  if (this_update > now + clock_skew) return "it is dated in the future, " + to_utc_text(this_update);
  const Instant end = next_update.value_or(this_update + longest_without_end);
  if (end + clock_skew >= now) return std::nullopt;
  if (!next_update) return fmt::format("it is of {} and says no end", to_utc_text(this_update));
  return "it was good until " + to_utc_text(end);
}

std::string reason_name(long code) {
  // 7 is not used.
  constexpr auto names = std::to_array<std::string_view>(
      {"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
       "cessationOfOperation", "certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"});
  if (code < 0 || code >= static_cast<long>(names.size()) || code == 7) return fmt::format("reason {}", code);
  return std::string(names[static_cast<std::size_t>(code)]);
}

}  // namespace certherald::codec::revocation
