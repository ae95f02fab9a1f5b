#include "policy/assess.hpp"

#include <algorithm>

#include "model/check.hpp"

namespace certherald::policy {
namespace {

using model::CheckResult;
using model::Finding;
using model::FindingPlace;
using model::FindingStatus;
using model::Observation;
using model::Subject;
using model::SubjectKind;
using model::Verdict;

bool same_place(const FindingPlace& place, const Observation& observation) {
  return place.endpoint == observation.endpoint && place.address == observation.address;
}

void sort_places(Finding& finding) {
  std::ranges::sort(finding.places, [](const FindingPlace& a, const FindingPlace& b) {
    return std::tie(a.endpoint, a.address) < std::tie(b.endpoint, b.address);
  });
}

// An observation that is older than what is known of its place says nothing new: two runs may overlap, and
// the slower one must neither close what the other saw nor open what the other closed.
bool is_outdated(const Finding& known, const Observation& observation) {
  if (known.resolved_at && observation.at < *known.resolved_at) return true;
  return std::ranges::any_of(known.places, [&](const FindingPlace& place) {
    if (!same_place(place, observation)) return false;
    return observation.at < place.last_affected || (place.good_since && observation.at < *place.good_since);
  });
}

// A finding that was resolved, or whose acceptance ran out, starts over as a new episode or opens again.
FindingEvent bring_back(Finding& finding, Instant now) {
  if (finding.status == FindingStatus::resolved) {
    finding.status = FindingStatus::open;
    finding.resolved_at.reset();
    ++finding.episode;
    finding.first_seen = now;
    finding.places.clear();
    return FindingEvent::reopened;
  }
  if (finding.status == FindingStatus::accepted && finding.accepted_until && *finding.accepted_until <= now) {
    finding.status = FindingStatus::open;
    finding.accepted_until.reset();
  }
  return FindingEvent::seen_again;
}

FindingPlace affected_place(const Observation& observation, const CheckResult& result) {
  FindingPlace place;
  place.endpoint = observation.endpoint;
  place.address = observation.address;
  place.last_verdict = Verdict::affected;
  place.last_affected = observation.at;
  place.reason = result.reason;
  place.evidence = result.evidence;
  return place;
}

void put_place(Finding& finding, FindingPlace place) {
  for (FindingPlace& known : finding.places) {
    if (known.endpoint == place.endpoint && known.address == place.address) {
      place.relapsed_at = known.good_since ? std::optional(place.last_affected) : known.relapsed_at;
      known = std::move(place);
      return;
    }
  }
  finding.places.push_back(std::move(place));
  sort_places(finding);
}

FindingChange saw_affected(const Finding* known, const model::CheckInfo& check, const Subject& subject,
                           const Observation& observation, const CheckResult& result) {
  FindingChange change;
  if (known != nullptr) {
    change.after = *known;
    change.event = bring_back(change.after, observation.at);
  } else {
    change.after.check = std::string(check.id);
    change.after.subject = subject;
    change.after.first_seen = observation.at;
    change.event = FindingEvent::opened;
  }
  change.after.severity = check.severity;
  change.after.last_seen = observation.at;
  put_place(change.after, affected_place(observation, result));
  return change;
}

bool all_verified_good(const Finding& finding) {
  return std::ranges::all_of(
      finding.places, [](const FindingPlace& place) { return place.good_since && place.verified_good; });
}

// How long the place must be good before it is believed.
Seconds good_enough(const FindingPlace& place, const AssessRules& rules) {
  const bool unsteady = place.relapsed_at && *place.good_since - *place.relapsed_at < rules.steady_after;
  return unsteady ? std::max(rules.verify_after, rules.steady_after) : rules.verify_after;
}

// The finding after looks at its place here differed; nothing where it was affected there anyway.
std::optional<FindingChange> saw_mixed(const Finding& known, const Observation& observation,
                                       const std::string& reason) {
  if (known.status == FindingStatus::resolved) return std::nullopt;
  FindingChange change{FindingEvent::seen_again, known};
  bool relapsed = false;
  for (FindingPlace& place : change.after.places) {
    if (!same_place(place, observation) || !place.good_since) continue;
    place.good_since.reset();
    place.verified_good = false;
    place.relapsed_at = observation.at;
    place.last_verdict = Verdict::inconclusive;
    place.reason = reason;
    relapsed = true;
  }
  if (!relapsed) return std::nullopt;
  return change;
}

// The finding after its place here was seen good at `observation.at`; nothing where that changes nothing.
std::optional<FindingChange> saw_good(const Finding& known, const Observation& observation,
                                      const std::string& reason, Verdict verdict, const AssessRules& rules) {
  if (known.status == FindingStatus::resolved) return std::nullopt;
  FindingChange change{FindingEvent::seen_good, known};
  for (FindingPlace& place : change.after.places) {
    if (!same_place(place, observation)) continue;
    place.last_verdict = verdict;
    place.reason = reason;
    if (!place.good_since) place.good_since = observation.at;
    if (observation.at - *place.good_since >= good_enough(place, rules)) place.verified_good = true;
  }
  if (all_verified_good(change.after)) {
    change.event = FindingEvent::resolved;
    change.after.status = FindingStatus::resolved;
    change.after.resolved_at = observation.at;
  }
  return change;
}

const Finding* find_known(const std::vector<Finding>& touched, std::string_view check,
                          const Subject& subject) {
  for (const Finding& finding : touched) {
    if (finding.check == check && finding.subject == subject) return &finding;
  }
  return nullptr;
}

Subject subject_for(const model::CheckInfo& check, const Observation& observation) {
  if (check.subject == SubjectKind::endpoint)
    return {SubjectKind::endpoint, subject_text(observation.endpoint)};
  return {SubjectKind::certificate, subject_text(observation.chain.front())};
}

bool is_served(const Observation& observation, const std::string& subject) {
  if (subject_text(observation.chain.front()) == subject) return true;
  return std::ranges::any_of(observation.other_chains, [&subject](const model::OtherChain& other) {
    return subject_text(other.chain.front()) == subject;
  });
}

// What this observation says about a finding that has a place here.
std::optional<FindingChange> review(const Finding& known, const Observation& observation,
                                    const AssessRules& rules) {
  if (known.subject.kind == SubjectKind::certificate) {
    if (observation.chain.empty()) return std::nullopt;  // not seen is not gone
    if (!is_served(observation, known.subject.text)) {
      if (!observation.others_asked) return std::nullopt;
      return saw_good(known, observation, "another certificate is served here now", Verdict::not_affected,
                      rules);
    }
    // The answers are about the usual one; of expiry, assess_expiry speaks.
    const bool is_usual = subject_text(observation.chain.front()) == known.subject.text;
    if (!is_usual || known.check == "expiry") return std::nullopt;
  }
  const CheckResult* result = find_check_result(observation, known.check);
  if (result == nullptr) return std::nullopt;
  if (result->verdict == Verdict::inconclusive && result->evidence.contains("differs")) {
    return saw_mixed(known, observation, result->reason);
  }
  if (result->verdict != Verdict::not_affected && result->verdict != Verdict::not_applicable)
    return std::nullopt;
  return saw_good(known, observation, result->reason, result->verdict, rules);
}

}  // namespace

std::vector<Subject> subjects_of(const Observation& observation) {
  std::vector<Subject> subjects = {{SubjectKind::endpoint, subject_text(observation.endpoint)}};
  if (!observation.chain.empty()) {
    subjects.push_back({SubjectKind::certificate, subject_text(observation.chain.front())});
  }
  return subjects;
}

std::vector<FindingChange> assess(const std::vector<Finding>& touched, const Observation& observation,
                                  const AssessRules& rules) {
  std::vector<FindingChange> changes;
  if (observation.status != model::ScanStatus::scanned) return changes;
  std::vector<const Finding*> settled;
  for (const CheckResult& result : observation.checks) {
    const model::CheckInfo* check = model::find_check(result.id);
    if (check == nullptr || result.verdict != Verdict::affected || result.id == "expiry") continue;
    if (check->subject == SubjectKind::certificate && observation.chain.empty()) continue;
    const Subject subject = subject_for(*check, observation);
    const Finding* known = find_known(touched, result.id, subject);
    if (known != nullptr) settled.push_back(known);
    if (known != nullptr && is_outdated(*known, observation)) continue;
    changes.push_back(saw_affected(known, *check, subject, observation, result));
  }
  for (const Finding& known : touched) {
    if (std::ranges::find(settled, &known) != settled.end()) continue;
    const bool here =
        std::ranges::any_of(known.places, [&](const FindingPlace& p) { return same_place(p, observation); });
    if (!here || is_outdated(known, observation)) continue;
    if (auto change = review(known, observation, rules)) changes.push_back(std::move(*change));
  }
  return changes;
}

}  // namespace certherald::policy
