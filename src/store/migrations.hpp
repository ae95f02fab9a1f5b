#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

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

// In order; made from db/migrations at build time. Both end with the same version.
[[nodiscard]] std::span<const Migration> sqlite_migrations();
[[nodiscard]] std::span<const Migration> postgresql_migrations();

// The words of db/migrations/README.md, and what stands in their place.
using Words = std::initializer_list<std::pair<std::string_view, std::string_view>>;
[[nodiscard]] std::string spelled(std::string sql, Words words);

// The schema of a store: 0 where it is empty. `storage` where the file belongs to something else.
[[nodiscard]] Result<int> schema_of(Engine& engine);

// Takes the engine's steps that are missing, inside the caller's write transaction; returns how many.
[[nodiscard]] Result<int> take_steps(Engine& engine, Instant now);

}  // namespace certherald::store
