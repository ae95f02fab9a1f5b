#include "scan/confirm.hpp"

#include <gtest/gtest.h>

namespace certherald::scan {
namespace {

using model::Observation;
using enum model::Verdict;

Observation saw(const std::string& check, model::Verdict verdict) {
  Observation observation;
  observation.status = model::ScanStatus::scanned;
  observation.checks = {{check, verdict, "as seen", {}}};
  return observation;
}

TEST(Confirm, TellsOnlyWhatTwoProbesSaw) {
  struct Row {
    std::string check;
    model::Verdict first;
    Observation second;
    model::Verdict merged;
  };
  const Row rows[] = {
      {"weak_ciphers", affected, saw("weak_ciphers", affected), affected},
      {"weak_ciphers", affected, saw("weak_ciphers", not_affected), inconclusive},
      {"weak_ciphers", affected, saw("weak_ciphers", inconclusive), inconclusive},
      {"weak_ciphers", affected, Observation(), inconclusive},
      {"weak_ciphers", not_affected, saw("weak_ciphers", affected), not_affected},
      {"expiry", affected, Observation(), affected},
      {"expiry", affected, saw("expiry", not_affected), inconclusive},
  };
  for (const Row& row : rows) {
    const Observation merged = confirm(saw(row.check, row.first), row.second);
    ASSERT_EQ(merged.checks.size(), 1U);
    EXPECT_EQ(merged.checks.front().verdict, row.merged) << row.check << ' ' << to_string(row.first);
  }
}

}  // namespace
}  // namespace certherald::scan
