#pragma once

#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// One step of the schema, as db/migrations has it.
struct Migration {
  int version = 0;  // counts up from 1 without a gap
  std::string_view name;
  std::string_view sql;
};

// Of this engine, in order; made from db/migrations at build time.
[[nodiscard]] std::span<const Migration> sqlite_migrations();

// The schema of a store: 0 where it is empty. `storage` where the file belongs to something else.
[[nodiscard]] Result<int> schema_of(Engine& engine);

// Takes the steps that are missing, inside the caller's write transaction; returns how many.
[[nodiscard]] Result<int> take_steps(Engine& engine, std::span<const Migration> steps, Instant now);

}  // namespace certherald::store
