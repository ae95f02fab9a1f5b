#include "store/engine.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

// Policies and connections: a name, the set that manages it, and all else as JSON.
struct NamedTable {
  std::string_view name;
};
constexpr NamedTable policies_table{"policies"};
constexpr NamedTable connections_table{"connections"};
constexpr NamedTable discoveries_table{"discoveries"};

Put put_named(Engine& engine, NamedTable table, const std::string& name, const std::string& set,
              const std::string& body) {
  const auto known = first_row<std::string, std::string>(
      engine, fmt::format("SELECT managed_by, body FROM {} WHERE name = :name", table.name), name);
  if (known && *known == std::tuple(set, body)) return Put::unchanged;
  execute(
      engine,
      fmt::format(
          "INSERT INTO {} (name, managed_by, body) VALUES (:name, :managed_by, :body) ON CONFLICT (name) DO "
          "UPDATE SET managed_by = excluded.managed_by, body = excluded.body",
          table.name),
      name, set, body);
  return known ? Put::updated : Put::created;
}

bool remove_named(Engine& engine, std::string_view table, const std::string& name) {
  return execute(engine, fmt::format("DELETE FROM {} WHERE name = :name", table), name) > 0;
}

Rows<std::string, std::string, std::string> named_rows(Engine& engine, NamedTable table) {
  return {engine, fmt::format("SELECT name, managed_by, body FROM {} ORDER BY name", table.name)};
}

constexpr std::string_view schedule_columns =
    "name, managed_by, task, rrule, time_zone, enabled, dtstart, exdates, created_at, effective_from, "
    "discovery";
using ScheduleRows = Rows<std::string, std::string, std::string, std::string, std::string, bool, std::string,
                          std::string, Instant, Instant, std::string>;

ScheduleRow to_schedule(ScheduleRows::Row row) {
  auto& [name, managed_by, task, rrule, zone, enabled, dtstart, exdates, created, effective, discovery] = row;
  model::Schedule schedule{std::move(name),
                           require(model::task_kind_from(task), "task", task),
                           std::move(rrule),
                           std::move(zone),
                           enabled,
                           std::move(dtstart),
                           strings_from_json(exdates),
                           std::move(discovery)};
  return {std::move(schedule), std::move(managed_by), created, effective};
}

std::optional<ScheduleRow> known_schedule(Engine& engine, const std::string& name) {
  ScheduleRows rows(engine, fmt::format("SELECT {} FROM schedules WHERE name = :name", schedule_columns),
                    name);
  auto row = rows.next();
  if (!row) return std::nullopt;
  return to_schedule(std::move(*row));
}

// Whether what `was` planned since it is effective, `is` plans too.
bool plans_alike(model::Schedule was, const model::Schedule& is) {
  if (is.enabled && !was.enabled) return false;
  was.enabled = is.enabled;
  return was == is;
}

}  // namespace

Result<Put> Session::put(const model::Policy& policy, const std::string& set) {
  return engine_.guard([&]() -> Result<Put> {
    return put_named(engine_, policies_table, policy.name, set, policy_to_json(policy));
  });
}

Result<Put> Session::put(const model::Connection& connection, const std::string& set) {
  return engine_.guard([&]() -> Result<Put> {
    return put_named(engine_, connections_table, connection.name, set, connection_to_json(connection));
  });
}

Result<Put> Session::put(const model::Schedule& schedule, const std::string& set) {
  return engine_.guard([&]() -> Result<Put> {
    const auto known = known_schedule(engine_, schedule.name);
    if (known && known->schedule == schedule && known->managed_by == set) return Put::unchanged;
    const bool goes_on = known && plans_alike(known->schedule, schedule);
    execute(
        engine_,
        "INSERT INTO schedules (name, managed_by, task, rrule, time_zone, enabled, dtstart, exdates, "
        "created_at, "
        "effective_from, discovery) VALUES (:name, :managed_by, :task, :rrule, :zone, :enabled, :dtstart, "
        ":exdates, "
        ":created, "
        ":effective, :discovery) ON CONFLICT (name) DO UPDATE SET managed_by = excluded.managed_by, task = "
        "excluded.task, "
        "rrule = excluded.rrule, time_zone = excluded.time_zone, enabled = excluded.enabled, "
        "dtstart = excluded.dtstart, exdates = excluded.exdates, effective_from = excluded.effective_from, "
        "discovery = excluded.discovery",
        schedule.name, set, std::string(to_string(schedule.task)), schedule.rrule, schedule.time_zone,
        schedule.enabled, schedule.dtstart, strings_to_json(schedule.exdates), clock_.now(),
        goes_on ? known->effective_from : clock_.now(), schedule.discovery);
    return known ? Put::updated : Put::created;
  });
}

Result<Put> Session::put(const model::Discovery& discovery, const std::string& set) {
  return engine_.guard([&]() -> Result<Put> {
    return put_named(engine_, discoveries_table, discovery.name, set, discovery_to_json(discovery));
  });
}

Result<bool> Session::remove_discovery(const std::string& name) {
  return engine_.guard([&]() -> Result<bool> { return remove_named(engine_, discoveries_table.name, name); });
}
Result<bool> Session::remove_policy(const std::string& name) {
  return engine_.guard([&]() -> Result<bool> { return remove_named(engine_, policies_table.name, name); });
}
Result<bool> Session::remove_connection(const std::string& name) {
  return engine_.guard([&]() -> Result<bool> { return remove_named(engine_, connections_table.name, name); });
}
Result<bool> Session::remove_schedule(const std::string& name) {
  return engine_.guard([&]() -> Result<bool> { return remove_named(engine_, "schedules", name); });
}

Result<std::vector<PolicyRow>> Session::policies() {
  return engine_.guard([&]() -> Result<std::vector<PolicyRow>> {
    std::vector<PolicyRow> out;
    auto rows = named_rows(engine_, policies_table);
    while (auto row = rows.next()) {
      auto& [name, managed_by, body] = *row;
      out.push_back({policy_from_json(std::move(name), body), std::move(managed_by)});
    }
    return out;
  });
}

Result<std::vector<ConnectionRow>> Session::connections() {
  return engine_.guard([&]() -> Result<std::vector<ConnectionRow>> {
    std::vector<ConnectionRow> out;
    auto rows = named_rows(engine_, connections_table);
    while (auto row = rows.next()) {
      auto& [name, managed_by, body] = *row;
      out.push_back({connection_from_json(std::move(name), body), std::move(managed_by)});
    }
    return out;
  });
}

Result<std::vector<DiscoveryRow>> Session::discoveries() {
  return engine_.guard([&]() -> Result<std::vector<DiscoveryRow>> {
    std::vector<DiscoveryRow> out;
    auto rows = named_rows(engine_, discoveries_table);
    while (auto row = rows.next()) {
      auto& [name, managed_by, body] = *row;
      out.push_back({discovery_from_json(std::move(name), body), std::move(managed_by)});
    }
    return out;
  });
}

Result<std::vector<ScheduleRow>> Session::schedules() {
  return engine_.guard([&]() -> Result<std::vector<ScheduleRow>> {
    std::vector<ScheduleRow> out;
    ScheduleRows rows(engine_, fmt::format("SELECT {} FROM schedules ORDER BY name", schedule_columns));
    while (auto row = rows.next()) out.push_back(to_schedule(std::move(*row)));
    return out;
  });
}

Result<std::optional<std::string>> Session::setting(const std::string& name) {
  return engine_.guard([&]() -> Result<std::optional<std::string>> {
    return first_value<std::string>(engine_, "SELECT value FROM settings WHERE name = :name", name);
  });
}

Result<Put> Session::set_setting(const std::string& name, const std::string& value) {
  return engine_.guard([&]() -> Result<Put> {
    const auto known =
        first_value<std::string>(engine_, "SELECT value FROM settings WHERE name = :name", name);
    if (known == value) return Put::unchanged;
    execute(
        engine_,
        "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value",
        name, value);
    return known ? Put::updated : Put::created;
  });
}

}  // namespace certherald::store
