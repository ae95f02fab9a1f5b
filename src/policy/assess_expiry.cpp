#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/time_text.hpp"
#include "policy/assess.hpp"

namespace certherald::policy {
namespace {

using model::Finding;
using model::FindingPlace;
using model::FindingStatus;

Seconds within_seconds(const model::Policy& policy, Instant not_before, Instant not_after) {
  if (const auto* share = std::get_if<model::ValidityShare>(&policy.within)) {
    const std::int64_t validity = (not_after - not_before).count();
    return Seconds(validity / 100 * share->percent + validity % 100 * share->percent / 100);
  }
  return std::get<Duration>(policy.within).elapsed();
}

bool cares(const model::Policy& policy) { return policy.enabled && policy.kind == model::CheckKind::expiry; }

std::vector<FindingPlace> places_of(const ExpiryCandidate& candidate, const std::string& reason) {
  std::vector<FindingPlace> places;
  for (const ExpiryPlace& seen : candidate.places) {
    FindingPlace place;
    place.endpoint = seen.endpoint;
    place.address = seen.address;
    place.last_affected = seen.last_seen;
    place.reason = reason;
    place.evidence = {{"not_after", to_iso8601(candidate.not_after)}};
    places.push_back(std::move(place));
  }
  return places;
}

// Places that no longer serve the certificate stay as they are; those that do are seen affected.
void merge_places(Finding& finding, std::vector<FindingPlace> places) {
  for (FindingPlace& place : places) {
    const auto known = std::ranges::find_if(finding.places, [&](const FindingPlace& other) {
      return other.endpoint == place.endpoint && other.address == place.address;
    });
    if (known == finding.places.end()) {
      finding.places.push_back(std::move(place));
    } else {
      *known = std::move(place);
    }
  }
  std::ranges::sort(finding.places, [](const FindingPlace& a, const FindingPlace& b) {
    return std::tie(a.endpoint, a.address) < std::tie(b.endpoint, b.address);
  });
}

FindingChange expiry_change(const ExpiryCandidate& candidate, const Finding* known, Instant now) {
  const std::string reason = candidate.not_after <= now
                                 ? fmt::format("expired {}", relative(candidate.not_after, now))
                                 : fmt::format("expires {}", relative(candidate.not_after, now));
  FindingChange change;
  if (known != nullptr) {
    change.after = *known;
    change.event = FindingEvent::seen_again;
    if (known->status == FindingStatus::resolved) {
      change.event = FindingEvent::reopened;
      change.after.status = FindingStatus::open;
      change.after.resolved_at.reset();
      ++change.after.episode;
      change.after.first_seen = now;
      change.after.places.clear();
    } else if (known->status == FindingStatus::accepted && known->accepted_until &&
               *known->accepted_until <= now) {
      change.after.status = FindingStatus::open;
      change.after.accepted_until.reset();
    }
  } else {
    change.after.check = "expiry";
    change.after.subject = {model::SubjectKind::certificate, "cert:" + candidate.sha256};
    change.after.first_seen = now;
  }
  change.after.severity = model::find_check("expiry")->severity;
  change.after.last_seen = now;
  merge_places(change.after, places_of(candidate, reason));
  return change;
}

}  // namespace

Seconds widest_within(const std::vector<model::Policy>& policies, Instant not_before, Instant not_after) {
  Seconds widest{0};
  for (const model::Policy& policy : policies) {
    if (cares(policy)) widest = std::max(widest, within_seconds(policy, not_before, not_after));
  }
  return widest;
}

SearchHorizon search_horizon(const std::vector<model::Policy>& policies) {
  SearchHorizon horizon;
  for (const model::Policy& policy : policies) {
    if (!cares(policy)) continue;
    if (const auto* share = std::get_if<model::ValidityShare>(&policy.within)) {
      horizon.percent = std::max(horizon.percent, share->percent);
    } else {
      horizon.before_end = std::max(horizon.before_end, std::get<Duration>(policy.within).elapsed());
    }
  }
  return horizon;
}

std::vector<FindingChange> assess_expiry(const std::vector<ExpiryCandidate>& candidates,
                                         const std::vector<Finding>& known,
                                         const std::vector<model::Policy>& policies, Instant now) {
  std::vector<FindingChange> changes;
  if (std::ranges::none_of(policies, cares)) return changes;
  std::unordered_map<std::string_view, const Finding*> by_subject;
  for (const Finding& finding : known) by_subject.emplace(finding.subject.text, &finding);
  for (const ExpiryCandidate& candidate : candidates) {
    const Seconds left = candidate.not_after - now;
    if (left > Seconds(0) && left > widest_within(policies, candidate.not_before, candidate.not_after))
      continue;
    const std::string subject = "cert:" + candidate.sha256;
    const auto at = by_subject.find(subject);
    changes.push_back(expiry_change(candidate, at == by_subject.end() ? nullptr : at->second, now));
  }
  return changes;
}

}  // namespace certherald::policy
