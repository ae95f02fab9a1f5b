#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/check.hpp"
#include "model/observation.hpp"

namespace certherald::cli {

// "shop.example.com:443 at 192.0.2.10 as other.example": the target, and address and SNI where they tell
// more. Not made safe to show.
[[nodiscard]] std::string place_text(const model::Observation& observation);

// What went wrong where nothing was scanned: the error, else the status.
[[nodiscard]] std::string not_scanned_text(const model::Observation& observation);

struct JudgedCheck {
  const model::CheckResult* result;
  const model::CheckInfo* info;
};

// Results with this verdict of checks that are known: the worst first, else in the order of the checks.
// Points into `observation`.
[[nodiscard]] std::vector<JudgedCheck> with_verdict(const model::Observation& observation,
                                                    model::Verdict verdict);

// The CN of an RFC 4514 name, "" where there is none.
[[nodiscard]] std::string common_name_in(std::string_view name);

}  // namespace certherald::cli
