#include <algorithm>

#include "store/certificate_rows.hpp"
#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::Endpoint;
using model::EndpointKey;

using EndpointRows = Rows<model::EndpointId, std::string, std::uint16_t, std::string, std::string,
                          std::string, std::optional<std::string>, std::string>;

Endpoint to_endpoint(EndpointRows::Row& row) {
  auto& [id, host, port, sni, address, starttls, owner, tags] = row;
  return {id,
          {std::move(host), port, std::move(sni), std::move(address), std::move(starttls)},
          owner.value_or(""),
          strings_from_json(tags)};
}

constexpr std::string_view endpoint_select =
    "SELECT e.id, e.host, e.port, e.sni, e.address, e.starttls, o.name, e.tags FROM endpoints e "
    "LEFT JOIN owners o ON o.id = e.owner_id WHERE e.retired = 0";

std::vector<Endpoint> in_display_order(EndpointRows rows) {
  std::vector<std::pair<std::string, Endpoint>> named;
  while (auto row = rows.next()) {
    Endpoint endpoint = to_endpoint(*row);
    std::string name = display_name(endpoint.key);
    named.emplace_back(std::move(name), std::move(endpoint));
  }
  std::ranges::sort(named, [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.key) < std::tie(b.first, b.second.key);
  });
  std::vector<Endpoint> out;
  out.reserve(named.size());
  for (auto& [name, endpoint] : named) out.push_back(std::move(endpoint));
  return out;
}

std::optional<std::int64_t> owner_row(Engine& engine, const std::string& name) {
  if (name.empty()) return std::nullopt;
  execute(engine, "INSERT INTO owners (name) VALUES (:name) ON CONFLICT (name) DO NOTHING", name);
  return first_value<std::int64_t>(engine, "SELECT id FROM owners WHERE name = :name", name);
}

std::string error_of(const std::string& body) {
  model::Observation observation;
  observation_from_json(body, observation);
  return std::move(observation.error);
}

// Certificates whose use depends on the endpoint being in the inventory.
void refresh_served(Engine& engine, std::int64_t endpoint) {
  std::vector<std::int64_t> certificates;
  Rows<std::int64_t> rows(
      engine, "SELECT certificate_id FROM deployments WHERE endpoint_id = :endpoint AND is_current = 1",
      endpoint);
  while (auto row = rows.next()) certificates.push_back(std::get<0>(*row));
  refresh_in_use(engine, certificates);
}

struct Known {
  std::int64_t id = 0;
  std::string owner;
  std::string tags;
  std::string managed_by;
  bool retired = false;
};

std::optional<Known> known_endpoint(Engine& engine, const EndpointKey& key) {
  auto row = first_row<std::int64_t, std::optional<std::string>, std::string, std::string, bool>(
      engine,
      "SELECT e.id, o.name, e.tags, e.managed_by, e.retired FROM endpoints e LEFT JOIN owners o ON o.id = "
      "e.owner_id "
      "WHERE e.host = :host AND e.port = :port AND e.sni = :sni AND e.address = :address AND e.starttls = "
      ":starttls",
      key.host, key.port, key.sni, key.address, key.starttls);
  if (!row) return std::nullopt;
  auto& [id, owner, tags, managed_by, retired] = *row;
  return Known{id, owner.value_or(""), std::move(tags), std::move(managed_by), retired};
}

void show_leaf(Engine& engine, const std::string& sha256, EndpointRow& out) {
  CertificateRows<> certificates(
      engine, fmt::format("SELECT {} FROM certificates c WHERE c.sha256 = :sha256", certificate_columns),
      sha256);
  auto found = certificates.next();
  if (!found) return;
  const model::Certificate certificate = to_certificate(std::move(*found)).certificate;
  out.leaf_sha256 = certificate.sha256;
  out.leaf_common_name = display_common_name(certificate);
  out.leaf_not_after = certificate.not_after;
}

}  // namespace

Result<std::vector<Endpoint>> Session::endpoints() {
  return engine_.guard([&]() -> Result<std::vector<Endpoint>> {
    return in_display_order(EndpointRows(engine_, std::string(endpoint_select)));
  });
}

Result<std::vector<Endpoint>> Session::not_seen_since(Instant since) {
  return engine_.guard([&]() -> Result<std::vector<Endpoint>> {
    return in_display_order(EndpointRows(
        engine_, fmt::format("{} AND (e.last_seen IS NULL OR e.last_seen < :since)", endpoint_select),
        since));
  });
}

Result<std::map<EndpointKey, std::string>> Session::owners_of(const std::set<EndpointKey>& endpoints) {
  return engine_.guard([&]() -> Result<std::map<EndpointKey, std::string>> {
    std::map<EndpointKey, std::string> out;
    if (endpoints.empty()) return out;
    Rows<std::string, std::uint16_t, std::string, std::string, std::string, std::string> rows(
        engine_,
        fmt::format("SELECT {}, o.name FROM {} JOIN owners o ON o.id = e.owner_id WHERE e.retired = 0",
                    endpoint_key_columns, key_list(engine_, ":keys")),
        keys_to_json(endpoints));
    while (auto row = rows.next()) {
      auto& [host, port, sni, address, starttls, owner] = *row;
      EndpointKey key{std::move(host), port, std::move(sni), std::move(address), std::move(starttls)};
      out.emplace(std::move(key), std::move(owner));
    }
    return out;
  });
}

Result<Put> Session::put(const Endpoint& endpoint, const std::string& set) {
  return engine_.guard([&]() -> Result<Put> {
    const EndpointKey& key = endpoint.key;
    const std::string tags = strings_to_json(endpoint.tags);
    const auto known = known_endpoint(engine_, key);
    if (known && !known->retired && known->owner == endpoint.owner && known->tags == tags &&
        known->managed_by == set) {
      return Put::unchanged;
    }
    const auto owner = owner_row(engine_, endpoint.owner);
    if (!known) {
      execute(engine_,
              "INSERT INTO endpoints (host, port, sni, address, starttls, owner_id, tags, managed_by, "
              "created_at) "
              "VALUES (:host, :port, :sni, :address, :starttls, :owner, :tags, :managed_by, :created_at)",
              key.host, key.port, key.sni, key.address, key.starttls, owner, tags, set, clock_.now());
      return Put::created;
    }
    execute(engine_,
            "UPDATE endpoints SET owner_id = :owner, tags = :tags, managed_by = :managed_by, retired = 0 "
            "WHERE id = :id",
            owner, tags, set, known->id);
    if (!known->retired) return Put::updated;
    refresh_served(engine_, known->id);
    return Put::created;
  });
}

Result<bool> Session::remove_endpoint(const EndpointKey& key) {
  return engine_.guard([&]() -> Result<bool> {
    const auto known = known_endpoint(engine_, key);
    if (!known || known->retired) return false;
    execute(engine_, "UPDATE endpoints SET retired = 1 WHERE id = :id", known->id);
    refresh_served(engine_, known->id);
    return true;
  });
}

Result<bool> Session::has_endpoint_at(const EndpointKey& place) {
  return engine_.guard([&]() -> Result<bool> {
    const std::string& address = place.address.empty() ? place.host : place.address;
    // Three looks, each by an index of its own.
    const auto at = first_value<std::int64_t>(
        engine_,
        "SELECT e.id FROM endpoints e WHERE e.retired = 0 AND e.host = :host AND e.port = :port AND "
        "e.starttls = :starttls UNION ALL SELECT e.id FROM endpoints e WHERE e.retired = 0 AND e.address <> "
        "'' AND e.address = :fixed AND e.port = :port2 AND e.starttls = :starttls2 UNION ALL SELECT e.id "
        "FROM "
        "observations_latest l JOIN endpoints e ON e.id = l.endpoint_id WHERE l.address = :seen AND l.status "
        "= 'scanned' AND e.retired = 0 AND e.port = :port3 AND e.starttls = :starttls3 LIMIT 1",
        place.host, place.port, place.starttls, address, place.port, place.starttls, address, place.port,
        place.starttls);
    return at.has_value();
  });
}

Status Session::each_endpoint(const Visitor<EndpointRow>& visit) {
  return engine_.guard([&]() -> Status {
    Rows<model::EndpointId, std::string, std::uint16_t, std::string, std::string, std::string,
         std::optional<std::string>, std::string, std::string, std::optional<Instant>,
         std::optional<std::string>, std::optional<std::string>, std::optional<std::string>>
        rows(streamed, engine_,
             "SELECT e.id, e.host, e.port, e.sni, e.address, e.starttls, o.name, e.tags, e.managed_by, "
             "e.last_seen, "
             "(SELECT l.status FROM observations_latest l WHERE l.endpoint_id = e.id ORDER BY l.at DESC, "
             "l.address LIMIT 1), "
             "(SELECT CASE WHEN l.status <> 'scanned' THEN l.body END FROM observations_latest l "
             "WHERE l.endpoint_id = e.id ORDER BY l.at DESC, l.address LIMIT 1), "
             "(SELECT c.sha256 FROM deployments d JOIN certificates c ON c.id = d.certificate_id "
             "WHERE d.endpoint_id = e.id AND d.is_current = 1 ORDER BY d.last_seen DESC, d.address, "
             "c.not_after LIMIT 1) "
             "FROM endpoints e LEFT JOIN owners o ON o.id = e.owner_id WHERE e.retired = 0 "
             "ORDER BY e.host, e.port, e.sni, e.address, e.starttls");
    while (auto row = rows.next()) {
      auto& [id, host, port, sni, address, starttls, owner, tags, managed_by, seen, status, failed, leaf] =
          *row;
      EndpointRow out;
      out.endpoint = {id, {host, port, sni, address, starttls}, owner.value_or(""), strings_from_json(tags)};
      out.managed_by = std::move(managed_by);
      out.last_seen = seen;
      if (status) out.last_status = require(model::scan_status_from(*status), "scan status", *status);
      if (failed) out.last_error = error_of(*failed);
      if (leaf) show_leaf(engine_, *leaf, out);
      if (auto visited = visit(out); !visited) return visited;
    }
    return {};
  });
}

Status Session::each_failed_scan(Instant since, const Visitor<FailedScan>& visit) {
  return engine_.guard([&]() -> Status {
    Rows<std::string, std::uint16_t, std::string, std::string, std::string, std::string, std::string,
         std::string>
        rows(engine_,
             "SELECT e.host, e.port, e.sni, e.address, e.starttls, l.address, l.status, l.body FROM "
             "observations_latest l JOIN endpoints e ON e.id = l.endpoint_id WHERE l.at >= :since AND "
             "l.status <> 'scanned' AND e.retired = 0 ORDER BY e.host, e.port, e.id, l.address",
             since);
    while (auto row = rows.next()) {
      auto& [host, port, sni, fixed, starttls, address, status, body] = *row;
      const FailedScan failed{{host, port, sni, fixed, starttls},
                              address,
                              require(model::scan_status_from(status), "scan status", status),
                              error_of(body)};
      if (auto visited = visit(failed); !visited) return visited;
    }
    return {};
  });
}

Status Session::each_certificate(const CertificateFilter& filter, const Visitor<CertificateRow>& visit) {
  return engine_.guard([&]() -> Status {
    std::string where = filter.use == CertificateFilter::Use::in_use ? "c.in_use = 1" : "1 = 1";
    where += " AND (:all = 1 OR c.not_after <= :end)";
    CertificateRows<bool, bool, std::int64_t, std::optional<std::string>, std::optional<std::uint16_t>> rows(
        streamed, engine_,
        fmt::format(
            "SELECT {}, c.imported, c.in_use, (SELECT count(*) FROM deployments d JOIN endpoints f ON "
            "f.id = d.endpoint_id AND f.retired = 0 WHERE d.certificate_id = c.id AND d.is_current = 1), "
            "e.host, e.port FROM certificates c LEFT JOIN endpoints e ON e.id = "
            "(SELECT d.endpoint_id FROM deployments d JOIN endpoints f ON f.id = d.endpoint_id AND f.retired "
            "= 0 "
            "WHERE d.certificate_id = c.id AND d.is_current = 1 ORDER BY f.host, f.port, f.id LIMIT 1) "
            "WHERE {} ORDER BY c.not_after, c.id",
            certificate_columns, where),
        !filter.ending_by.has_value(), filter.ending_by.value_or(Instant{}));
    constexpr std::size_t extra = std::tuple_size_v<CertificateTuple>;
    while (auto row = rows.next()) {
      CertificateRow out;
      out.imported = std::get<extra>(*row);
      out.in_use = std::get<extra + 1>(*row);
      out.deployments = std::get<extra + 2>(*row);
      EndpointKey place;
      place.host = std::get<extra + 3>(*row).value_or("");
      place.port = std::get<extra + 4>(*row).value_or(0);
      if (!place.host.empty()) out.place = display_name(place);
      out.certificate =
          to_certificate<bool, bool, std::int64_t, std::optional<std::string>, std::optional<std::uint16_t>>(
              std::move(*row))
              .certificate;
      if (auto visited = visit(out); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
