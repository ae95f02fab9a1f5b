#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/certificate.hpp"
#include "model/finding.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"

namespace certherald::policy {

enum class FindingEvent : std::uint8_t { opened, seen_again, seen_good, resolved, reopened };

// A finding as it is after an observation. `after.id` is not stored for a new one.
struct FindingChange {
  FindingEvent event = FindingEvent::opened;
  model::Finding after;

  friend bool operator==(const FindingChange&, const FindingChange&) = default;
};

struct AssessRules {
  Seconds verify_after{600};  // a finding seen good is looked at once more after this before it is resolved
  // In place of `verify_after` where the place had been seen good and then affected again, less than this
  // before: a pool behind one address, or somebody who tries.
  Seconds steady_after{3 * 86'400};
};

// The subjects an observation can speak about: its endpoint and its leaf certificate.
[[nodiscard]] std::vector<model::Subject> subjects_of(const model::Observation& observation);

// What an observation does to the findings it touches (Repository::findings_touched). Pure.
// - affected opens a finding, or adds a place, or sees it again; a resolved one comes back as a new episode.
// - not_affected and not_applicable at a place seen affected before is "good"; inconclusive, unreachable and
//   a check that was not asked change nothing. Looks that differ (evidence "differs") are no good: one of
//   them was affected.
// - Findings about a certificate (expiry included): a place is good once its address presents others only,
// and
//   was asked for all that it has.
// - An observation older than what is known of its place changes nothing there.
// - Resolved only when every place was seen good, and good once more verify_after later.
// The check "expiry" of an observation opens nothing here: assess_expiry does, from the inventory.
[[nodiscard]] std::vector<FindingChange> assess(const std::vector<model::Finding>& touched,
                                                const model::Observation& observation,
                                                const AssessRules& rules);

struct ExpiryPlace {
  model::EndpointKey endpoint;
  std::string address;
  Instant last_seen{};
};

// A certificate in use, as the inventory has it.
struct ExpiryCandidate {
  std::string sha256;
  Instant not_before{};
  Instant not_after{};
  std::vector<ExpiryPlace> places;  // current deployments; empty for one that is only imported
};

// How long before its end any enabled expiry policy starts to care, for one validity; zero where none does.
[[nodiscard]] Seconds widest_within(const std::vector<model::Policy>& policies, Instant not_before,
                                    Instant not_after);

// What widest_within can be for any certificate that is not yet expired: how far the inventory is searched.
struct SearchHorizon {
  Seconds before_end{0};  // the longest of a fixed length
  int percent = 0;        // the largest share of the validity

  friend bool operator==(const SearchHorizon&, const SearchHorizon&) = default;
};
[[nodiscard]] SearchHorizon search_horizon(const std::vector<model::Policy>& policies);

// Expiry findings for certificates that are expired or inside the widest `within`. `known` are the findings
// of check "expiry" for these certificates, any status.
[[nodiscard]] std::vector<FindingChange> assess_expiry(const std::vector<ExpiryCandidate>& candidates,
                                                       const std::vector<model::Finding>& known,
                                                       const std::vector<model::Policy>& policies,
                                                       Instant now);

}  // namespace certherald::policy
