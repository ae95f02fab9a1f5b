#include "store/finding_rows.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "store/certificate_rows.hpp"
#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::Finding;
using model::FindingPlace;
using model::Subject;
using model::SubjectKind;

std::string_view kind_name(SubjectKind kind) {
  return kind == SubjectKind::certificate ? "certificate" : "endpoint";
}

using PlaceRows =
    Rows<std::int64_t, std::int64_t, std::string, std::uint16_t, std::string, std::string, std::string,
         std::string, std::string, Instant, std::optional<Instant>, bool, std::string, std::string>;

std::string place_select(std::string_view list) {
  return fmt::format(
      "SELECT p.finding_id, p.endpoint_id, {}, p.address, p.last_verdict, p.last_affected, p.good_since, "
      "p.verified_good, p.reason, p.evidence FROM finding_places p JOIN endpoints e ON e.id = p.endpoint_id "
      "WHERE p.finding_id {}",
      endpoint_key_columns, list);
}

FindingPlace to_place(PlaceRows::Row& row) {
  auto& [finding, endpoint, host, port, sni, connect, starttls, address, verdict, affected, good, verified,
         reason, evidence] = row;
  FindingPlace place;
  place.endpoint = {std::move(host), port, std::move(sni), std::move(connect), std::move(starttls)};
  place.address = std::move(address);
  place.last_verdict = require(model::verdict_from(verdict), "verdict", verdict);
  place.last_affected = affected;
  place.good_since = good;
  place.verified_good = verified;
  place.reason = std::move(reason);
  place.evidence = evidence_from_json(evidence);
  return place;
}

bool before(const FindingPlace& a, const FindingPlace& b) {
  return std::tie(a.endpoint, a.address) < std::tie(b.endpoint, b.address);
}

std::vector<Finding> load(FindingRows rows, Engine& engine) {
  std::vector<Finding> out;
  while (auto row = rows.next()) out.push_back(to_finding(*row));
  load_places(engine, out);
  return out;
}

std::string subjects_json(const std::vector<Subject>& subjects) {
  std::vector<std::string> texts;
  texts.reserve(subjects.size());
  for (const Subject& subject : subjects) texts.push_back(subject.text);
  return strings_to_json(texts);
}

void write_place(Engine& engine, model::FindingId finding, std::int64_t endpoint, const FindingPlace& place) {
  execute(
      engine,
      "INSERT INTO finding_places (finding_id, endpoint_id, address, last_verdict, last_affected, "
      "good_since, "
      "verified_good, reason, evidence) VALUES (:finding, :endpoint, :address, :verdict, :affected, :good, "
      ":verified, :reason, :evidence) ON CONFLICT (finding_id, endpoint_id, address) DO UPDATE SET "
      "last_verdict = excluded.last_verdict, last_affected = excluded.last_affected, "
      "good_since = excluded.good_since, verified_good = excluded.verified_good, reason = excluded.reason, "
      "evidence = excluded.evidence",
      finding, endpoint, place.address, to_string(place.last_verdict), place.last_affected, place.good_since,
      place.verified_good, storable(place.reason), evidence_to_json(place.evidence));
}

// A certificate may be served at thousands of places, and one observation changes one of them: only what
// differs is written.
Status write_places(Engine& engine, model::FindingId id, const std::vector<FindingPlace>& places) {
  struct Known {
    std::int64_t endpoint = 0;
    FindingPlace place;
  };
  std::map<std::pair<model::EndpointKey, std::string>, Known> known;
  {
    PlaceRows rows(engine, place_select("= :id"), id);
    while (auto row = rows.next()) {
      const std::int64_t endpoint = std::get<1>(*row);
      FindingPlace place = to_place(*row);
      std::pair key(place.endpoint, place.address);
      known.emplace(std::move(key), Known{endpoint, std::move(place)});
    }
  }
  for (const FindingPlace& place : places) {
    const auto at = known.find({place.endpoint, place.address});
    if (at == known.end()) {
      const auto endpoint = endpoint_row(engine, place.endpoint);
      if (!endpoint) return no_endpoint(place.endpoint);
      write_place(engine, id, *endpoint, place);
      continue;
    }
    if (at->second.place != place) write_place(engine, id, at->second.endpoint, place);
    known.erase(at);
  }
  for (const auto& [key, gone] : known) {
    execute(engine,
            "DELETE FROM finding_places WHERE finding_id = :finding AND endpoint_id = :endpoint AND address "
            "= :address",
            id, gone.endpoint, key.second);
  }
  return {};
}

Result<model::FindingId> write_finding(Engine& engine, const Finding& finding) {
  if (finding.id.stored()) {
    const std::int64_t changed =
        execute(engine,
                "UPDATE findings SET severity = :severity, status = :status, episode = :episode, first_seen "
                "= :first, "
                "last_seen = :last, resolved_at = :resolved, accepted_until = :accepted WHERE id = :id",
                to_string(finding.severity), to_string(finding.status), finding.episode, finding.first_seen,
                finding.last_seen, finding.resolved_at, finding.accepted_until, finding.id);
    if (changed == 0) return fail(ErrorKind::not_found, "there is no finding {}", finding.id.value);
    return finding.id;
  }
  const auto id = first_value<model::FindingId>(
      engine,
      "INSERT INTO findings (check_id, subject_kind, subject, severity, status, episode, first_seen, "
      "last_seen, "
      "resolved_at, accepted_until) VALUES (:check, :kind, :subject, :severity, :status, :episode, :first, "
      ":last, "
      ":resolved, :accepted) ON CONFLICT (subject, check_id) DO NOTHING RETURNING id",
      finding.check, kind_name(finding.subject.kind), finding.subject.text, to_string(finding.severity),
      to_string(finding.status), finding.episode, finding.first_seen, finding.last_seen, finding.resolved_at,
      finding.accepted_until);
  if (!id) {
    return fail(ErrorKind::conflict, "there is a finding {} of {} already", finding.check,
                finding.subject.text);
  }
  return *id;
}

}  // namespace

Finding to_finding(FindingRows::Row& row) {
  auto& [id, check, kind, subject, severity, status, episode, first, last, resolved, accepted] = row;
  Finding out;
  out.id = id;
  out.check = std::move(check);
  out.subject = {kind == "certificate" ? SubjectKind::certificate : SubjectKind::endpoint,
                 std::move(subject)};
  out.severity = require(model::severity_from(severity), "severity", severity);
  out.status = require(model::finding_status_from(status), "finding status", status);
  out.episode = episode;
  out.first_seen = first;
  out.last_seen = last;
  out.resolved_at = resolved;
  out.accepted_until = accepted;
  return out;
}

void load_places(Engine& engine, std::vector<Finding>& findings) {
  constexpr std::size_t chunk = 2'000;
  for (std::size_t start = 0; start < findings.size(); start += chunk) {
    const std::size_t end = std::min(start + chunk, findings.size());
    std::unordered_map<std::int64_t, Finding*> by_id;
    std::vector<std::int64_t> ids;
    for (std::size_t i = start; i < end; ++i) {
      ids.push_back(findings[i].id.value);
      by_id.emplace(findings[i].id.value, &findings[i]);
    }
    PlaceRows rows(engine, place_select(engine.in_integers(":list")), integers_to_json(ids));
    while (auto row = rows.next()) by_id.at(std::get<0>(*row))->places.push_back(to_place(*row));
  }
  for (Finding& finding : findings) std::ranges::sort(finding.places, before);
}

Result<std::vector<Finding>> Session::findings_touched(const model::EndpointKey& endpoint,
                                                       const std::string& address,
                                                       const std::vector<Subject>& subjects) {
  return engine_.guard([&]() -> Result<std::vector<Finding>> {
    const auto id = endpoint_row(engine_, endpoint);
    return load(
        FindingRows(engine_,
                    fmt::format("SELECT {} FROM findings f WHERE f.id IN (SELECT p.finding_id FROM "
                                "finding_places p WHERE p.endpoint_id = :endpoint AND p.address = :address "
                                "UNION SELECT g.id FROM findings g WHERE g.subject {}) ORDER BY f.id",
                                finding_columns, engine_.in_texts(":subjects")),
                    id.value_or(0), address, subjects_json(subjects)),
        engine_);
  });
}

Result<std::vector<Finding>> Session::findings_of(const std::string& check,
                                                  const std::vector<Subject>& subjects) {
  return engine_.guard([&]() -> Result<std::vector<Finding>> {
    return load(
        FindingRows(engine_,
                    fmt::format("SELECT {} FROM findings f WHERE f.check_id = :check AND f.subject {} "
                                "ORDER BY f.id",
                                finding_columns, engine_.in_texts(":subjects")),
                    check, subjects_json(subjects)),
        engine_);
  });
}

Result<std::vector<Finding>> Session::unresolved_findings() {
  return engine_.guard([&]() -> Result<std::vector<Finding>> {
    return load(
        FindingRows(engine_,
                    fmt::format("SELECT {} FROM findings f WHERE f.status <> 'resolved' ORDER BY f.id",
                                finding_columns)),
        engine_);
  });
}

Result<Finding> Session::save(const Finding& finding) {
  return engine_.guard([&]() -> Result<Finding> {
    const auto id = write_finding(engine_, finding);
    if (!id) return fail(id.error());
    if (auto written = write_places(engine_, *id, finding.places); !written) return fail(written.error());
    Finding out = finding;
    out.id = *id;
    return out;
  });
}

Result<std::optional<Finding>> Session::finding(model::FindingId id) {
  return engine_.guard([&]() -> Result<std::optional<Finding>> {
    auto found = load(
        FindingRows(engine_, fmt::format("SELECT {} FROM findings f WHERE f.id = :id", finding_columns), id),
        engine_);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  });
}

Status Session::each_finding(const FindingFilter& filter, const Visitor<FindingRow>& visit) {
  return engine_.guard([&]() -> Status {
    const bool all = filter.which == FindingFilter::Which::all;
    FindingRows rows(streamed, engine_,
                     fmt::format("SELECT {} FROM findings f WHERE {} ORDER BY f.id", finding_columns,
                                 all ? "1 = 1" : "f.status <> 'resolved'"));
    while (auto row = rows.next()) {
      std::vector<Finding> one;
      one.push_back(to_finding(*row));
      load_places(engine_, one);
      FindingRow out{std::move(one.front()), {}};
      const std::string& subject = out.finding.subject.text;
      out.name = subject;
      if (out.finding.subject.kind == SubjectKind::certificate && subject.size() > 5) {
        CertificateRows<> certificates(
            engine_,
            fmt::format("SELECT {} FROM certificates c WHERE c.sha256 = :sha256", certificate_columns),
            subject.substr(5));
        if (auto found = certificates.next())
          out.name = display_common_name(to_certificate(std::move(*found)).certificate);
      } else if (!out.finding.places.empty()) {
        out.name = display_name(out.finding.places.front().endpoint);
      }
      if (auto visited = visit(out); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
