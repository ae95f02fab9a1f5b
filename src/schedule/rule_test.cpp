#include "schedule/rule.hpp"

#include <gtest/gtest.h>

namespace certherald::schedule {
namespace {

TEST(ValidateRule, takes_what_the_standard_allows) {
  struct Row {
    std::string rule;
    std::string zone;
  };
  const Row rows[] = {
      {"FREQ=DAILY;BYHOUR=2;BYMINUTE=0", "UTC"},
      {"BYHOUR=2;FREQ=DAILY", "UTC"},
      {"freq=daily;byhour=2", "UTC"},
      {"FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0", "Europe/Berlin"},
      {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=MO", "Etc/UTC"},
      {"FREQ=MONTHLY;BYMONTHDAY=-1", "America/New_York"},
      {"FREQ=MONTHLY;BYDAY=1MO,-1FR", "Asia/Kathmandu"},
      {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "UTC"},
      {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "UTC"},  // only in leap years
      {"FREQ=HOURLY;INTERVAL=6", "UTC"},
      {"FREQ=MINUTELY;INTERVAL=15;BYHOUR=9,10;BYDAY=MO", "UTC"},
      {"FREQ=DAILY;INTERVAL=7;BYDAY=MO", "UTC"},  // where it is anchored at a Monday
      {"FREQ=YEARLY;BYWEEKNO=53", "UTC"},
      {"FREQ=DAILY;COUNT=10", "UTC"},
      {"FREQ=DAILY;COUNT=10000", "UTC"},
      {"FREQ=DAILY;UNTIL=20301231T000000Z", "UTC"},
  };
  for (const Row& row : rows) {
    const Status status = validate_rule(row.rule, row.zone);
    EXPECT_TRUE(status.has_value()) << row.rule << ": " << (status ? "" : status.error().message);
  }
}

TEST(ValidateRule, says_what_is_wrong) {
  struct Row {
    std::string rule;
    std::string why;
  };
  const Row rows[] = {
      {"", "it is empty"},
      {"FREQ=SOMETIMES", "FREQ=SOMETIMES is not possible"},
      {"FREQ=SECONDLY", "FREQ=SECONDLY is not possible"},
      {"BYHOUR=2", "it has no FREQ"},
      {"RRULE:FREQ=DAILY", "it starts with RRULE:"},
      {"FREQ=DAILY;EVERY=2", "there is no part EVERY"},
      {"FREQ=DAILY;BYHOUR=2;BYHOUR=3", "BYHOUR is there twice"},
      {"FREQ=DAILY;FREQ=WEEKLY", "FREQ is there twice"},
      {"FREQ=DAILY;", "a part is not NAME=VALUE"},
      {"FREQ=DAILY BYHOUR=2", "FREQ=DAILY BYHOUR=2 is not possible"},
      {"FREQ=DAILY;BYHOUR", "a part is not NAME=VALUE"},
      {"FREQ=DAILY;BYHOUR=", "BYHOUR lacks a value"},
      {"FREQ=DAILY;BYHOUR=1,,2", "BYHOUR lacks a value"},
      {"FREQ=DAILY;BYHOUR=25", "a value is out of range or does not fit FREQ"},
      {"FREQ=DAILY;BYHOUR=2x", "a value is out of range or does not fit FREQ"},
      {"FREQ=DAILY;INTERVAL=0", "a value is out of range or does not fit FREQ"},
      {"FREQ=DAILY;COUNT=0", "a value is out of range or does not fit FREQ"},
      {"FREQ=DAILY;UNTIL=soon", "a value is out of range or does not fit FREQ"},
      {"FREQ=WEEKLY;BYDAY=XX", "a value is out of range or does not fit FREQ"},
      {"FREQ=DAILY;COUNT=1;UNTIL=20300101T000000Z", "COUNT and UNTIL exclude each other"},
      {"FREQ=DAILY;COUNT=10001", "COUNT is above 10000"},
      {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "it never falls on any date"},
      {"FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2", "it never falls on any date"},
      {"FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "a numbered day does not go with BYWEEKNO"},
      {"FREQ=DAILY;BYDAY=1MO", "a numbered day needs FREQ=MONTHLY or FREQ=YEARLY"},
      {"FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MINUTELY takes no BYMONTH"},
      {"FREQ=HOURLY;BYYEARDAY=1", "FREQ=HOURLY takes no BYYEARDAY"},
      {"FREQ=DAILY\n", "FREQ=DAILY  is not possible"},
      {std::string("FREQ=DAILY\0x", 12),
       "FREQ=DAILY\xef\xbf\xbd"
       "X is not possible"},
      {"FREQ=DAILY;BYHOUR=" + std::string(600, '2'), "it is longer than 500 characters"},
  };
  for (const Row& row : rows) {
    const Status status = validate_rule(row.rule, "UTC");
    ASSERT_FALSE(status.has_value()) << row.rule;
    EXPECT_EQ(status.error().kind, ErrorKind::invalid_input);
    EXPECT_TRUE(status.error().message.ends_with(": " + row.why)) << status.error().message;
    EXPECT_FALSE(status.error().hint.empty()) << row.rule;
  }
}

TEST(ValidateRule, needs_a_zone_that_exists) {
  const Status status = validate_rule("FREQ=DAILY", "Mars/Olympus");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message, "there is no time zone 'Mars/Olympus'");
}

TEST(ValidateLocalTime, takes_a_date_and_a_time_without_a_zone) {
  EXPECT_TRUE(validate_local_time("2026-12-01T02:00:00"));
  EXPECT_TRUE(validate_local_time("2028-02-29T23:59:59"));
  for (const std::string text : {"", "2026-12-01", "2026-12-01T02:00", "2026-12-01T02:00:00Z",
                                 "2026-12-01 02:00:00", "2026-02-29T02:00:00", "2026-12-01T24:00:00",
                                 "1969-12-31T23:59:59", "2200-01-01T00:00:00", "20261201T020000"}) {
    const Status status = validate_local_time(text);
    ASSERT_FALSE(status.has_value()) << text;
    EXPECT_EQ(status.error().message, "'" + text + "' is not a local date and time from 1970 to 2199");
    EXPECT_EQ(status.error().hint, "write it like 2026-12-01T02:00:00, without a zone");
  }
}

}  // namespace
}  // namespace certherald::schedule
