#include <array>

#include "base/text.hpp"
#include "store/doctor.hpp"

namespace certherald::store {
namespace {

using State = HealthCheck::State;

constexpr int oldest_server = 15;
constexpr Seconds clock_slack{5};
constexpr Seconds clock_wrong{60};

std::string text(Engine& engine, const std::string& sql) {
  return single_line(first_value<std::string>(engine, sql).value_or(""));
}

HealthCheck server(Engine& engine) {
  const int version =
      first_value<int>(engine, "SELECT CAST(current_setting('server_version_num') AS INTEGER)").value_or(0);
  const std::string message = "PostgreSQL " + text(engine, "SELECT current_setting('server_version')");
  if (version / 10'000 >= oldest_server) return {State::good, "server", message, ""};
  return {State::bad, "server", message, fmt::format("upgrade it to PostgreSQL {} or newer", oldest_server)};
}

// All of them are on where nobody changed them.
HealthCheck durability(Engine& engine) {
  std::string off;
  for (const std::string_view setting : {"fsync", "full_page_writes", "synchronous_commit"}) {
    if (text(engine, fmt::format("SELECT current_setting('{}')", setting)) != "off") continue;
    off += fmt::format("{}{}", off.empty() ? "" : ", ", setting);
  }
  if (off.empty()) {
    return {State::good, "durability",
            "fsync, full_page_writes, synchronous_commit: committed is on the disk", ""};
  }
  return {State::bad, "durability", off + " off: a power cut can lose what was told, or all",
          "set them on in the server's postgresql.conf and restart it"};
}

HealthCheck primary(Engine& engine) {
  if (text(engine, "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END") == "primary") {
    return {State::good, "primary", "the server takes writes", ""};
  }
  return {State::bad, "primary", "the server is a read-only standby", "name the primary with --database"};
}

HealthCheck encoding(Engine& engine) {
  const std::string encoding = text(engine, "SELECT current_setting('server_encoding')");
  if (encoding == "UTF8") return {State::good, "encoding", "UTF8 holds every name", ""};
  return {State::bad, "encoding", encoding + " cannot hold every name",
          "make a database with ENCODING 'UTF8' and move the data there"};
}

HealthCheck size(Engine& engine) {
  return {State::good, "size",
          text(engine, "SELECT pg_size_pretty(pg_database_size(current_database()))") +
              "; how much room the server has left cannot be seen from here",
          ""};
}

HealthCheck server_clock(Engine& engine, Instant now) {
  const auto theirs =
      first_value<Instant>(engine, "SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT)");
  const Seconds apart = theirs ? Seconds(std::abs((*theirs - now).count())) : clock_wrong;
  const std::string message =
      fmt::format("the server's clock and this machine's are {} s apart", apart.count());
  if (apart <= clock_slack) return {State::good, "server clock", message, ""};
  return {apart > clock_wrong ? State::bad : State::warning, "server clock", message,
          "set both clocks right (timedatectl)"};
}

}  // namespace

Result<std::vector<HealthCheck>> examine_postgresql(Engine& engine, Instant now) {
  return engine.guard([&]() -> Result<std::vector<HealthCheck>> {
    return std::vector<HealthCheck>{
        server(engine), durability(engine),    primary(engine),           encoding(engine),
        size(engine),   schema_health(engine), clock_health(engine, now), server_clock(engine, now)};
  });
}

}  // namespace certherald::store
