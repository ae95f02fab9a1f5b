#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/duration.hpp"
#include "model/check.hpp"
#include "model/verdict.hpp"

namespace certherald::model {

// What a due notice does while the problem lasts: a note on the one living ticket, or a new ticket.
enum class Repeat : std::uint8_t { update, new_ticket };

struct ValidityShare {
  int percent = 33;  // 1 to 100 of (not_after - not_before)

  friend bool operator==(const ValidityShare&, const ValidityShare&) = default;
};

// How long before its end a certificate is told about.
using Within = std::variant<Duration, ValidityShare>;

// Notification policy: which findings, from when, how often, to which channels.
struct Policy {
  std::string name;  // unique
  CheckKind kind = CheckKind::expiry;
  bool enabled = true;
  Within within = Duration{30, DurationUnit::day};  // expiry only
  Duration every{1, DurationUnit::day};             // how often a notice is due while the problem lasts
  Repeat repeat = Repeat::update;
  Severity min_severity = Severity::info;
  std::vector<std::string> checks;            // [] is all of its kind
  std::vector<std::string> channels = {"*"};  // names; "*" is every enabled connection and channel
  int max_new = 100;                          // new tickets a run at most

  friend bool operator==(const Policy&, const Policy&) = default;
};

// The policies a new store has: "expiring soon" and "vulnerable".
[[nodiscard]] std::vector<Policy> default_policies();

[[nodiscard]] std::string_view to_string(Repeat repeat);
[[nodiscard]] std::string to_string(const Within& within);  // "30d", "33%"
[[nodiscard]] Result<Within> parse_within(std::string_view text);

}  // namespace certherald::model
