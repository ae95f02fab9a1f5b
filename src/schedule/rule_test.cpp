#include "schedule/rule.hpp"

#include <gtest/gtest.h>

namespace certherald::schedule {
namespace {

struct Row {
  std::string rule;
  std::string zone;
  bool valid;
};

TEST(ValidateRule, TakesWhatTheStandardAllowsAndNothingElse) {
  const Row rows[] = {
      {"FREQ=DAILY;BYHOUR=2;BYMINUTE=0", "UTC", true},
      {"FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", "Europe/Berlin", true},
      {"FREQ=MONTHLY;BYMONTHDAY=-1", "America/New_York", true},
      {"FREQ=SOMETIMES", "UTC", false},
      {"BYHOUR=2", "UTC", false},
      {"", "UTC", false},
      {"FREQ=DAILY", "Mars/Olympus", false},
      {"FREQ=DAILY", "", false},
  };
  for (const Row& row : rows) {
    const Status status = validate_rule(row.rule, row.zone);
    EXPECT_EQ(status.has_value(), row.valid) << row.rule << " in " << row.zone;
    if (!status) EXPECT_FALSE(status.error().hint.empty()) << row.rule;
  }
}

}  // namespace
}  // namespace certherald::schedule
