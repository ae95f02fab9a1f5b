#include "store/migrations.hpp"

namespace certherald::store {
namespace {

constexpr std::string_view own_table =
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT "
    "NULL)";

std::int64_t count_tables(Engine& engine, std::string_view where) {
  return first_value<std::int64_t>(engine,
                                   fmt::format("SELECT count(*) FROM {} t WHERE {}", engine.tables(), where))
      .value_or(0);
}

bool has_own_table(Engine& engine) { return count_tables(engine, "t.name = 'schema_migrations'") > 0; }

}  // namespace

Result<int> schema_of(Engine& engine) {
  return engine.guard([&]() -> Result<int> {
    if (!has_own_table(engine)) {
      if (count_tables(engine, "1 = 1") == 0) return 0;
      return with_hint(fail(ErrorKind::storage, "the database belongs to another program"),
                       "name another folder with --data, or another database with --database");
    }
    return first_value<std::optional<int>>(engine, "SELECT max(version) FROM schema_migrations")
        .value_or(std::nullopt)
        .value_or(0);
  });
}

std::string spelled(std::string sql, Words words) {
  for (const auto& [from, to] : words) {
    for (std::size_t at = sql.find(from); at != std::string::npos; at = sql.find(from, at + to.size())) {
      sql.replace(at, from.size(), to);
    }
  }
  return sql;
}

Result<int> take_steps(Engine& engine, Instant now) {
  const Result<int> version = schema_of(engine);
  if (!version) return version;
  return engine.guard([&]() -> Result<int> {
    if (*version == 0 && !has_own_table(engine)) engine.run_script(std::string(own_table));
    int taken = 0;
    for (const Migration& step : engine.migrations()) {
      if (step.version <= *version) continue;
      engine.run_script(std::string(step.sql));
      execute(
          engine,
          "INSERT INTO schema_migrations (version, name, applied_at) VALUES (:version, :name, :applied_at)",
          step.version, step.name, now);
      ++taken;
    }
    return taken;
  });
}

}  // namespace certherald::store
