#pragma once

#include <memory>

#include "base/clock.hpp"
#include "store/engine.hpp"
#include "store/postgresql_target.hpp"

namespace certherald::store {

// A database of PostgreSQL 15 or newer, in its schema `public`, with synchronous_commit on (PostgreSQL
// documentation, "Asynchronous Commit"): a committed transaction is on the server's disk. One `write` at a
// time, by an advisory lock; others wait up to `patience`. doc/adr/0005 says why.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_postgresql(const PostgresqlTarget& target,
                                                              Seconds patience);

}  // namespace certherald::store
