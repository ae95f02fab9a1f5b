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

std::string place_select(std::string_view list) {
  return fmt::format(
      "SELECT p.finding_id, p.endpoint_id, {}, p.address, p.last_verdict, p.last_affected, p.good_since, "
      "p.verified_good, p.relapsed_at, p.reason, p.evidence FROM finding_places p JOIN endpoints e ON e.id = "
      "p.endpoint_id "
      "WHERE p.finding_id {}",
      endpoint_key_columns, list);
}

FindingPlace to_place(PlaceRows::Row& row) {
  auto& [finding, endpoint, host, port, sni, connect, starttls, address, verdict, affected, good, verified,
         relapsed, reason, evidence] = row;
  FindingPlace place;
  place.endpoint = {std::move(host), port, std::move(sni), std::move(connect), std::move(starttls)};
  place.address = std::move(address);
  place.last_verdict = require(model::verdict_from(verdict), "verdict", verdict);
  place.last_affected = affected;
  place.good_since = good;
  place.verified_good = verified;
  place.relapsed_at = relapsed;
  place.reason = std::move(reason);
  place.evidence = evidence_from_json(evidence);
  return place;
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
