#pragma once

#include <string>
#include <vector>

#include "app/config/configuration.hpp"
#include "app/config/parse.hpp"
#include "base/result.hpp"
#include "store/session.hpp"

namespace certherald::app {

enum class Prune : std::uint8_t { no, yes };

// One line of what an apply did, or would do.
struct ApplyChange {
  enum class Kind : std::uint8_t { created, updated, removed };
  Kind kind = Kind::created;
  std::string what;  // "endpoint", "connection", ...
  std::string name;

  friend bool operator==(const ApplyChange&, const ApplyChange&) = default;
};

struct ApplyReport {
  std::vector<ApplyChange> changes;
  std::int64_t unchanged = 0;
};

// The connections that the file's policies name, and the discoveries that its schedules name, which the
// store, as it is after the apply, does not have.
[[nodiscard]] Result<std::vector<ConfigurationProblem>> unknown_names(store::Session& session,
                                                                      const Configuration& configuration);

// Makes the store say what the configuration says, inside the caller's transaction: all or nothing. With
// Prune::yes rows that an earlier apply of the same set made and that the file no longer has are removed. A
// row that the set did not make is updated but stays whose it was.
[[nodiscard]] Result<ApplyReport> apply(store::Session& session, const Configuration& configuration,
                                        Prune prune);

}  // namespace certherald::app
