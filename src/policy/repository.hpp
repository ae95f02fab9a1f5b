#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/finding.hpp"

namespace certherald::policy {

// Port of the policy stage: findings. Every call runs inside the caller's transaction.
class Repository {
 public:
  virtual ~Repository() = default;

  // Findings of any status that have a place at this address of this endpoint, and those of the subjects
  // named: all that an observation of the address can touch.
  [[nodiscard]] virtual Result<std::vector<model::Finding>> findings_touched(
      const model::EndpointKey& endpoint, const std::string& address,
      const std::vector<model::Subject>& subjects) = 0;

  // Findings of a check with these subjects, any status.
  [[nodiscard]] virtual Result<std::vector<model::Finding>> findings_of(
      const std::string& check, const std::vector<model::Subject>& subjects) = 0;

  // All that are not resolved, by id.
  [[nodiscard]] virtual Result<std::vector<model::Finding>> unresolved_findings() = 0;

  // Inserts where the id is not stored, else replaces; returns the finding with its id.
  [[nodiscard]] virtual Result<model::Finding> save(const model::Finding& finding) = 0;
};

}  // namespace certherald::policy
