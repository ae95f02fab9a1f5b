#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "codec/x509/trust.hpp"
#include "model/check.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"
#include "model/verdict.hpp"
#include "scan/certificate_cache.hpp"
#include "scan/facts.hpp"
#include "scan/reference_lists.hpp"

namespace certherald::scan {

struct RevocationFacts;

// What a judgement needs beside what was seen.
struct CheckContext {
  Instant now{};
  model::Within within = Duration{30, DurationUnit::day};  // `expiry` is affected this long before the end
  const codec::x509::TrustStore* trust = nullptr;          // without it no chain is judged; outlives the call
  const ReferenceLists* lists = nullptr;        // without them those that are built in; outlive the call
  const RevocationFacts* revocation = nullptr;  // without it nothing is known of it; outlives the call
  CertificateCache* cache = nullptr;            // answers asked before; without it each is worked out anew
};

// Answers the checks that `tier` asks and `wanted` names ([] is all), in the order of all_checks(). Pure.
//
// Each answer has a reason of one sentence and, where affected, evidence. What was not seen is
// `inconclusive`, never `not_affected`: an unreachable server, a missing certificate, an enumeration that
// was cut short. Reasons and evidence may quote hostile text.
[[nodiscard]] std::vector<model::CheckResult> run_checks(const model::Observation& observation,
                                                         const Facts& facts, const CheckContext& context,
                                                         model::Tier tier,
                                                         std::span<const std::string> wanted = {});

// Whether one of the checks that `tier` and `wanted` ask needs CheckContext::revocation.
[[nodiscard]] bool asks_revocation(model::Tier tier, std::span<const std::string> wanted);

// The names of `wanted` that are no check of one address.
[[nodiscard]] std::vector<std::string> unknown_checks(std::span<const std::string> wanted);

}  // namespace certherald::scan
