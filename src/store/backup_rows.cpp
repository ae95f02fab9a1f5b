#include <algorithm>

#include <boost/json.hpp>

#include "model/policy.hpp"
#include "store/engine.hpp"
#include "store/holds.hpp"
#include "store/new_store.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

namespace json = boost::json;

ValueKind kind_of(const BackupColumn& column) {
  return column.kind == BackupKind::integer ? ValueKind::integer : ValueKind::text;
}

// "a, encode(b, 'hex')", `as_hex` being the function that bytes go through.
std::string column_list(const BackupTable& table, std::string_view as_hex) {
  std::string out;
  for (const BackupColumn& column : table.columns) {
    if (!out.empty()) out += ", ";
    const bool wrapped = column.kind == BackupKind::bytes && !as_hex.empty();
    out += wrapped ? fmt::format("{}({}, 'hex')", as_hex, column.name) : std::string(column.name);
  }
  return out;
}

std::string row_text(const BackupTable& table, Cursor& cursor) {
  json::array row;
  row.reserve(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (cursor.null(i)) {
      row.emplace_back(nullptr);
    } else if (kind_of(table.columns[i]) == ValueKind::integer) {
      row.emplace_back(cursor.integer(i));
    } else {
      row.emplace_back(cursor.take_text(i));
    }
  }
  return json::serialize(row);
}

// What a new store has rows of; all other tables are empty.
bool is_of_new_store(std::string_view table) {
  return table == "installation" || table == "policies" || table == "schedules";
}

bool has_only_first_policies(std::span<const PolicyRow> rows) {
  const std::vector<model::Policy> first = model::default_policies();
  return std::ranges::all_of(rows, [&first](const PolicyRow& row) {
    return row.managed_by.empty() && std::ranges::find(first, row.policy) != first.end();
  });
}

bool has_only_first_schedules(std::span<const ScheduleRow> rows) {
  return std::ranges::all_of(rows, [](const ScheduleRow& row) {
    return row.managed_by.empty() &&
           std::ranges::find(first_schedules(), row.schedule) != first_schedules().end();
  });
}

std::unexpected<Error> not_new(std::string_view table) {
  return with_hint(
      fail(ErrorKind::conflict, "the store is in use: it holds {} of its own", table),
      "a backup is restored into a new store only: name an empty folder with --data, or an empty database "
      "with --database");
}

Status refuse_unless_new(Engine& engine, Session& session) {
  for (const BackupTable& table : backup_tables()) {
    if (is_of_new_store(table.name)) continue;
    if (first_value<std::int64_t>(engine, fmt::format("SELECT 1 FROM {} LIMIT 1", table.name)))
      return not_new(table.name);
  }
  const auto policies = session.policies();
  if (!policies) return fail(policies.error());
  if (!has_only_first_policies(*policies)) return not_new("policies");
  const auto schedules = session.schedules();
  if (!schedules) return fail(schedules.error());
  if (!has_only_first_schedules(*schedules)) return not_new("schedules");
  return {};
}

// A delivery's id tells its note from others in the ticketing system (outbox::note_marker). What the lost
// store gave out since the backup is not known, so that ids go on beyond it: a thousand deliveries a day for
// 27 years.
constexpr std::int64_t lost_deliveries = 10'000'000;

std::string is_hold() { return fmt::format("substr(name, 1, {}) = '{}'", hold_prefix.size(), hold_prefix); }

// Every connection that may be delivered to, now or when a person brings it back.
Status hold_all(Engine& engine, Session& session, Instant now) {
  std::vector<std::string> names;
  {
    Rows<std::string> rows(engine,
                           "SELECT name FROM connections UNION SELECT connection FROM deliveries WHERE "
                           "is_final = 0 UNION SELECT connection FROM tickets WHERE is_open = 1");
    while (auto row = rows.next()) names.push_back(std::move(std::get<0>(*row)));
  }
  for (const std::string& name : names) {
    const auto held = session.set_setting(hold_name(name), std::to_string(now.time_since_epoch().count()));
    if (!held) return fail(held.error());
  }
  return {};
}

void end_what_was_under_way(Engine& engine, Instant now) {
  execute(engine,
          "UPDATE deliveries SET lease_worker = NULL, lease_until = NULL WHERE lease_worker IS NOT NULL");
  execute(
      engine,
      "UPDATE runs SET outcome = 'failed', ended_at = :now, message = 'under way when the backup was made' "
      "WHERE ended_at IS NULL",
      now);
  execute(engine, "UPDATE runs SET lease_worker = NULL, lease_until = NULL WHERE lease_worker IS NOT NULL");
}

}  // namespace

Result<std::string> Session::installation() {
  return engine_.guard([&]() -> Result<std::string> {
    auto uuid = first_value<std::string>(engine_, "SELECT uuid FROM installation WHERE id = 1");
    if (!uuid) return fail(ErrorKind::storage, "the store has no installation");
    return std::move(*uuid);
  });
}

Status Session::each_backup_row(const BackupTable& table,
                                const std::function<Status(const std::string&)>& visit) {
  return engine_.guard([&]() -> Status {
    std::vector<ValueKind> kinds;
    for (const BackupColumn& column : table.columns) kinds.push_back(kind_of(column));
    const auto rows = engine_.stream(
        fmt::format("SELECT {} FROM {} ORDER BY {}", column_list(table, "encode"), table.name, table.order),
        {}, kinds);
    while (rows->step()) {
      if (Status visited = visit(row_text(table, *rows)); !visited) return visited;
    }
    return {};
  });
}

Status Session::begin_restore() {
  return engine_.guard([&]() -> Status {
    if (Status refused = refuse_unless_new(engine_, *this); !refused) return refused;
    for (const BackupTable& table : backup_tables()) {
      if (is_of_new_store(table.name)) execute(engine_, fmt::format("DELETE FROM {}", table.name));
    }
    return {};
  });
}

Status Session::restore_rows(const BackupTable& table, const std::string& rows) {
  return engine_.guard([&]() -> Status {
    std::vector<Engine::JsonColumn> columns;
    for (const BackupColumn& column : table.columns) columns.push_back({column.name, kind_of(column)});
    execute(engine_,
            fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} r", table.name, column_list(table, ""),
                        column_list(table, "decode"), engine_.row_list(":rows", columns)),
            rows);
    return {};
  });
}

Status Session::end_restore(const std::string& fresh) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    if (!first_value<std::string>(engine_, "SELECT uuid FROM installation WHERE id = 1"))
      return fail(ErrorKind::invalid_input, "the backup names no installation");
    end_what_was_under_way(engine_, now);
    for (const BackupTable& table : backup_tables()) {
      if (table.columns.front().name != "id" || table.name == "installation") continue;
      engine_.continue_ids(table.name, table.name == "deliveries" ? lost_deliveries : 0);
    }
    if (fresh.empty()) return hold_all(engine_, *this, now);
    execute(engine_, "UPDATE installation SET uuid = :uuid, created_at = :now", fresh, now);
    execute(engine_, fmt::format("DELETE FROM settings WHERE {}", is_hold()));
    return {};
  });
}

Result<std::vector<std::string>> Session::held_connections() {
  return engine_.guard([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> names;
    Rows<std::string> rows(engine_,
                           fmt::format("SELECT name FROM settings WHERE {} ORDER BY name", is_hold()));
    while (auto row = rows.next()) names.push_back(std::get<0>(*row).substr(hold_prefix.size()));
    return names;
  });
}

}  // namespace certherald::store
