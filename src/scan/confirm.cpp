#include "scan/confirm.hpp"

#include <fmt/format.h>

#include "base/time_text.hpp"
#include "model/check.hpp"

namespace certherald::scan {
namespace {

using model::CheckResult;
using model::Observation;
using model::Verdict;

CheckResult unsure(CheckResult result, std::string reason) {
  result.verdict = Verdict::inconclusive;
  result.reason = std::move(reason);
  return result;
}

// Of two that say different things: evidence "differs" holds both times.
CheckResult mixed(CheckResult result, std::string_view between, const Observation& first,
                  const Observation& second, std::string_view then) {
  result.evidence["differs"] = fmt::format("{}\n{}", to_iso8601(first.at), to_iso8601(second.at));
  std::string reason = fmt::format("differs between two {}: {}; then {}", between, result.reason, then);
  return unsure(std::move(result), std::move(reason));
}

CheckResult unconfirmed(CheckResult result, std::string_view why) {
  return unsure(std::move(result), fmt::format("seen once, could not be confirmed: {}", why));
}

bool leaf_differs(const Observation& first, const Observation& second) {
  if (first.chain.empty() || second.chain.empty()) return false;
  return first.chain.front().sha256 != second.chain.front().sha256;
}

bool about_certificate(const CheckResult& result) {
  const model::CheckInfo* info = model::find_check(result.id);
  return info != nullptr && info->subject == model::SubjectKind::certificate;
}

CheckResult weigh(CheckResult result, const Observation& first, const Observation& second) {
  if (second.status != model::ScanStatus::scanned) {
    return unconfirmed(std::move(result),
                       fmt::format("the second probe found the server {}{}{}", to_string(second.status),
                                   second.error.empty() ? "" : ": ", second.error));
  }
  const CheckResult* again = model::find_check_result(second, result.id);
  if (again == nullptr) return unconfirmed(std::move(result), "the second probe did not ask");
  switch (again->verdict) {
    case Verdict::not_affected:
      return mixed(std::move(result), "probes", first, second, again->reason);
    case Verdict::inconclusive:
    case Verdict::not_applicable:
      return unconfirmed(std::move(result), again->reason);
    case Verdict::affected:
      break;
  }
  if (about_certificate(result) && leaf_differs(first, second)) {
    return unsure(std::move(result), "differs between two probes: the second was shown another certificate");
  }
  result.evidence["seen"] = fmt::format("{}\n{}", to_iso8601(first.at), to_iso8601(second.at));
  return result;
}

bool is_good(const CheckResult& result) {
  return result.verdict == Verdict::not_affected || result.verdict == Verdict::not_applicable;
}

void add_chain(Observation& to, std::string way, bool for_name,
               const std::vector<model::Certificate>& chain) {
  constexpr std::size_t most = 16;
  if (chain.empty() || to.other_chains.size() >= most || model::presents(to, chain.front().sha256)) return;
  to.other_chains.push_back({std::move(way), for_name, chain});
}

}  // namespace

Observation look_again(Observation first, const Observation& again) {
  if (again.status != model::ScanStatus::scanned) return first;
  for (CheckResult& result : first.checks) {
    const CheckResult* other = is_good(result) ? model::find_check_result(again, result.id) : nullptr;
    if (other == nullptr || other->verdict != Verdict::affected) continue;
    // Another certificate has its own faults.
    if (about_certificate(result) && leaf_differs(first, again)) continue;
    result = mixed(std::move(result), "looks", first, again, other->reason);
  }
  add_chain(first, "in another look", true, again.chain);
  for (const model::OtherChain& other : again.other_chains) {
    add_chain(first, other.way, other.for_name, other.chain);
  }
  first.others_asked |= again.others_asked;
  return first;
}

Observation confirm(const Observation& first, const Observation& second) {
  Observation out = first;
  for (CheckResult& result : out.checks) {
    if (result.verdict == Verdict::affected) result = weigh(std::move(result), first, second);
  }
  return out;
}

}  // namespace certherald::scan
