#pragma once

#include <cstdint>
#include <string>

#include "app/backup_format.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace certherald::app {

struct BackupCounts {
  std::int64_t rows = 0;
  BackupHeader header;
};

// Writes all that the store holds, at one moment, to a file of mode 0600: beside it first, then in its place,
// whole and on the disk or not at all. Secrets go as the store has them, sealed; the key file does not go.
// Memory does not grow with the store. Errors: `invalid_input` for a path that cannot be one, `storage`.
[[nodiscard]] Result<BackupCounts> write_backup(store::Store& store, const std::string& path,
                                                const std::string& version, const Clock& clock);

// Reads the whole file without using it. `invalid_input` with the line where it is damaged, cut, changed, or
// of another schema; `not_found`.
[[nodiscard]] Result<BackupCounts> check_backup(const std::string& path);

// Puts it into a new store, all or nothing; `conflict` where the store is not new. `fresh` is the UUID of a
// new installation, "" for the one that was backed up: then deliveries to each connection are held until
// every open key of it was looked up. A new installation begins without tickets, notices, deliveries and
// secrets.
[[nodiscard]] Result<BackupCounts> restore_backup(store::Store& store, const std::string& path,
                                                  const std::string& fresh);

}  // namespace certherald::app
