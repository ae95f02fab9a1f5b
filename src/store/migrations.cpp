#include "store/migrations.hpp"

namespace certherald::store {
namespace {

constexpr std::string_view own_table =
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT "
    "NULL)";

// Catalogue questions are the engine's own; PostgreSQL asks information_schema.
constexpr std::string_view tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table'";
constexpr std::string_view has_own_table =
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'";

}  // namespace

Result<int> schema_of(Engine& engine) {
  return engine.guard([&]() -> Result<int> {
    if (first_value<std::int64_t>(engine, std::string(has_own_table)).value_or(0) == 0) {
      if (first_value<std::int64_t>(engine, std::string(tables)).value_or(0) == 0) return 0;
      return with_hint(fail(ErrorKind::storage, "the database belongs to another program"),
                       "name another folder with --data");
    }
    return first_value<std::optional<int>>(engine, "SELECT max(version) FROM schema_migrations")
        .value_or(std::nullopt)
        .value_or(0);
  });
}

Result<int> take_steps(Engine& engine, std::span<const Migration> steps, Instant now) {
  const Result<int> version = schema_of(engine);
  if (!version) return version;
  return engine.guard([&]() -> Result<int> {
    if (*version == 0 && first_value<std::int64_t>(engine, std::string(has_own_table)).value_or(0) == 0) {
      engine.run_script(std::string(own_table));
    }
    int taken = 0;
    for (const Migration& step : steps) {
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
