#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/engine.hpp"
#include "store/store.hpp"

namespace certherald::store {

// Ask the questions of Store::doctor inside a read transaction.
[[nodiscard]] Result<std::vector<HealthCheck>> examine_sqlite(Engine& engine, const std::string& file,
                                                              Instant now);
[[nodiscard]] Result<std::vector<HealthCheck>> examine_postgresql(Engine& engine, Instant now);

// What both engines are asked.
[[nodiscard]] HealthCheck schema_health(Engine& engine);
[[nodiscard]] HealthCheck clock_health(Engine& engine, Instant now);

}  // namespace certherald::store
