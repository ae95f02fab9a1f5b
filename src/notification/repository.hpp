#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/notice.hpp"
#include "notification/decide.hpp"

namespace certherald::notification {

// Port of the notification stage. Every call runs inside the caller's transaction.
class Repository {
 public:
  virtual ~Repository() = default;

  // What was told so far, for every finding that is not resolved and its present episode.
  [[nodiscard]] virtual Result<std::vector<Told>> told() = 0;

  // Stores a notice; returns it with its id. A second notice with the same finding, episode, connection and
  // period (or, for period 0, the same planned_at) is a conflict.
  [[nodiscard]] virtual Result<model::Notice> add(const model::Notice& notice) = 0;
};

}  // namespace certherald::notification
