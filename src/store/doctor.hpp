#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/engine.hpp"
#include "store/store.hpp"

namespace certherald::store {

// Asks the questions of Store::doctor inside a read transaction.
[[nodiscard]] Result<std::vector<HealthCheck>> examine_sqlite(Engine& engine, const std::string& file,
                                                              Instant now, int newest_schema);

}  // namespace certherald::store
