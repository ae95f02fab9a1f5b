#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "store/finding_rows.hpp"
#include "store/json_columns.hpp"
#include "store/json_rows.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::EndpointKey;
using model::Finding;
using model::FindingId;
using model::FindingPlace;
using model::SubjectKind;

using Findings = std::span<const Finding>;
using Ids = std::vector<FindingId>;

constexpr std::size_t rows_at_once = 1'000;  // of one statement

constexpr auto text = ValueKind::text;
constexpr auto integer = ValueKind::integer;

std::string_view kind_name(SubjectKind kind) {
  return kind == SubjectKind::certificate ? "certificate" : "endpoint";
}

constexpr std::array<Engine::JsonColumn, 10> new_columns = {{{"check_id", text},
                                                             {"subject_kind", text},
                                                             {"subject", text},
                                                             {"severity", text},
                                                             {"status", text},
                                                             {"episode", integer},
                                                             {"first_seen", integer},
                                                             {"last_seen", integer},
                                                             {"resolved_at", integer},
                                                             {"accepted_until", integer}}};

Status insert_new(Engine& engine, Findings findings, Ids& ids) {
  JsonRows list;
  std::map<std::pair<std::string, std::string>, std::size_t> at;  // (check, subject)
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Finding& f = findings[i];
    if (f.id.stored()) continue;
    list.add(f.check, kind_name(f.subject.kind), f.subject.text, to_string(f.severity), to_string(f.status),
             f.episode, f.first_seen, f.last_seen, f.resolved_at, f.accepted_until);
    at.emplace(std::pair(f.check, f.subject.text), i);
  }
  if (list.count() == 0) return {};
  Rows<FindingId, std::string, std::string> rows(
      engine,
      fmt::format("INSERT INTO findings (check_id, subject_kind, subject, severity, status, episode, "
                  "first_seen, last_seen, resolved_at, accepted_until) SELECT r.check_id, r.subject_kind, "
                  "r.subject, r.severity, r.status, r.episode, r.first_seen, r.last_seen, r.resolved_at, "
                  "r.accepted_until FROM {} r WHERE 1 = 1 ON CONFLICT (subject, check_id) DO NOTHING "
                  "RETURNING id, check_id, subject",
                  engine.row_list(":list", new_columns)),
      std::move(list).take());
  while (auto row = rows.next()) {
    const auto found = at.find({std::get<1>(*row), std::get<2>(*row)});
    if (found == at.end()) continue;  // stored otherwise than it was said
    ids[found->second] = std::get<0>(*row);
    at.erase(found);
  }
  if (at.empty()) return {};
  const auto& [check, subject] = at.begin()->first;
  return fail(ErrorKind::conflict, "there is a finding {} of {} already", check, subject);
}

constexpr std::array<Engine::JsonColumn, 8> known_columns = {{{"id", integer},
                                                              {"severity", text},
                                                              {"status", text},
                                                              {"episode", integer},
                                                              {"first_seen", integer},
                                                              {"last_seen", integer},
                                                              {"resolved_at", integer},
                                                              {"accepted_until", integer}}};

Status update_known(Engine& engine, Findings findings) {
  JsonRows list;
  std::set<FindingId> missing;
  for (const Finding& f : findings) {
    if (!f.id.stored()) continue;
    list.add(f.id, to_string(f.severity), to_string(f.status), f.episode, f.first_seen, f.last_seen,
             f.resolved_at, f.accepted_until);
    missing.insert(f.id);
  }
  if (list.count() == 0) return {};
  Rows<FindingId> rows(
      engine,
      fmt::format(
          "UPDATE findings SET severity = r.severity, status = r.status, episode = r.episode, "
          "first_seen = r.first_seen, last_seen = r.last_seen, resolved_at = r.resolved_at, "
          "accepted_until = r.accepted_until FROM {} r WHERE findings.id = r.id RETURNING findings.id",
          engine.row_list(":list", known_columns)),
      std::move(list).take());
  while (auto row = rows.next()) missing.erase(std::get<0>(*row));
  if (missing.empty()) return {};
  return fail(ErrorKind::not_found, "there is no finding {}", missing.begin()->value);
}

using PlaceKey = std::pair<EndpointKey, std::string>;
struct KnownPlace {
  std::int64_t endpoint = 0;
  FindingPlace place;
};
using KnownPlaces = std::unordered_map<std::int64_t, std::map<PlaceKey, KnownPlace>>;

KnownPlaces known_places(Engine& engine, Findings findings) {
  std::vector<std::int64_t> ids;
  for (const Finding& f : findings) {
    if (f.id.stored()) ids.push_back(f.id.value);
  }
  KnownPlaces out;
  if (ids.empty()) return out;
  PlaceRows rows(engine, place_select(engine.in_integers(":ids")), integers_to_json(ids));
  while (auto row = rows.next()) {
    const std::int64_t finding = std::get<0>(*row);
    const std::int64_t endpoint = std::get<1>(*row);
    FindingPlace place = to_place(*row);
    PlaceKey key(place.endpoint, place.address);
    out[finding].emplace(std::move(key), KnownPlace{endpoint, std::move(place)});
  }
  return out;
}

struct PlaceWrite {
  FindingId finding;
  std::int64_t endpoint = 0;  // 0: not known yet
  const FindingPlace* place = nullptr;
};

// A certificate may be served at thousands of places, and one observation changes one of them: only what
// differs is written.
std::vector<PlaceWrite> changed_places(FindingId id, const Finding& finding,
                                       std::map<PlaceKey, KnownPlace>& known) {
  std::vector<PlaceWrite> out;
  for (const FindingPlace& place : finding.places) {
    const auto at = known.find({place.endpoint, place.address});
    if (at == known.end()) {
      out.push_back({id, 0, &place});
      continue;
    }
    if (at->second.place != place) out.push_back({id, at->second.endpoint, &place});
    known.erase(at);
  }
  return out;
}

// Fills in the endpoints that are not known.
Status find_endpoints(Engine& engine, std::span<PlaceWrite> writes) {
  std::set<EndpointKey> keys;
  for (const PlaceWrite& write : writes) {
    if (write.endpoint == 0) keys.insert(write.place->endpoint);
  }
  const auto rows = endpoint_rows(engine, keys);
  for (PlaceWrite& write : writes) {
    if (write.endpoint != 0) continue;
    const auto at = rows.find(write.place->endpoint);
    if (at == rows.end()) return no_endpoint(write.place->endpoint);
    write.endpoint = at->second;
  }
  return {};
}

constexpr std::array<Engine::JsonColumn, 10> place_columns = {{{"finding_id", integer},
                                                               {"endpoint_id", integer},
                                                               {"address", text},
                                                               {"last_verdict", text},
                                                               {"last_affected", integer},
                                                               {"good_since", integer},
                                                               {"verified_good", integer},
                                                               {"relapsed_at", integer},
                                                               {"reason", text},
                                                               {"evidence", text}}};

void write_places(Engine& engine, std::span<const PlaceWrite> writes) {
  JsonRows list;
  for (const auto& [finding, endpoint, place] : writes) {
    list.add(finding, endpoint, place->address, to_string(place->last_verdict), place->last_affected,
             place->good_since, place->verified_good, place->relapsed_at, place->reason,
             evidence_to_json(place->evidence));
  }
  execute(engine,
          fmt::format(
              "INSERT INTO finding_places (finding_id, endpoint_id, address, last_verdict, "
              "last_affected, good_since, verified_good, relapsed_at, reason, evidence) SELECT r.finding_id, "
              "r.endpoint_id, r.address, r.last_verdict, r.last_affected, r.good_since, "
              "r.verified_good, r.relapsed_at, r.reason, r.evidence FROM {} r WHERE 1 = 1 "
              "ON CONFLICT (finding_id, endpoint_id, address) DO UPDATE SET "
              "last_verdict = excluded.last_verdict, last_affected = excluded.last_affected, "
              "good_since = excluded.good_since, verified_good = excluded.verified_good, "
              "relapsed_at = excluded.relapsed_at, "
              "reason = excluded.reason, evidence = excluded.evidence",
              engine.row_list(":list", place_columns)),
          std::move(list).take());
}

constexpr std::array<Engine::JsonColumn, 3> gone_columns = {
    {{"finding_id", integer}, {"endpoint_id", integer}, {"address", text}}};

void remove_places(Engine& engine, const KnownPlaces& gone) {
  JsonRows list;
  for (const auto& [finding, places] : gone) {
    for (const auto& [key, known] : places) list.add(finding, known.endpoint, key.second);
  }
  if (list.count() == 0) return;
  execute(engine,
          fmt::format("DELETE FROM finding_places WHERE (finding_id, endpoint_id, address) IN "
                      "(SELECT r.finding_id, r.endpoint_id, r.address FROM {} r)",
                      engine.row_list(":list", gone_columns)),
          std::move(list).take());
}

Status save_places(Engine& engine, Findings findings, const Ids& ids) {
  KnownPlaces known = known_places(engine, findings);
  std::vector<PlaceWrite> writes;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    std::ranges::copy(changed_places(ids[i], findings[i], known[ids[i].value]), std::back_inserter(writes));
  }
  if (Status found = find_endpoints(engine, writes); !found) return found;
  const std::span<const PlaceWrite> all = writes;
  for (std::size_t at = 0; at < all.size(); at += rows_at_once) {
    write_places(engine, all.subspan(at, std::min(rows_at_once, all.size() - at)));
  }
  remove_places(engine, known);
  return {};
}

Status save_some(Engine& engine, Findings findings, Ids& out) {
  Ids ids;
  for (const Finding& finding : findings) ids.push_back(finding.id);
  if (Status inserted = insert_new(engine, findings, ids); !inserted) return inserted;
  if (Status updated = update_known(engine, findings); !updated) return updated;
  if (Status placed = save_places(engine, findings, ids); !placed) return placed;
  out.insert(out.end(), ids.begin(), ids.end());
  return {};
}

}  // namespace

Result<Ids> Session::save_all(Findings findings) {
  return engine_.guard([&]() -> Result<Ids> {
    Ids ids;
    for (; !findings.empty(); findings = findings.subspan(std::min(rows_at_once, findings.size()))) {
      Status saved = save_some(engine_, findings.first(std::min(rows_at_once, findings.size())), ids);
      if (!saved) return fail(saved.error());
    }
    return ids;
  });
}

Result<Finding> Session::save(const Finding& finding) {
  const auto ids = save_all({&finding, 1});
  if (!ids) return fail(ids.error());
  Finding out = finding;
  out.id = ids->front();
  return out;
}

}  // namespace certherald::store
