#include <map>

#include "store/engine.hpp"
#include "store/json_columns.hpp"
#include "store/keys.hpp"
#include "store/session.hpp"

namespace certherald::store {

namespace {

// Of each of these endpoints, by address.
using KnownPlaces = std::map<std::int64_t, std::map<std::string, KnownPlace>>;

KnownPlaces known_places(Engine& engine, const std::vector<std::int64_t>& endpoints) {
  KnownPlaces out;
  const std::string wanted = integers_to_json(endpoints);
  const auto place = [&out](std::int64_t endpoint, const std::string& address) -> KnownPlace& {
    KnownPlace& known = out[endpoint][address];
    known.address = address;
    return known;
  };
  Rows<std::int64_t, std::string, std::string> leaves(
      engine,
      fmt::format(
          "SELECT d.endpoint_id, d.address, c.sha256 FROM deployments d JOIN certificates c ON c.id = "
          "d.certificate_id WHERE d.is_current = 1 AND d.endpoint_id {} ORDER BY c.sha256",
          engine.in_integers(":endpoints")),
      wanted);
  while (auto row = leaves.next()) {
    auto& [endpoint, address, sha256] = *row;
    place(endpoint, address).leaves.push_back(std::move(sha256));
  }
  Rows<std::int64_t, std::string, std::string> checks(
      engine,
      fmt::format(
          "SELECT DISTINCT p.endpoint_id, p.address, f.check_id FROM finding_places p JOIN findings f "
          "ON f.id = p.finding_id WHERE f.status <> 'resolved' AND p.endpoint_id {} ORDER BY "
          "f.check_id",
          engine.in_integers(":endpoints")),
      wanted);
  while (auto row = checks.next()) {
    auto& [endpoint, address, check] = *row;
    place(endpoint, address).open_checks.push_back(std::move(check));
  }
  return out;
}

}  // namespace

Result<std::int64_t> Session::add_scan_work(model::RunId run, model::Tier tier,
                                            std::span<const model::EndpointKey> endpoints) {
  return engine_.guard([&]() -> Result<std::int64_t> {
    std::int64_t added = 0;
    for (const model::EndpointKey& key : endpoints) {
      const auto endpoint = endpoint_row(engine_, key);
      if (!endpoint) return no_endpoint(key);
      added += execute(engine_,
                       "INSERT INTO scan_work (run_id, endpoint_id, tier) VALUES (:run, :endpoint, :tier) ON "
                       "CONFLICT (run_id, endpoint_id) DO NOTHING",
                       run, *endpoint, to_string(tier));
    }
    return added;
  });
}

Result<std::int64_t> Session::add_scan_work(model::RunId run, model::Tier tier,
                                            std::optional<Instant> not_seen_since) {
  return engine_.guard([&]() -> Result<std::int64_t> {
    return execute(
        engine_,
        "INSERT INTO scan_work (run_id, endpoint_id, tier) SELECT :run, e.id, :tier FROM endpoints "
        "e WHERE e.retired = 0 AND (:all = 1 OR e.last_seen IS NULL OR e.last_seen < :since) ORDER "
        "BY e.host, e.port, e.id ON CONFLICT (run_id, endpoint_id) DO NOTHING",
        run, to_string(tier), !not_seen_since.has_value(), not_seen_since.value_or(Instant{}));
  });
}

Result<std::vector<ScanWork>> Session::claim_scan_work(model::RunId run, const std::string& worker,
                                                       Seconds lease, std::size_t limit) {
  return engine_.guard([&]() -> Result<std::vector<ScanWork>> {
    const Instant now = clock_.now();
    std::vector<ScanWork> out;
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> endpoints;
    {
      Rows<std::int64_t, model::RunId, std::int64_t, std::string, std::uint16_t, std::string, std::string,
           std::string, std::string, std::int64_t>
          rows(engine_,
               fmt::format(
                   "SELECT w.id, w.run_id, e.id, {}, w.tier, w.lease_epoch FROM scan_work w JOIN endpoints e "
                   "ON e.id = w.endpoint_id WHERE w.is_done = 0 AND (:any = 1 OR w.run_id = :run) AND "
                   "(w.lease_until IS NULL OR w.lease_until <= :now) ORDER BY w.run_id, w.id LIMIT "
                   ":limit{}",
                   endpoint_key_columns, engine_.take_rows("w")),
               !run.stored(), run, now, limit);
      while (auto row = rows.next()) {
        auto& [id, of, endpoint, host, port, sni, address, starttls, tier, epoch] = *row;
        out.push_back({id,
                       of,
                       {std::move(host), port, std::move(sni), std::move(address), std::move(starttls)},
                       require(model::tier_from(tier), "tier", tier),
                       worker,
                       epoch + 1});
        ids.push_back(id);
        endpoints.push_back(endpoint);
      }
    }
    if (out.empty()) return out;
    execute(engine_,
            fmt::format("UPDATE scan_work SET lease_worker = :worker, lease_epoch = lease_epoch + 1, "
                        "lease_until = :until WHERE id {}",
                        engine_.in_integers(":ids")),
            worker, now + lease, integers_to_json(ids));
    const auto known = known_places(engine_, endpoints);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto at = known.find(endpoints[i]);
      if (at == known.end()) continue;
      for (const auto& [address, place] : at->second) out[i].known.push_back(place);
    }
    return out;
  });
}

Result<std::size_t> Session::free_scan_work(model::RunId run, std::size_t most) {
  return engine_.guard([&]() -> Result<std::size_t> {
    return first_value<std::size_t>(
               engine_,
               "SELECT count(*) FROM (SELECT 1 FROM scan_work w WHERE w.is_done = 0 AND (:any = 1 OR "
               "w.run_id = :run) AND (w.lease_until IS NULL OR w.lease_until <= :now) LIMIT :most) f",
               !run.stored(), run, clock_.now(), most)
        .value_or(0);
  });
}

Status Session::finish_scan(const ScanWork& work, std::int64_t scanned, std::int64_t unreachable) {
  return engine_.guard([&]() -> Status {
    const std::int64_t changed = execute(
        engine_,
        "UPDATE scan_work SET is_done = 1, scanned = :scanned, unreachable = :unreachable, lease_worker = "
        "NULL, lease_until = NULL WHERE id = :id AND is_done = 0 AND lease_epoch = :epoch AND lease_worker = "
        ":worker",
        scanned, unreachable, work.id, work.epoch, work.worker);
    if (changed == 0) {
      return fail(ErrorKind::conflict, "another process took over {}", model::display_name(work.endpoint));
    }
    return {};
  });
}

Result<ScanProgress> Session::scan_progress(model::RunId run) {
  return engine_.guard([&]() -> Result<ScanProgress> {
    const auto row = first_row<std::int64_t, std::int64_t, std::int64_t, std::int64_t>(
        engine_,
        "SELECT count(*), count(*) - coalesce(sum(is_done), 0), CAST(coalesce(sum(scanned), 0) AS BIGINT), "
        "CAST(coalesce(sum(unreachable), 0) AS BIGINT) FROM scan_work WHERE run_id = :run",
        run);
    if (!row) return ScanProgress{};
    return ScanProgress{std::get<0>(*row), std::get<1>(*row), std::get<2>(*row), std::get<3>(*row)};
  });
}

Status Session::keep_leases(const std::string& worker, Seconds lease) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    execute(engine_,
            "UPDATE runs SET lease_until = :until, sign_at = :sign WHERE ended_at IS NULL AND lease_worker = "
            ":worker AND lease_until > :now",
            now + lease, now, worker, now);
    execute(engine_,
            "UPDATE scan_work SET lease_until = :until WHERE is_done = 0 AND lease_worker = :worker AND "
            "lease_until > :now",
            now + lease, worker, now);
    return {};
  });
}

Result<std::vector<std::string>> Session::lease_holders() {
  return engine_.guard([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    Rows<std::string> rows(
        engine_,
        "SELECT lease_worker FROM runs WHERE ended_at IS NULL AND lease_worker IS NOT NULL UNION SELECT "
        "lease_worker FROM scan_work WHERE is_done = 0 AND lease_worker IS NOT NULL UNION SELECT "
        "lease_worker FROM deliveries WHERE is_final = 0 AND lease_worker IS NOT NULL");
    while (auto row = rows.next()) out.push_back(std::move(std::get<0>(*row)));
    return out;
  });
}

Status Session::end_leases(const std::string& worker) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    for (const std::string_view table : {"runs", "scan_work", "deliveries"}) {
      execute(engine_,
              fmt::format("UPDATE {} SET lease_until = :now WHERE lease_worker = :worker AND lease_until > "
                          ":later",
                          table),
              now, worker, now);
    }
    engine_.announce();
    return {};
  });
}

}  // namespace certherald::store
