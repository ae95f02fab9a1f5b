#pragma once

#include <cstdint>

#include "app/config/configuration.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace certherald::app {

struct RetentionCounts {
  std::int64_t observations = 0;
  std::int64_t deliveries = 0;
  std::int64_t runs = 0;

  friend bool operator==(const RetentionCounts&, const RetentionCounts&) = default;
};

// Removes what is older than the settings keep, in batches of a transaction each, so that nobody who writes
// beside it waits long. What belongs to an unresolved finding or an open ticket stays. Blocks; safe to cut
// off anywhere.
[[nodiscard]] Result<RetentionCounts> apply_retention(store::Store& store, const RetentionSettings& settings,
                                                      Instant now);

}  // namespace certherald::app
