#include <algorithm>
#include <set>

#include "store/certificate_rows.hpp"
#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using inventory::Changes;
using inventory::KnownAddress;
using model::Observation;

struct Latest {
  std::string status;
  Digests digests;
};

std::optional<Latest> latest_of(Engine& engine, std::int64_t endpoint, const std::string& address) {
  auto row = first_row<std::string, std::string>(
      engine,
      "SELECT status, digests FROM observations_latest WHERE endpoint_id = :endpoint AND address = :address",
      endpoint, address);
  if (!row) return std::nullopt;
  return Latest{std::move(std::get<0>(*row)), digests_from_json(std::get<1>(*row))};
}

template <class Visit>
void visit_certificates(const Observation& observation, const Visit& visit) {
  for (const model::Certificate& certificate : observation.chain) visit(certificate);
  for (const model::OtherChain& other : observation.other_chains) {
    for (const model::Certificate& certificate : other.chain) visit(certificate);
  }
}

void insert_missing(Engine& engine, const Observation& observation) {
  std::vector<std::string> prints;
  visit_certificates(observation, [&](const auto& certificate) { prints.push_back(certificate.sha256); });
  const auto known = certificate_rows(engine, prints);
  std::vector<model::Certificate> missing;
  std::set<std::string> taken;  // authorities come in more than one chain
  visit_certificates(observation, [&](const auto& certificate) {
    const bool is_new = !known.contains(certificate.sha256) && taken.insert(certificate.sha256).second;
    if (is_new) missing.push_back(certificate);
  });
  if (!missing.empty()) (void)insert_certificates(engine, missing, Origin::scan, observation.at);
}

std::vector<std::int64_t> rows_of(Engine& engine, const std::vector<std::string>& prints) {
  std::vector<std::int64_t> out;
  for (const auto& [sha256, row] : certificate_rows(engine, prints)) out.push_back(row);
  return out;
}

void deploy(Engine& engine, std::int64_t endpoint, const Observation& observation, const Changes& changes) {
  std::vector<std::string> served = changes.started;
  served.insert(served.end(), changes.continued.begin(), changes.continued.end());
  for (const std::int64_t certificate : rows_of(engine, served)) {
    execute(
        engine,
        "INSERT INTO deployments (endpoint_id, address, certificate_id, first_seen, last_seen, is_current) "
        "VALUES (:endpoint, :address, :certificate, :first_seen, :last_seen, 1) "
        "ON CONFLICT (endpoint_id, address, certificate_id) DO UPDATE SET last_seen = excluded.last_seen, "
        "is_current = 1",
        endpoint, observation.address, certificate, observation.at, observation.at);
  }
  const auto ended = rows_of(engine, changes.ended);
  for (const std::int64_t certificate : ended) {
    execute(engine,
            "UPDATE deployments SET is_current = 0 WHERE endpoint_id = :endpoint AND address = :address AND "
            "certificate_id = :certificate",
            endpoint, observation.address, certificate);
  }
  std::vector<std::int64_t> touched = rows_of(engine, changes.started);
  touched.insert(touched.end(), ended.begin(), ended.end());
  if (!touched.empty()) refresh_in_use(engine, touched);
}

void replace_latest(Engine& engine, std::int64_t endpoint, const Observation& observation,
                    const std::string& body) {
  const std::string status(to_string(observation.status));
  auto latest = latest_of(engine, endpoint, observation.address);
  Digests digests;
  if (latest && latest->status == status) digests = std::move(latest->digests);
  digests[inventory::scan_scope(observation)] = inventory::facts_digest(observation);
  execute(engine,
          "INSERT INTO observations_latest (endpoint_id, address, at, status, digests, body) "
          "VALUES (:endpoint, :address, :at, :status, :digests, :body) ON CONFLICT (endpoint_id, address) DO "
          "UPDATE SET "
          "at = excluded.at, status = excluded.status, digests = excluded.digests, body = excluded.body",
          endpoint, observation.address, observation.at, status, digests_to_json(digests), body);
}

}  // namespace

Result<KnownAddress> Session::known_address(const model::EndpointKey& endpoint, const std::string& address) {
  return engine_.guard([&]() -> Result<KnownAddress> {
    KnownAddress known;
    const auto id = endpoint_row(engine_, endpoint);
    if (!id) return known;
    if (const auto latest = latest_of(engine_, *id, address)) {
      for (const auto& [scope, digest] : latest->digests) known.facts_digests.push_back(digest);
    }
    Rows<std::string> leaves(engine_,
                             "SELECT c.sha256 FROM deployments d JOIN certificates c ON c.id = "
                             "d.certificate_id WHERE d.endpoint_id = :endpoint AND d.address = :address AND "
                             "d.is_current = 1",
                             *id, address);
    while (auto row = leaves.next()) known.current_leaves.push_back(std::move(std::get<0>(*row)));
    std::ranges::sort(known.current_leaves);
    return known;
  });
}

Status Session::apply(const Observation& observation, const Changes& changes) {
  return engine_.guard([&]() -> Status {
    const auto endpoint = endpoint_row(engine_, observation.endpoint);
    if (!endpoint) return no_endpoint(observation.endpoint);
    insert_missing(engine_, observation);
    deploy(engine_, *endpoint, observation, changes);
    if (observation.status == model::ScanStatus::scanned) {
      execute(
          engine_,
          "UPDATE endpoints SET last_seen = :at WHERE id = :id AND (last_seen IS NULL OR last_seen < :than)",
          observation.at, *endpoint, observation.at);
    }
    const std::string body = observation_to_json(observation);
    replace_latest(engine_, *endpoint, observation, body);
    if (!changes.facts_changed) return {};
    execute(engine_,
            "INSERT INTO observation_history (endpoint_id, address, at, status, body) "
            "VALUES (:endpoint, :address, :at, :status, :body)",
            *endpoint, observation.address, observation.at, to_string(observation.status), body);
    return {};
  });
}

Result<std::map<std::pair<model::EndpointKey, std::string>, std::string>> Session::latest_leaves(
    const std::set<model::EndpointKey>& endpoints) {
  using Leaves = std::map<std::pair<model::EndpointKey, std::string>, std::string>;
  return engine_.guard([&]() -> Result<Leaves> {
    Leaves out;
    if (endpoints.empty()) return out;
    Rows<std::string, std::uint16_t, std::string, std::string, std::string, std::string, std::string> rows(
        engine_,
        fmt::format("SELECT {}, l.address, l.body FROM {} JOIN observations_latest l ON l.endpoint_id = e.id",
                    endpoint_key_columns, key_list(engine_, ":keys")),
        keys_to_json(endpoints));
    while (auto row = rows.next()) {
      auto& [host, port, sni, connect, starttls, address, body] = *row;
      Observation observation;
      observation_from_json(body, observation);
      if (observation.chain.empty()) continue;
      model::EndpointKey key{std::move(host), port, std::move(sni), std::move(connect), std::move(starttls)};
      out.emplace(std::pair(std::move(key), std::move(address)), observation.chain.front().sha256);
    }
    return out;
  });
}

Result<std::vector<Observation>> Session::latest_observations(const model::EndpointKey& endpoint) {
  return engine_.guard([&]() -> Result<std::vector<Observation>> {
    std::vector<Observation> out;
    const auto id = endpoint_row(engine_, endpoint);
    if (!id) return out;
    Rows<std::string, Instant, std::string, std::string> rows(
        engine_,
        "SELECT address, at, status, body FROM observations_latest WHERE endpoint_id = :endpoint ORDER BY "
        "address",
        *id);
    std::vector<std::string> prints;
    while (auto row = rows.next()) {
      auto& [address, at, status, body] = *row;
      Observation& observation = out.emplace_back();
      observation.endpoint = endpoint;
      observation.address = std::move(address);
      observation.at = at;
      observation.status = require(model::scan_status_from(status), "scan status", status);
      observation_from_json(body, observation);
      visit_certificates(observation, [&](const auto& certificate) { prints.push_back(certificate.sha256); });
    }
    const auto whole = whole_certificates(engine_, prints);
    const auto fill = [&whole](std::vector<model::Certificate>& chain) {
      for (model::Certificate& certificate : chain) {
        const auto found = whole.find(certificate.sha256);
        if (found == whole.end()) damaged("certificate that an observation names", certificate.sha256);
        certificate = found->second;
      }
    };
    for (Observation& observation : out) {
      fill(observation.chain);
      for (model::OtherChain& other : observation.other_chains) fill(other.chain);
    }
    return out;
  });
}

}  // namespace certherald::store
