#include "app/decision.hpp"

#include <map>
#include <set>

#include "app/settings.hpp"
#include "codec/digest.hpp"
#include "connector/connector.hpp"
#include "notification/decide.hpp"
#include "policy/assess.hpp"
#include "render/ticket.hpp"
#include "schedule/local_day.hpp"

namespace certherald::app {
namespace {

using Candidates = std::vector<notification::Candidate>;

Status save_all(store::Session& session, const std::vector<policy::FindingChange>& changes) {
  std::vector<model::Finding> findings;
  findings.reserve(changes.size());
  for (const policy::FindingChange& change : changes) findings.push_back(change.after);
  const auto saved = session.save_all(findings);
  if (!saved) return fail(saved.error());
  return {};
}

policy::ExpiryCandidate expiry_candidate(const inventory::CertificateInUse& in_use) {
  policy::ExpiryCandidate candidate{
      in_use.certificate.sha256, in_use.certificate.not_before, in_use.certificate.not_after, {}};
  for (const inventory::Deployment& deployment : in_use.deployments) {
    candidate.places.push_back({deployment.endpoint, deployment.address, deployment.last_seen});
  }
  return candidate;
}

using Leaves = std::map<std::pair<model::EndpointKey, std::string>, std::string>;

// The certificate that a finding is about, or that its first place serves.
std::optional<std::string> certificate_of(const model::Finding& finding, const Leaves& leaves) {
  constexpr std::string_view prefix = "cert:";
  if (finding.subject.kind == model::SubjectKind::certificate)
    return finding.subject.text.substr(prefix.size());
  for (const model::FindingPlace& place : finding.places) {
    const auto at = leaves.find({place.endpoint, place.address});
    if (at != leaves.end()) return at->second;
  }
  return std::nullopt;
}

using Certificates = std::map<std::string, model::Certificate>;

Result<Candidates> candidates_of(store::Session& session, model::CheckKind kind) {
  auto findings = session.unresolved_findings();
  if (!findings) return fail(findings.error());
  std::erase_if(*findings, [kind](const model::Finding& finding) {
    const model::CheckInfo* check = model::find_check(finding.check);
    return check == nullptr || check->kind != kind;
  });
  Certificates certificates;
  if (kind == model::CheckKind::expiry) {
    std::vector<std::string> prints;
    for (const model::Finding& finding : *findings)
      prints.push_back(certificate_of(finding, {}).value_or(""));
    auto found = session.certificates(prints);
    if (!found) return fail(found.error());
    certificates = std::move(*found);
  }
  Candidates candidates;
  for (model::Finding& finding : *findings) {
    notification::Candidate candidate{std::move(finding), {}, {}};
    if (kind == model::CheckKind::expiry) {
      const auto at = certificates.find(certificate_of(candidate.finding, {}).value_or(""));
      if (at == certificates.end()) continue;
      candidate.not_before = at->second.not_before;
      candidate.not_after = at->second.not_after;
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

using Owners = std::map<model::EndpointKey, std::string>;

// The first owner among the places of a finding, "" where nobody owns one.
std::string owner_of(const model::Finding& finding, const Owners& owners) {
  for (const model::FindingPlace& place : finding.places) {
    if (const auto at = owners.find(place.endpoint); at != owners.end()) return at->second;
  }
  return {};
}

// What the tickets of a run say beside the findings, read at once for all of them.
struct Told {
  std::map<model::FindingId, const notification::Candidate*> by_finding;
  std::map<model::Subject, std::vector<const model::Finding*>> showing;
  Owners owners;
  Leaves leaves;
  Certificates certificates;
};

Result<Told> read_told(store::Session& session, const Candidates& candidates,
                       const std::vector<model::Notice>& notices) {
  Told told;
  for (const notification::Candidate& candidate : candidates) {
    const model::Finding& finding = candidate.finding;
    told.by_finding[finding.id] = &candidate;
    if (is_showing(finding)) told.showing[finding.subject].push_back(&finding);
  }
  std::set<model::EndpointKey> endpoints;
  std::set<model::EndpointKey> served;  // of findings that do not name their certificate
  for (const model::Notice& notice : notices) {
    const model::Finding& finding = told.by_finding.at(notice.finding)->finding;
    for (const model::FindingPlace& place : finding.places) {
      endpoints.insert(place.endpoint);
      if (finding.subject.kind != model::SubjectKind::certificate) served.insert(place.endpoint);
    }
  }
  auto owners = session.owners_of(endpoints);
  if (!owners) return fail(owners.error());
  told.owners = std::move(*owners);
  auto leaves = session.latest_leaves(served);
  if (!leaves) return fail(leaves.error());
  told.leaves = std::move(*leaves);
  std::set<std::string> prints;
  for (const model::Notice& notice : notices) {
    const auto print = certificate_of(told.by_finding.at(notice.finding)->finding, told.leaves);
    if (print) prints.insert(*print);
  }
  auto certificates = session.certificates({prints.begin(), prints.end()});
  if (!certificates) return fail(certificates.error());
  told.certificates = std::move(*certificates);
  return told;
}

// Everything a ticket about this candidate says.
render::TicketContext ticket_context(const notification::Candidate& candidate, const Told& told,
                                     const ServerSettings& server, Instant now) {
  const model::Finding& finding = candidate.finding;
  render::TicketContext context{.finding = finding, .check = *model::find_check(finding.check)};
  context.now = now;
  context.product_name = server.product_name;
  context.public_url = public_url(server);
  context.owner = owner_of(finding, told.owners);
  if (!finding.places.empty()) context.scan_time = finding.last_seen;
  if (const auto sha256 = certificate_of(finding, told.leaves)) {
    const auto at = told.certificates.find(*sha256);
    if (at != told.certificates.end()) context.certificate = at->second;
  }
  const auto same = told.showing.find(finding.subject);
  if (same == told.showing.end()) return context;
  for (const model::Finding* other : same->second) {
    if (model::find_check(other->check)->subsumed_by == finding.check) context.also.push_back(*other);
  }
  return context;
}

model::Delivery delivery_of(const model::Notice& notice, const render::TicketContext& context,
                            const model::Connection& connection, const std::string& installation) {
  const std::string key = codec::sha256_hex(
      as_bytes(notification::ticket_key_text(installation, context.finding, notice.period)));
  model::Delivery delivery;
  delivery.notice = notice.id;
  delivery.connection = notice.connection;
  delivery.kind = notice.kind;
  const render::DraftOptions options{connection.body_template, connector::longest_body(connection)};
  delivery.draft = render::make_draft(context, options, key);
  if (notice.kind == model::DeliveryKind::note) delivery.draft.body = render::render_note(context, options);
  delivery.created_at = context.now;
  delivery.next_at = context.now;
  return delivery;
}

// What a decision goes by, as the store has it now.
struct Basis {
  Settings settings;
  std::vector<model::Policy> policies;
  std::map<std::string, model::Connection> connections;  // enabled ones
};

Result<std::vector<model::Policy>> policies_of(store::Session& session) {
  const auto rows = session.policies();
  if (!rows) return fail(rows.error());
  std::vector<model::Policy> policies;
  for (const store::PolicyRow& row : *rows) policies.push_back(row.policy);
  return policies;
}

Result<Basis> basis_of(store::Session& session) {
  auto settings = load_settings(session);
  if (!settings) return fail(settings.error());
  auto policies = policies_of(session);
  if (!policies) return fail(policies.error());
  const auto connections = session.connections();
  if (!connections) return fail(connections.error());
  Basis basis{std::move(*settings), std::move(*policies), {}};
  for (const store::ConnectionRow& row : *connections) {
    if (row.connection.enabled) basis.connections[row.connection.name] = row.connection;
  }
  return basis;
}

// The calendar that `every` counts dates in: of the schedule that planned the run, else of the first enabled
// one of its task, else UTC.
Result<notification::LocalDay> local_day_of(store::Session& session, const model::Run& run) {
  const auto schedules = session.schedules();
  if (!schedules) return fail(schedules.error());
  const store::ScheduleRow* found = nullptr;
  for (const store::ScheduleRow& row : *schedules) {
    if (run.scheduled && row.schedule.name == run.name) found = &row;
    if (found == nullptr && row.schedule.enabled && row.schedule.task == run.task) found = &row;
  }
  return schedule::local_day(found == nullptr ? "UTC" : found->schedule.time_zone);
}

Status put_into_outbox(store::Session& session, model::Run& run, const Basis& basis,
                       const std::string& installation, const Candidates& candidates,
                       std::vector<model::Notice> notices, Instant now) {
  if (notices.empty()) return {};
  for (model::Notice& notice : notices) notice.run = run.id;
  auto added = session.add_all(std::move(notices));
  if (!added) return fail(added.error());
  const auto told = read_told(session, candidates, *added);
  if (!told) return fail(told.error());
  constexpr std::size_t at_once = 500;  // deliveries whose texts are held together
  std::vector<model::Delivery> deliveries;
  for (const model::Notice& notice : *added) {
    const notification::Candidate& candidate = *told->by_finding.at(notice.finding);
    const auto context = ticket_context(candidate, *told, basis.settings.server, now);
    deliveries.push_back(delivery_of(notice, context, basis.connections.at(notice.connection), installation));
    if (deliveries.size() < at_once && &notice != &added->back()) continue;
    if (Status queued = session.add_all(deliveries); !queued) return queued;
    deliveries.clear();
  }
  run.counts.notices += static_cast<std::int64_t>(added->size());
  run.counts.deliveries += static_cast<std::int64_t>(added->size());
  return {};
}

}  // namespace

Status assess_inventory(store::Session& session, Instant now) {
  const auto policies = policies_of(session);
  if (!policies) return fail(policies.error());
  const policy::SearchHorizon horizon = policy::search_horizon(*policies);
  const auto ending = session.ending_within({now, now + horizon.before_end, horizon.percent});
  if (!ending) return fail(ending.error());
  std::vector<policy::ExpiryCandidate> candidates;
  std::vector<model::Subject> subjects;
  for (const inventory::CertificateInUse& in_use : *ending) {
    candidates.push_back(expiry_candidate(in_use));
    subjects.push_back({model::SubjectKind::certificate, subject_text(in_use.certificate)});
  }
  const auto known = session.findings_of("expiry", subjects);
  if (!known) return fail(known.error());
  return save_all(session, policy::assess_expiry(candidates, *known, *policies, now));
}

Result<std::vector<model::EndpointKey>> places_of_expiry(store::Session& session) {
  const auto findings = session.unresolved_findings();
  if (!findings) return fail(findings.error());
  std::set<model::EndpointKey> places;
  for (const model::Finding& finding : *findings) {
    if (finding.check != "expiry") continue;
    const bool showing = is_showing(finding);
    for (const model::FindingPlace& place : finding.places) {
      const bool to_verify = place.good_since && !place.verified_good;
      if (showing || to_verify) places.insert(place.endpoint);
    }
  }
  return std::vector<model::EndpointKey>(places.begin(), places.end());
}

Status decide(store::Session& session, model::Run& run, const std::string& installation, Instant now) {
  const auto basis = basis_of(session);
  if (!basis) return fail(basis.error());
  auto local_day = local_day_of(session, run);
  if (!local_day) return fail(local_day.error());
  notification::Situation situation;
  situation.kind = run.task == model::TaskKind::expiry_notification ? model::CheckKind::expiry
                                                                    : model::CheckKind::vulnerability;
  situation.now = now;
  situation.planned_at = run.planned_at;
  situation.local_day = std::move(*local_day);
  situation.new_tickets = run.all ? notification::NewTickets::all : notification::NewTickets::respect_max_new;
  for (const auto& [name, connection] : basis->connections) situation.connections.push_back(name);

  const auto candidates = candidates_of(session, situation.kind);
  if (!candidates) return fail(candidates.error());
  const auto told = session.told();
  if (!told) return fail(told.error());
  run.counts.findings = std::ranges::count_if(
      *candidates, [](const notification::Candidate& candidate) { return is_showing(candidate.finding); });
  notification::Decisions decisions = notification::decide(*candidates, basis->policies, *told, situation);
  run.counts.held = static_cast<std::int64_t>(decisions.held.size());
  return put_into_outbox(session, run, *basis, installation, *candidates, std::move(decisions.notices), now);
}

}  // namespace certherald::app
