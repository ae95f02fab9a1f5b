#include "store/engine.hpp"
#include "store/json_columns.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

std::int64_t number(Engine& engine, const std::string& sql) {
  return first_value<std::int64_t>(engine, sql).value_or(0);
}

std::optional<Instant> soonest_end(Engine& engine) {
  return first_value<std::optional<Instant>>(
             engine,
             "SELECT min(c.not_after) FROM certificates c WHERE c.in_use = 1 AND EXISTS (SELECT 1 FROM "
             "deployments d WHERE d.certificate_id = c.id AND d.is_current = 1)")
      .value_or(std::nullopt);
}

}  // namespace

Result<Overview> Session::overview() {
  return engine_.guard([&]() -> Result<Overview> {
    Overview out;
    out.endpoints = number(engine_, "SELECT count(*) FROM endpoints WHERE retired = 0");
    out.certificates = number(engine_, "SELECT count(*) FROM certificates");
    out.next_expiry = soonest_end(engine_);
    {
      Rows<std::string, std::int64_t> rows(
          engine_, "SELECT severity, count(*) FROM findings WHERE status = 'open' GROUP BY severity");
      while (auto row = rows.next()) {
        auto& [severity, count] = *row;
        out.findings[require(model::severity_from(severity), "severity", severity)] = count;
      }
    }
    {
      Rows<std::string, std::string, std::int64_t, Instant> rows(
          engine_,
          "SELECT connection, state, count(*), min(created_at) FROM deliveries WHERE is_final = 0 GROUP BY "
          "connection, state");
      while (auto row = rows.next()) {
        auto& [connection, state, count, oldest] = *row;
        out.deliveries.push_back({std::move(connection),
                                  require(model::delivery_state_from(state), "delivery state", state), count,
                                  oldest});
      }
    }
    Rows<std::string, Instant> rows(
        engine_, "SELECT task, max(ended_at) FROM runs WHERE outcome = 'succeeded' GROUP BY task");
    while (auto row = rows.next()) {
      auto& [task, ended] = *row;
      out.last_success[require(model::task_kind_from(task), "task", task)] = ended;
    }
    return out;
  });
}

}  // namespace certherald::store
