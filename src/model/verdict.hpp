#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace certherald::model {

enum class Verdict : std::uint8_t { affected, not_affected, inconclusive, not_applicable };
enum class Severity : std::uint8_t { info, low, medium, high, critical };

// Evidence: what was seen, by name; values are short text, or lists of it joined with "\n".
using Evidence = std::map<std::string, std::string>;

// The answer to one check for one address.
struct CheckResult {
  std::string id;  // "expiry", "weak_ciphers", ...: model/check.hpp
  Verdict verdict = Verdict::inconclusive;
  std::string reason;  // one sentence, for every verdict
  Evidence evidence;

  friend bool operator==(const CheckResult&, const CheckResult&) = default;
};

[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Verdict> verdict_from(std::string_view text);
[[nodiscard]] std::optional<Severity> severity_from(std::string_view text);

}  // namespace certherald::model
