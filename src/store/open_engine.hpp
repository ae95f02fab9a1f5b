#pragma once

#include <memory>

#include "store/engine.hpp"
#include "store/store.hpp"

namespace certherald::store {

// The engine that `options.location` names, with a connection open. With Migrate::yes an SQLite file is made
// where it is missing; a PostgreSQL database must be there.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_engine(const StoreOptions& options);

}  // namespace certherald::store
