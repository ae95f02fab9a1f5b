#include "notification/decide.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace certherald::notification {
namespace {

using model::Finding;
using model::Notice;
using model::Policy;

using ToldKey = std::pair<model::FindingId, std::string>;

bool wants_check(const Policy& policy, const Finding& finding) {
  if (policy.checks.empty()) return true;
  return std::ranges::find(policy.checks, finding.check) != policy.checks.end();
}

bool speaks_about(const Policy& policy, const Candidate& candidate, const Situation& situation) {
  const Finding& finding = candidate.finding;
  const model::CheckInfo* check = model::find_check(finding.check);
  if (check == nullptr || check->kind != policy.kind || policy.kind != situation.kind || !policy.enabled)
    return false;
  if (finding.severity < policy.min_severity || !wants_check(policy, finding)) return false;
  if (policy.kind == model::CheckKind::vulnerability) return true;
  return is_within(policy, candidate.not_before, candidate.not_after, situation.now);
}

bool speaks_on(const Policy& policy, const std::string& connection) {
  return std::ranges::any_of(
      policy.channels, [&](const std::string& channel) { return channel == "*" || channel == connection; });
}

// The showing finding of the same subject whose ticket lists this one; nullptr where there is none.
const Candidate* subsumer_of(const Candidate& candidate, const std::vector<Candidate>& candidates,
                             const std::multimap<model::Subject, std::size_t>& by_subject) {
  const model::CheckInfo* check = model::find_check(candidate.finding.check);
  if (check == nullptr || check->subsumed_by.empty()) return nullptr;
  const auto [first, last] = by_subject.equal_range(candidate.finding.subject);
  for (auto entry = first; entry != last; ++entry) {
    const Candidate& other = candidates[entry->second];
    if (other.finding.check == check->subsumed_by && is_showing(other.finding)) return &other;
  }
  return nullptr;
}

// True where some policy tells that connection about the finding.
bool is_told(const Candidate* candidate, const std::string& connection, const std::vector<Policy>& policies,
             const Situation& situation) {
  return candidate != nullptr && std::ranges::any_of(policies, [&](const Policy& policy) {
           return speaks_about(policy, *candidate, situation) && speaks_on(policy, connection);
         });
}

bool is_due(const Policy& policy, const Told* told, const Situation& situation) {
  if (told == nullptr || told->count == 0) return true;
  if (situation.planned_at <= told->last_planned) return false;  // told by this very run, or a clock set back
  if (policy.every.counts_dates()) {
    const std::int64_t passed =
        situation.local_day(situation.planned_at) - situation.local_day(told->last_planned);
    return passed >= policy.every.days();
  }
  return situation.planned_at - told->last_planned >= policy.every.elapsed();
}

// The notice that is due, or nothing where something for the ticket is on its way still, or a person wants
// none.
std::optional<Notice> make_notice(const Policy& policy, const Candidate& candidate,
                                  const std::string& connection, const Told* told,
                                  const Situation& situation) {
  Notice notice;
  notice.finding = candidate.finding.id;
  notice.episode = candidate.finding.episode;
  notice.policy = policy.name;
  notice.connection = connection;
  notice.planned_at = situation.planned_at;
  notice.kind = model::DeliveryKind::create;
  if (policy.repeat == model::Repeat::new_ticket) {
    notice.period = (told == nullptr ? 0 : told->last_period) + 1;
    return notice;
  }
  switch (told == nullptr ? TicketStanding::none : told->standing) {
    case TicketStanding::none:
      return notice;
    case TicketStanding::waiting:
    case TicketStanding::given_up:
      return std::nullopt;
    case TicketStanding::open:
    case TicketStanding::closed:
      notice.kind = model::DeliveryKind::note;
      return notice;
  }
  return notice;
}

// Most urgent first: severity, then the nearer end, then the older finding.
bool more_urgent(const Candidate& a, const Candidate& b) {
  return std::tuple(-static_cast<int>(a.finding.severity), a.not_after, a.finding.id) <
         std::tuple(-static_cast<int>(b.finding.severity), b.not_after, b.finding.id);
}

struct Due {
  Notice notice;
  std::size_t candidate = 0;
  std::size_t policy = 0;
};

using ToldRows = std::map<ToldKey, const Told*>;

// The row of the finding's present episode, or nullptr.
const Told* current_row(const ToldRows& rows, const ToldKey& key, const model::Finding& finding) {
  const auto at = rows.find(key);
  return at != rows.end() && at->second->episode == finding.episode ? at->second : nullptr;
}

std::vector<Due> all_due(const std::vector<Candidate>& candidates, const std::vector<Policy>& policies,
                         const std::vector<Told>& told, const Situation& situation) {
  ToldRows known;
  for (const Told& row : told) known[{row.finding, row.connection}] = &row;
  std::multimap<model::Subject, std::size_t> by_subject;
  for (std::size_t i = 0; i < candidates.size(); ++i) by_subject.emplace(candidates[i].finding.subject, i);

  std::vector<Due> due;
  std::set<ToldKey> taken;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    if (!is_showing(candidate.finding)) continue;
    const Candidate* subsumer = subsumer_of(candidate, candidates, by_subject);
    for (std::size_t p = 0; p < policies.size(); ++p) {
      const Policy& policy = policies[p];
      if (!speaks_about(policy, candidate, situation)) continue;
      for (const std::string& connection : situation.connections) {
        const ToldKey key{candidate.finding.id, connection};
        if (!speaks_on(policy, connection) || taken.contains(key)) continue;
        if (is_told(subsumer, connection, policies, situation)) continue;
        const Told* row = current_row(known, key, candidate.finding);
        if (!is_due(policy, row, situation)) continue;
        if (auto notice = make_notice(policy, candidate, connection, row, situation)) {
          taken.insert(key);
          due.push_back({std::move(*notice), i, p});
        }
      }
    }
  }
  return due;
}

}  // namespace

bool is_within(const Policy& policy, Instant not_before, Instant not_after, Instant now) {
  if (const auto* share = std::get_if<model::ValidityShare>(&policy.within)) {
    const Seconds validity = not_after - not_before;
    return not_after - now <=
           Seconds(validity.count() / 100 * share->percent + validity.count() % 100 * share->percent / 100);
  }
  return not_after - now <= std::get<Duration>(policy.within).elapsed();
}

Decisions decide(const std::vector<Candidate>& candidates, const std::vector<Policy>& policies,
                 const std::vector<Told>& told, const Situation& situation) {
  const std::vector<Due> due = all_due(candidates, policies, told, situation);

  // Which creates stay below max_new is decided by urgency; the order of the result stays that of candidates.
  std::vector<std::size_t> order(due.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return more_urgent(candidates[due[a].candidate], candidates[due[b].candidate]);
  });
  std::map<std::size_t, std::int64_t> made;  // by policy
  std::vector<bool> held(due.size());
  for (const std::size_t i : order) {
    if (due[i].notice.kind != model::DeliveryKind::create) continue;
    const bool full = made[due[i].policy] >= policies[due[i].policy].max_new;
    held[i] = full && situation.new_tickets == NewTickets::respect_max_new;
    if (!held[i]) ++made[due[i].policy];
  }

  Decisions decisions;
  for (std::size_t i = 0; i < due.size(); ++i) {
    (held[i] ? decisions.held : decisions.notices).push_back(due[i].notice);
  }
  return decisions;
}

std::string ticket_key_text(const std::string& installation, const Finding& finding, std::int64_t period) {
  return fmt::format("v1\n{}\n{}\n{}\n{}\n{}", installation, finding.check, finding.subject.text,
                     finding.episode, period);
}

}  // namespace certherald::notification
