#include "store/doctor.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>

#include "base/text.hpp"
#include "base/time_text.hpp"

namespace certherald::store {
namespace {

using State = HealthCheck::State;

constexpr std::uint64_t mebibyte = 1'048'576;
constexpr std::uint64_t little_space = 64 * mebibyte;
constexpr std::uint64_t some_space = 1'024 * mebibyte;
constexpr Seconds clock_slack{60};

HealthCheck integrity(Engine& engine) {
  const std::string answer =
      first_value<std::string>(engine, "PRAGMA integrity_check(1)").value_or("no answer");
  if (answer == "ok") return {State::good, "integrity", "every page is sound", ""};
  return {State::bad, "integrity", single_line(answer), "stop certherald and restore the latest backup"};
}

HealthCheck foreign_keys(Engine& engine) {
  const bool on = first_value<std::int64_t>(engine, "PRAGMA foreign_keys").value_or(0) == 1;
  if (!on) return {State::bad, "foreign keys", "they are not enforced", "use the SQLite that Debian ships"};
  const auto broken =
      first_value<std::string>(engine, "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1");
  if (!broken) return {State::good, "foreign keys", "every row's references are there", ""};
  return {State::bad, "foreign keys", fmt::format("a row of {} refers to one that is not there", *broken),
          "restore the latest backup"};
}

HealthCheck durability(Engine& engine) {
  const auto level = first_value<std::int64_t>(engine, "PRAGMA synchronous").value_or(-1);
  const std::string journal = first_value<std::string>(engine, "PRAGMA journal_mode").value_or("");
  if (level >= 2 && journal == "wal") {
    return {State::good, "durability", "write-ahead log, synchronous=FULL: what is committed is on the disk",
            ""};
  }
  return {State::bad, "durability",
          fmt::format("journal_mode={}, synchronous={}: a power cut can lose what was told",
                      single_line(journal), level),
          "let nothing else set pragmas on this file"};
}

HealthCheck disk_space(const std::string& folder) {
  struct statvfs info{};
  if (::statvfs(folder.c_str(), &info) != 0) {
    return {State::warning, "disk space", "the file system does not say how much is free", "look with df"};
  }
  const std::uint64_t free = info.f_bavail * info.f_frsize;
  const std::string message = fmt::format("{} MiB free for {}", free / mebibyte, single_line(folder));
  const std::string mend = "free space, or move the store to a larger disk";
  if (free < little_space) return {State::bad, "disk space", message, mend};
  if (free < some_space) return {State::warning, "disk space", message, mend};
  return {State::good, "disk space", message, ""};
}

HealthCheck privacy(const std::string& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) == 0 && (info.st_mode & 077) == 0) {
    return {State::good, "privacy", "only the owner can read the database", ""};
  }
  return {State::warning, "privacy", fmt::format("others than the owner can read {}", single_line(file)),
          fmt::format("chmod 600 {}", single_line(file))};
}

}  // namespace

HealthCheck schema_health(Engine& engine) {
  const int newest = Store::newest_schema();
  const int version = first_value<std::optional<int>>(engine, "SELECT max(version) FROM schema_migrations")
                          .value_or(std::nullopt)
                          .value_or(0);
  if (version == newest) return {State::good, "schema", fmt::format("version {}", version), ""};
  return {State::bad, "schema", fmt::format("version {}, the program needs {}", version, newest),
          "run certherald migrate"};
}

HealthCheck clock_health(Engine& engine, Instant now) {
  const auto newest =
      first_value<std::optional<Instant>>(
          engine,
          "SELECT max(t) FROM (SELECT max(started_at) AS t FROM runs UNION ALL SELECT max(at) FROM "
          "observations_latest UNION ALL SELECT max(updated_at) FROM deliveries UNION ALL SELECT "
          "max(applied_at) FROM schema_migrations) AS newest")
          .value_or(std::nullopt);
  if (!newest || *newest <= now + clock_slack)
    return {State::good, "clock", "not behind what the store holds", ""};
  return {State::bad, "clock",
          fmt::format("it says {}, but the newest row is of {}", to_iso8601(now), to_iso8601(*newest)),
          "set the clock of this machine right (timedatectl)"};
}

Result<std::vector<HealthCheck>> examine_sqlite(Engine& engine, const std::string& file, Instant now) {
  return engine.guard([&]() -> Result<std::vector<HealthCheck>> {
    const std::string folder = std::filesystem::path(file).parent_path().string();
    return std::vector<HealthCheck>{integrity(engine),  foreign_keys(engine),  durability(engine),
                                    disk_space(folder), schema_health(engine), clock_health(engine, now),
                                    privacy(file)};
  });
}

}  // namespace certherald::store
