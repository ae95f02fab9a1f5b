#include "app/pipeline.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/scan_service.hpp"
#include "codec/digest.hpp"
#include "inventory/reconcile.hpp"
#include "net/blocking.hpp"
#include "policy/assess.hpp"
#include "render/ticket.hpp"
#include "scan/confirm.hpp"
#include "schedule/local_day.hpp"

namespace certherald::app {

using model::Observation;

struct Pipeline::Work {
  PipelineOptions options;
  Settings settings;
  std::vector<model::Policy> policies;
  std::map<std::string, model::Connection> connections;  // enabled ones
  model::Run run;
  notification::LocalDay local_day;     // of the time zone of the task's schedule
  std::set<model::EndpointKey> probed;  // in this run
  // Observations with something affected, until a second probe has looked: by endpoint and address.
  std::map<std::pair<model::EndpointKey, std::string>, Observation> unconfirmed;
};

namespace {

constexpr Seconds refresh_after{24 * 3'600};

ScanJob job_of(const Settings& settings, const codec::x509::TrustStore& trust, model::Tier tier) {
  ScanJob job;
  job.options.tier = tier;
  job.options.host_connections = static_cast<std::size_t>(settings.scan.host_connections);
  job.options.host_rate = settings.scan.host_rate;
  job.context.trust = &trust;
  return job;
}

bool shows_something(const Observation& observation) {
  return std::ranges::any_of(observation.checks, [](const model::CheckResult& result) {
    return result.verdict == model::Verdict::affected && result.id != "expiry";
  });
}

Status save_all(store::Session& session, const std::vector<policy::FindingChange>& changes) {
  for (const policy::FindingChange& change : changes) {
    const auto saved = session.save(change.after);
    if (!saved) return fail(saved.error());
  }
  return {};
}

// Inventory and findings of one observation, in the caller's transaction.
Status store_observation(store::Session& session, const Observation& observation, Seconds verify_after) {
  if (observation.address.empty()) return {};  // the name did not resolve: nothing was seen
  const auto known = session.known_address(observation.endpoint, observation.address);
  if (!known) return fail(known.error());
  const Status applied = session.apply(observation, inventory::reconcile(*known, observation));
  if (!applied) return applied;
  const auto touched =
      session.findings_touched(observation.endpoint, observation.address, policy::subjects_of(observation));
  if (!touched) return fail(touched.error());
  return save_all(session, policy::assess(*touched, observation, {verify_after}));
}

policy::ExpiryCandidate expiry_candidate(const inventory::CertificateInUse& in_use) {
  policy::ExpiryCandidate candidate{
      in_use.certificate.sha256, in_use.certificate.not_before, in_use.certificate.not_after, {}};
  for (const inventory::Deployment& deployment : in_use.deployments) {
    candidate.places.push_back({deployment.endpoint, deployment.address, deployment.last_seen});
  }
  return candidate;
}

// Expiry findings of what the inventory holds now.
Status assess_inventory(store::Session& session, const std::vector<model::Policy>& policies, Instant now) {
  const auto ending = session.ending_by(now + policy::search_horizon(policies));
  if (!ending) return fail(ending.error());
  std::vector<policy::ExpiryCandidate> candidates;
  std::vector<model::Subject> subjects;
  for (const inventory::CertificateInUse& in_use : *ending) {
    candidates.push_back(expiry_candidate(in_use));
    subjects.push_back({model::SubjectKind::certificate, subject_text(in_use.certificate)});
  }
  const auto known = session.findings_of("expiry", subjects);
  if (!known) return fail(known.error());
  return save_all(session, policy::assess_expiry(candidates, *known, policies, now));
}

std::optional<std::string> certificate_of(store::Session& session, const model::Finding& finding) {
  constexpr std::string_view prefix = "cert:";
  if (finding.subject.kind == model::SubjectKind::certificate)
    return finding.subject.text.substr(prefix.size());
  for (const model::FindingPlace& place : finding.places) {
    const auto latest = session.latest_observations(place.endpoint);
    if (!latest) continue;
    for (const Observation& observation : *latest) {
      if (observation.address == place.address && !observation.chain.empty())
        return observation.chain.front().sha256;
    }
  }
  return std::nullopt;
}

Result<std::vector<notification::Candidate>> candidates_of(store::Session& session, model::CheckKind kind) {
  const auto findings = session.unresolved_findings();
  if (!findings) return fail(findings.error());
  std::vector<notification::Candidate> candidates;
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

}  // namespace

Status Pipeline::record(Work& work, const Observation& observation) {
  work.probed.insert(observation.endpoint);
  if (observation.status == model::ScanStatus::scanned) {
    ++work.run.counts.scanned;
  } else {
    ++work.run.counts.unreachable;
  }
  const Seconds verify_after = work.settings.scan.verify_after.elapsed();
  return store_.write(
      [&](store::Session& session) { return store_observation(session, observation, verify_after); });
}

net::Task<Status> Pipeline::scan_endpoints(Work& work, std::vector<model::EndpointKey> endpoints,
                                           model::Tier tier, std::string_view stage) {
  const ScanJob job = job_of(work.settings, trust_, tier);
  std::size_t count = 0;
  Status failed;
  const ObservationDone done = [&](const Observation& observation) {
    work.options.on_progress({stage, ++count, std::max(count, endpoints.size())});
    if (!failed) return;
    if (shows_something(observation)) {
      // Told, and stored, only once a second probe has looked.
      work.unconfirmed[{observation.endpoint, observation.address}] = observation;
      return;
    }
    failed = record(work, observation);
  };
  co_await observe_all(scanner_, endpoints, job, done);
  co_return failed;
}

net::Task<Status> Pipeline::take_second_look(Work& work, model::Tier tier) {
  std::set<model::EndpointKey> again;
  for (const auto& [place, observation] : work.unconfirmed) again.insert(place.first);
  const std::vector<model::EndpointKey> endpoints(again.begin(), again.end());
  const ScanJob job = job_of(work.settings, trust_, tier);
  std::size_t count = 0;
  std::map<std::pair<model::EndpointKey, std::string>, Observation> second;
  const ObservationDone done = [&](const Observation& observation) {
    work.options.on_progress({"second look", ++count, std::max(count, endpoints.size())});
    second[{observation.endpoint, observation.address}] = observation;
  };
  co_await observe_all(scanner_, endpoints, job, done);
  for (const auto& [place, first] : work.unconfirmed) {
    const Status recorded = record(work, scan::confirm(first, second[place]));
    if (!recorded) co_return recorded;
  }
  work.unconfirmed.clear();
  co_return Status();
}

net::Task<Status> Pipeline::refresh_what_is_due(Work& work) {
  const Instant now = clock_.now();
  std::set<model::EndpointKey> again;
  const Status assessed = store_.write([&](store::Session& session) -> Status {
    if (Status status = assess_inventory(session, work.policies, now); !status) return status;
    const auto findings = session.unresolved_findings();
    if (!findings) return fail(findings.error());
    for (const model::Finding& finding : *findings) {
      if (finding.check != "expiry" || !is_showing(finding)) continue;
      for (const model::FindingPlace& place : finding.places) {
        if (!work.probed.contains(place.endpoint)) again.insert(place.endpoint);
      }
    }
    return {};
  });
  if (!assessed) co_return assessed;
  // What would be told about is looked at once more in this run: a certificate renewed a minute ago is no
  // news.
  Status scanned =
      co_await scan_endpoints(work, {again.begin(), again.end()}, model::Tier::inventory, "second look");
  if (scanned) scanned = co_await take_second_look(work, model::Tier::inventory);
  if (!scanned) co_return scanned;
  co_return store_.write(
      [&](store::Session& session) { return assess_inventory(session, work.policies, clock_.now()); });
}

namespace {

using Candidates = std::vector<notification::Candidate>;

// Everything a ticket about this candidate says.
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
  delivery.draft = render::make_draft(context, connection.body_template, key);
  if (notice.kind == model::DeliveryKind::note) delivery.draft.body = render::render_note(context);
  delivery.created_at = context.now;
  delivery.next_at = context.now;
  return delivery;
}

}  // namespace

Status Pipeline::decide(Work& work) {
  const bool expiry = work.options.task == model::TaskKind::expiry_notification;
  notification::Situation situation;
  situation.kind = expiry ? model::CheckKind::expiry : model::CheckKind::vulnerability;
  situation.now = clock_.now();
  situation.planned_at = work.run.planned_at;
  situation.local_day = work.local_day;
  situation.new_tickets = work.options.new_tickets;
  for (const auto& [name, connection] : work.connections) situation.connections.push_back(name);

  return store_.write([&](store::Session& session) -> Status {
    const auto candidates = candidates_of(session, situation.kind);
    if (!candidates) return fail(candidates.error());
    const auto told = session.told();
    if (!told) return fail(told.error());
    work.run.counts.findings = std::ranges::count_if(
        *candidates, [](const notification::Candidate& candidate) { return is_showing(candidate.finding); });
    const notification::Decisions decisions =
        notification::decide(*candidates, work.policies, *told, situation);
    work.run.counts.held = static_cast<std::int64_t>(decisions.held.size());
    return put_into_outbox(work, session, *candidates, decisions.notices, situation.now);
  });
}

Status Pipeline::put_into_outbox(Work& work, store::Session& session, const Candidates& candidates,
                                 const std::vector<model::Notice>& notices, Instant now) {
  std::map<model::FindingId, const notification::Candidate*> by_finding;
  for (const notification::Candidate& candidate : candidates) by_finding[candidate.finding.id] = &candidate;
  if (notices.empty()) return {};
  const auto owners = owners_of(session);
  if (!owners) return fail(owners.error());
  for (model::Notice notice : notices) {
    notice.run = work.run.id;
    const auto added = session.add(notice);
    if (!added) return fail(added.error());
    auto context =
        ticket_context(session, *by_finding.at(notice.finding), candidates, work.settings.server, now);
    if (!context) return fail(context.error());
    context->owner = owner_of(by_finding.at(notice.finding)->finding, *owners);
    const auto queued = session.add(
        delivery_of(*added, *context, work.connections.at(notice.connection), store_.installation()));
    if (!queued) return fail(queued.error());
    ++work.run.counts.notices;
    ++work.run.counts.deliveries;
  }
  return {};
}

namespace {

// The calendar that `every` counts dates in: of the first enabled schedule of the task, else UTC.
Result<notification::LocalDay> local_day_of(store::Session& session, model::TaskKind task) {
  const auto schedules = session.schedules();
  if (!schedules) return fail(schedules.error());
  for (const store::ScheduleRow& row : *schedules) {
    if (row.schedule.enabled && row.schedule.task == task) return schedule::local_day(row.schedule.time_zone);
  }
  return schedule::local_day("UTC");
}

}  // namespace

// Reads what the run goes by, and records that it began; `endpoints` are those to scan first.
Status Pipeline::begin(Work& work, std::vector<model::EndpointKey>& endpoints) {
  const bool expiry = work.options.task == model::TaskKind::expiry_notification;
  return store_.write([&](store::Session& session) -> Status {
    const auto settings = load_settings(session);
    if (!settings) return fail(settings.error());
    work.settings = *settings;
    const auto policies = session.policies();
    if (!policies) return fail(policies.error());
    for (const store::PolicyRow& row : *policies) work.policies.push_back(row.policy);
    const auto connections = session.connections();
    if (!connections) return fail(connections.error());
    for (const store::ConnectionRow& row : *connections) {
      if (row.connection.enabled) work.connections[row.connection.name] = row.connection;
    }
    auto local_day = local_day_of(session, work.options.task);
    if (!local_day) return fail(local_day.error());
    work.local_day = std::move(*local_day);
    const auto wanted = expiry ? session.not_seen_since(clock_.now() - refresh_after) : session.endpoints();
    if (!wanted) return fail(wanted.error());
    for (const model::Endpoint& endpoint : *wanted) endpoints.push_back(endpoint.key);
    work.run.task = work.options.task;
    work.run.started_by = work.options.started_by;
    work.run.planned_at = work.run.started_at = clock_.now();
    work.run.counts.endpoints = static_cast<std::int64_t>(endpoints.size());
    const auto run = session.begin_run(work.run);
    if (!run) return fail(run.error());
    work.run = *run;
    return {};
  });
}

net::Task<Result<model::Run>> Pipeline::run(PipelineOptions options) {
  Work work;
  work.options = std::move(options);
  std::vector<model::EndpointKey> endpoints;
  const Status begun = begin(work, endpoints);
  if (!begun) co_return fail(begun.error());

  const bool expiry = work.options.task == model::TaskKind::expiry_notification;
  const model::Tier tier = expiry ? model::Tier::inventory : model::Tier::full;
  Status status = co_await scan_endpoints(work, std::move(endpoints), tier, "scan");
  if (status) status = co_await take_second_look(work, tier);
  if (status && expiry) status = co_await refresh_what_is_due(work);
  if (status) status = decide(work);
  work.run.ended_at = clock_.now();
  work.run.outcome = status ? model::RunOutcome::succeeded : model::RunOutcome::failed;
  if (!status) work.run.message = describe(status.error());
  const Status ended = store_.write([&](store::Session& session) { return session.end_run(work.run); });
  if (!status) co_return fail(status.error());
  if (!ended) co_return fail(ended.error());
  co_return work.run;
}

}  // namespace certherald::app
