#include "base/time_text.hpp"

#include <gtest/gtest.h>

namespace certherald {
namespace {

Instant at(std::int64_t seconds) { return Instant(Seconds(seconds)); }

struct Row {
  std::int64_t seconds;
  std::string_view iso;
  std::string_view utc;
};

// The seconds are what date(1) of GNU coreutils says: date -u -d TEXT +%s.
const Row rows[] = {
    {0, "1970-01-01T00:00:00Z", "1970-01-01 00:00:00 UTC"},
    {-1, "1969-12-31T23:59:59Z", "1969-12-31 23:59:59 UTC"},
    {951'782'400, "2000-02-29T00:00:00Z", "2000-02-29 00:00:00 UTC"},
    {1'795'487'587, "2026-11-24T02:33:07Z", "2026-11-24 02:33:07 UTC"},
    {2'147'483'648, "2038-01-19T03:14:08Z", "2038-01-19 03:14:08 UTC"},
    {4'107'542'400, "2100-03-01T00:00:00Z", "2100-03-01 00:00:00 UTC"},
    {253'402'300'799, "9999-12-31T23:59:59Z", "9999-12-31 23:59:59 UTC"},
    {-62'167'219'200, "0000-01-01T00:00:00Z", "0000-01-01 00:00:00 UTC"},
};

TEST(TimeText, BothWays) {
  for (const Row& row : rows) {
    EXPECT_EQ(to_iso8601(at(row.seconds)), row.iso);
    EXPECT_EQ(to_utc_text(at(row.seconds)), row.utc);
    EXPECT_EQ(from_iso8601(row.iso), at(row.seconds));
  }
}

TEST(TimeText, Refuses) {
  for (const std::string_view text : {"",
                                      "2026-11-24",
                                      "2026-11-24T02:33:07",
                                      "2026-11-24T02:33:07z",
                                      "2026-11-24 02:33:07Z",
                                      "2026-11-24T02:33:07+00:00",
                                      "2026-11-24T02:33:07.0Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-11-31T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2100-02-29T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-11-24T24:00:00Z",
                                      "2026-11-24T23:60:00Z",
                                      "2026-11-24T23:59:60Z",
                                      "-026-11-24T02:33:07Z",
                                      "2026-11-24T02:33: 7Z",
                                      "2026-11-24T02:33:+7Z",
                                      "2026/11/24T02:33:07Z",
                                      "2026-11-24T02:33:07ZZ"}) {
    EXPECT_FALSE(from_iso8601(text)) << text;
  }
}

TEST(TimeText, Relative) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 3'600;
  constexpr std::int64_t day = 86'400;
  const std::pair<std::int64_t, std::string_view> cases[] = {
      {12 * day, "in 12 days"},  {12 * day + day - 1, "in 12 days"},
      {3 * day, "in 3 days"},    {3 * day - 1, "in 71 hours"},
      {3 * hour, "in 3 hours"},  {3 * hour - 1, "in 179 minutes"},
      {minute, "in 1 minute"},   {59, "in 0 minutes"},
      {0, "0 minutes ago"},      {-59, "0 minutes ago"},
      {-minute, "1 minute ago"}, {-5 * hour, "5 hours ago"},
      {-3 * day, "3 days ago"},  {-4'000 * day, "4000 days ago"},
  };
  const Instant now = at(1'795'487'587);
  for (const auto& [distance, text] : cases) EXPECT_EQ(relative(now + Seconds(distance), now), text);
}

}  // namespace
}  // namespace certherald
