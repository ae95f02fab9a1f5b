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
  for (const policy::FindingChange& change : changes) {
    const auto saved = session.save(change.after);
    if (!saved) return fail(saved.error());
  }
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

std::optional<std::string> certificate_of(store::Session& session, const model::Finding& finding) {
  constexpr std::string_view prefix = "cert:";
  if (finding.subject.kind == model::SubjectKind::certificate)
    return finding.subject.text.substr(prefix.size());
  for (const model::FindingPlace& place : finding.places) {
    const auto latest = session.latest_observations(place.endpoint);
    if (!latest) continue;
    for (const model::Observation& observation : *latest) {
      if (observation.address == place.address && !observation.chain.empty())
        return observation.chain.front().sha256;
    }
  }
  return std::nullopt;
}

Result<Candidates> candidates_of(store::Session& session, model::CheckKind kind) {
  const auto findings = session.unresolved_findings();
  if (!findings) return fail(findings.error());
  Candidates candidates;
  for (const model::Finding& finding : *findings) {
    const model::CheckInfo* check = model::find_check(finding.check);
    if (check == nullptr || check->kind != kind) continue;
    notification::Candidate candidate{finding, {}, {}};
    if (kind == model::CheckKind::expiry) {
      const auto sha256 = certificate_of(session, finding);
      const auto in_use = session.certificate(sha256.value_or(""));
      if (!in_use) return fail(in_use.error());
      if (!*in_use) continue;
      candidate.not_before = (*in_use)->certificate.not_before;
      candidate.not_after = (*in_use)->certificate.not_after;
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

using Owners = std::map<model::EndpointKey, std::string>;

Result<Owners> owners_of(store::Session& session) {
  const auto endpoints = session.endpoints();
  if (!endpoints) return fail(endpoints.error());
  Owners owners;
  for (const model::Endpoint& endpoint : *endpoints) {
    if (!endpoint.owner.empty()) owners[endpoint.key] = endpoint.owner;
  }
  return owners;
}

// The first owner among the places of a finding, "" where nobody owns one.
std::string owner_of(const model::Finding& finding, const Owners& owners) {
  for (const model::FindingPlace& place : finding.places) {
    if (const auto at = owners.find(place.endpoint); at != owners.end()) return at->second;
  }
  return {};
}

// Everything a ticket about this candidate says.
Result<render::TicketContext> ticket_context(store::Session& session,
                                             const notification::Candidate& candidate, const Candidates& all,
                                             const ServerSettings& server, Instant now) {
  const model::Finding& finding = candidate.finding;
  render::TicketContext context{.finding = finding, .check = *model::find_check(finding.check)};
  context.now = now;
  context.product_name = server.product_name;
  context.public_url = public_url(server);
  if (!finding.places.empty()) context.scan_time = finding.last_seen;
  if (const auto sha256 = certificate_of(session, finding)) {
    const auto in_use = session.certificate(*sha256);
    if (!in_use) return fail(in_use.error());
    if (*in_use) context.certificate = (*in_use)->certificate;
  }
  for (const notification::Candidate& other : all) {
    const model::CheckInfo* check = model::find_check(other.finding.check);
    const bool listed = check->subsumed_by == finding.check && other.finding.subject == finding.subject;
    if (listed && is_showing(other.finding)) context.also.push_back(other.finding);
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
                       const std::vector<model::Notice>& notices, Instant now) {
  if (notices.empty()) return {};
  std::map<model::FindingId, const notification::Candidate*> by_finding;
  for (const notification::Candidate& candidate : candidates) by_finding[candidate.finding.id] = &candidate;
  const auto owners = owners_of(session);
  if (!owners) return fail(owners.error());
  for (model::Notice notice : notices) {
    notice.run = run.id;
    const auto added = session.add(notice);
    if (!added) return fail(added.error());
    const notification::Candidate& candidate = *by_finding.at(notice.finding);
    auto context = ticket_context(session, candidate, candidates, basis.settings.server, now);
    if (!context) return fail(context.error());
    context->owner = owner_of(candidate.finding, *owners);
    const auto queued =
        session.add(delivery_of(*added, *context, basis.connections.at(notice.connection), installation));
    if (!queued) return fail(queued.error());
    ++run.counts.notices;
    ++run.counts.deliveries;
  }
  return {};
}

}  // namespace

Status assess_inventory(store::Session& session, Instant now) {
  const auto policies = policies_of(session);
  if (!policies) return fail(policies.error());
  const auto ending = session.ending_by(now + policy::search_horizon(*policies));
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
    if (finding.check != "expiry" || !is_showing(finding)) continue;
    for (const model::FindingPlace& place : finding.places) places.insert(place.endpoint);
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
  const notification::Decisions decisions =
      notification::decide(*candidates, basis->policies, *told, situation);
  run.counts.held = static_cast<std::int64_t>(decisions.held.size());
  return put_into_outbox(session, run, *basis, installation, *candidates, decisions.notices, now);
}

}  // namespace certherald::app
