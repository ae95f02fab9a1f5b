#include "model/policy.hpp"

#include <charconv>

namespace certherald::model {

std::vector<Policy> default_policies() {
  Policy expiry;
  expiry.name = "expiring soon";
  Policy vulnerable;
  vulnerable.name = "vulnerable";
  vulnerable.kind = CheckKind::vulnerability;
  vulnerable.min_severity = Severity::medium;
  vulnerable.every = Duration{1, DurationUnit::week};
  return {expiry, vulnerable};
}

std::string_view to_string(Repeat repeat) {
  switch (repeat) {
    case Repeat::update:
      return "update";
    case Repeat::new_ticket:
      return "new_ticket";
  }
  return "update";
}

std::string to_string(const Within& within) {
  if (const auto* share = std::get_if<ValidityShare>(&within)) return fmt::format("{}%", share->percent);
  return to_string(std::get<Duration>(within));
}

Result<Within> parse_within(std::string_view text) {
  if (text.ends_with('%')) {
    int percent = 0;
    const std::string_view digits = text.substr(0, text.size() - 1);
    const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), percent);
    if (error == std::errc{} && stop == digits.end() && percent >= 1 && percent <= 100)
      return ValidityShare{percent};
    return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a share of the validity", text),
                     "write 1% to 100%");
  }
  const auto duration = parse_duration(text);
  if (!duration) return fail(duration.error());
  return *duration;
}

}  // namespace certherald::model
