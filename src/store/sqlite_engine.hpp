#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// SQLite in one file, WAL, synchronous=FULL (SQLite documentation, "Write-Ahead Logging"): a committed
// transaction is on the disk. One writer at a time; others wait up to `busy_timeout`.
// The file is made with mode 0600 where it is missing.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_sqlite(const std::string& file, Seconds busy_timeout);

}  // namespace certherald::store
