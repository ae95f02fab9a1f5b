#include "schedule/local_day.hpp"

#include <gtest/gtest.h>

#include "base/test_values.hpp"
#include "base/time_text.hpp"

namespace certherald::schedule {
namespace {

std::string date_text(std::int64_t day) { return to_iso8601(Instant(std::chrono::days(day))).substr(0, 10); }

std::int64_t day_in(const std::string& zone, std::string_view instant) {
  return local_day(zone).value()(at(instant));
}

// The last second of a date and the first of the next, as Python's zoneinfo has them.
TEST(LocalDay, dates_turn_at_local_midnight) {
  struct Row {
    std::string zone;
    std::string_view instant;
    std::string_view date;
  };
  const Row rows[] = {
      {"UTC", "1969-12-31T23:59:59Z", "1969-12-31"},
      {"UTC", "1970-01-01T00:00:00Z", "1970-01-01"},
      {"UTC", "2026-11-24T23:59:59Z", "2026-11-24"},
      {"Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"},
      {"Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"},
      {"Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29"},
      {"Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"},
      {"Europe/Berlin", "2026-10-24T21:59:59Z", "2026-10-24"},
      {"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"},
      {"Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"},
      {"Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"},
      {"America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"},
      {"America/New_York", "2026-11-01T04:00:00Z", "2026-11-01"},
      {"America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"},
      {"America/New_York", "2026-11-02T05:00:00Z", "2026-11-02"},
      {"Asia/Kathmandu", "2026-11-24T18:14:59Z", "2026-11-24"},
      {"Asia/Kathmandu", "2026-11-24T18:15:00Z", "2026-11-25"},
      {"Australia/Lord_Howe", "2026-04-04T12:59:59Z", "2026-04-04"},
      {"Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05"},
      {"Australia/Lord_Howe", "2026-04-05T13:29:59Z", "2026-04-05"},
      {"Australia/Lord_Howe", "2026-04-05T13:30:00Z", "2026-04-06"},
      {"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"},
      {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"},
      {"Africa/Casablanca", "2026-02-15T22:59:59Z", "2026-02-15"},
      {"Africa/Casablanca", "2026-02-15T23:00:00Z", "2026-02-15"},
      {"Africa/Casablanca", "2026-02-16T23:59:59Z", "2026-02-16"},
      {"Africa/Casablanca", "2026-02-17T00:00:00Z", "2026-02-17"},
      {"America/Santiago", "2026-09-06T03:59:59Z", "2026-09-05"},
      {"America/Santiago", "2026-09-06T04:00:00Z", "2026-09-06"},
      {"America/Santiago", "2026-09-07T02:59:59Z", "2026-09-06"},
      {"America/Santiago", "2026-09-07T03:00:00Z", "2026-09-07"},
      {"Pacific/Kiritimati", "2026-11-24T09:59:59Z", "2026-11-24"},
      {"Pacific/Kiritimati", "2026-11-24T10:00:00Z", "2026-11-25"},
      {"Asia/Tehran", "2036-06-01T20:29:59Z", "2036-06-01"},
      {"Asia/Tehran", "2036-06-01T20:30:00Z", "2036-06-02"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(date_text(day_in(row.zone, row.instant)), row.date) << row.zone << " " << row.instant;
  }
}

TEST(LocalDay, days_of_23_and_25_hours_are_one_day) {
  struct Row {
    std::string_view from;
    std::string_view to;
    std::int64_t elapsed_hours;
    std::int64_t days;
  };
  const Row rows[] = {
      {"2026-03-28T01:00:00Z", "2026-03-29T00:00:00Z", 23, 1},  // 02:00, then 02:00 that became 03:00
      {"2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", 24, 1},
      {"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23, 1},  // midnight to midnight
      {"2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25, 1},
      {"2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", 24, 0},  // 24 hours, and still Sunday
      {"2026-03-27T23:00:00Z", "2026-04-03T22:00:00Z", 167, 7},
  };
  const LocalDay day = local_day("Europe/Berlin").value();
  for (const Row& row : rows) {
    EXPECT_EQ((at(row.to) - at(row.from)).count(), row.elapsed_hours * 3'600);
    EXPECT_EQ(day(at(row.to)) - day(at(row.from)), row.days) << row.from << " to " << row.to;
  }
}

TEST(LocalDay, never_runs_backwards_nor_skips) {
  for (const std::string zone : {"Europe/Berlin", "America/St_Johns", "Africa/Casablanca", "UTC"}) {
    const LocalDay day = local_day(zone).value();
    std::int64_t before = day(at("2025-12-31T00:30:00Z"));
    for (Instant now = at("2025-12-31T00:30:00Z"); now < at("2028-01-02T00:00:00Z");
         now += std::chrono::hours(1)) {
      const std::int64_t today = day(now);
      ASSERT_TRUE(today == before || today == before + 1) << zone << " " << to_iso8601(now);
      before = today;
    }
  }
}

TEST(LocalDay, unknown_zones_are_refused_with_the_mend) {
  const std::string names[] = {"",
                               "Mars/Olympus",
                               "berlin",
                               "Europe",
                               "zone.tab",
                               "../zoneinfo/Europe/Berlin",
                               "/etc/localtime",
                               std::string("UTC\0", 4),
                               "Europe/Berlin\n",
                               std::string(300, 'A')};
  for (const std::string& name : names) {
    const auto day = local_day(name);
    ASSERT_FALSE(day.has_value()) << name;
    EXPECT_EQ(day.error().kind, ErrorKind::invalid_input);
    EXPECT_FALSE(day.error().hint.empty());
    EXPECT_EQ(day.error().message.find('\n'), std::string::npos);
    EXPECT_LT(day.error().message.size(), 200U);
  }
}

}  // namespace
}  // namespace certherald::schedule
