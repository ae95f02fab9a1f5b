#include "scan/confirm.hpp"

#include <fmt/format.h>

#include "base/time_text.hpp"

namespace certherald::scan {
namespace {

using model::CheckResult;
using model::Observation;
using model::Verdict;

void confirm_one(CheckResult& result, const CheckResult* again, const Observation& first,
                 const Observation& second) {
  if (again != nullptr && again->verdict == Verdict::affected) {
    result.evidence["seen"] = to_iso8601(first.at) + "\n" + to_iso8601(second.at);
    return;
  }
  const bool answered = again != nullptr && again->verdict != Verdict::inconclusive;
  if (!answered && result.id == "expiry") return;
  result.verdict = Verdict::inconclusive;
  result.reason = answered
                      ? fmt::format("differs between two probes: {}; then {}", result.reason, again->reason)
                      : fmt::format("seen once, could not be confirmed: {}", result.reason);
}

}  // namespace

Observation confirm(const Observation& first, const Observation& second) {
  Observation merged = first;
  for (CheckResult& result : merged.checks) {
    if (result.verdict == Verdict::affected)
      confirm_one(result, find_check_result(second, result.id), first, second);
  }
  merged.connections += second.connections;
  merged.bytes_received += second.bytes_received;
  merged.duration += second.duration;
  return merged;
}

}  // namespace certherald::scan
