#include "policy/assess_fleet.hpp"

#include <algorithm>
#include <map>

#include "model/check.hpp"
#include "model/fleet.hpp"

namespace certherald::policy {
namespace {

using model::Finding;
using model::FindingPlace;
using model::FindingStatus;

using Key = std::pair<std::string, std::string>;  // check and subject

void put_place(Finding& finding, const ExpiryPlace& seen, const FleetCandidate& candidate) {
  FindingPlace place;
  place.endpoint = seen.endpoint;
  place.address = seen.address;
  place.last_affected = seen.last_seen;
  place.reason = candidate.reason;
  place.evidence = candidate.evidence;
  const auto known = std::ranges::find_if(finding.places, [&](const FindingPlace& other) {
    return other.endpoint == place.endpoint && other.address == place.address;
  });
  if (known != finding.places.end()) *known = std::move(place);
  if (known == finding.places.end()) finding.places.push_back(std::move(place));
}

FindingChange open_or_add(const FleetCandidate& candidate, const Finding* known, Instant now) {
  FindingChange change;
  Finding& after = change.after;
  if (known == nullptr) {
    after.check = candidate.check;
    after.subject = {model::SubjectKind::certificate, "cert:" + candidate.sha256};
    after.first_seen = now;
  } else {
    after = *known;
    change.event = FindingEvent::seen_again;
  }
  if (after.status == FindingStatus::resolved) {
    change.event = FindingEvent::reopened;
    after.status = FindingStatus::open;
    after.resolved_at.reset();
    ++after.episode;
    after.first_seen = now;
    after.places.clear();
  }
  if (after.status == FindingStatus::accepted && after.accepted_until && *after.accepted_until <= now) {
    after.status = FindingStatus::open;
    after.accepted_until.reset();
  }
  after.severity = model::find_check(candidate.check)->severity;
  after.last_seen = now;
  for (const ExpiryPlace& place : candidate.places) put_place(after, place, candidate);
  std::ranges::sort(after.places, [](const FindingPlace& a, const FindingPlace& b) {
    return std::tie(a.endpoint, a.address) < std::tie(b.endpoint, b.address);
  });
  return change;
}

FindingChange see_good(const Finding& known, const AssessRules& rules, Instant now) {
  FindingChange change{FindingEvent::seen_good, known};
  for (FindingPlace& place : change.after.places) {
    place.last_verdict = model::Verdict::not_affected;
    place.reason = "the inventory shows it no more";
    if (!place.good_since) place.good_since = now;
    if (now - *place.good_since >= rules.verify_after) place.verified_good = true;
  }
  const bool good = std::ranges::all_of(change.after.places, &FindingPlace::verified_good);
  if (!good) return change;
  change.event = FindingEvent::resolved;
  change.after.status = FindingStatus::resolved;
  change.after.resolved_at = now;
  return change;
}

}  // namespace

std::vector<FindingChange> assess_fleet(const std::vector<FleetCandidate>& candidates,
                                        const std::vector<Finding>& known, const AssessRules& rules,
                                        Instant now) {
  std::map<Key, const Finding*> left;
  for (const Finding& finding : known) {
    if (model::is_fleet_check(finding.check)) left[{finding.check, finding.subject.text}] = &finding;
  }
  std::vector<FindingChange> changes;
  for (const FleetCandidate& candidate : candidates) {
    const auto at = left.find({candidate.check, "cert:" + candidate.sha256});
    changes.push_back(open_or_add(candidate, at == left.end() ? nullptr : at->second, now));
    if (at != left.end()) left.erase(at);
  }
  for (const auto& [key, finding] : left) {
    if (finding->status != FindingStatus::resolved) changes.push_back(see_good(*finding, rules, now));
  }
  return changes;
}

}  // namespace certherald::policy
