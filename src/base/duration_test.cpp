#include "base/duration.hpp"

#include <gtest/gtest.h>

namespace certherald {
namespace {

struct Row {
  std::string_view text;
  Duration value;
  std::int64_t seconds;
  std::int64_t days;
};

const Row rows[] = {
    {"0s", {0, DurationUnit::second}, 0, 0},
    {"30s", {30, DurationUnit::second}, 30, 0},
    {"15m", {15, DurationUnit::minute}, 900, 0},
    {"12h", {12, DurationUnit::hour}, 43'200, 0},
    {"30d", {30, DurationUnit::day}, 2'592'000, 30},
    {"4w", {4, DurationUnit::week}, 2'419'200, 28},
    {"1000000w", {1'000'000, DurationUnit::week}, 604'800'000'000, 7'000'000},
};

void expect_parsed(const Row& row) {
  SCOPED_TRACE(row.text);
  const auto got = parse_duration(row.text);
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, row.value);
  EXPECT_EQ(got->elapsed(), Seconds(row.seconds));
  EXPECT_EQ(got->days(), row.days);
  EXPECT_EQ(got->counts_dates(), row.text.ends_with('d') || row.text.ends_with('w'));
  EXPECT_EQ(to_string(*got), row.text);
}

TEST(Duration, Parse) {
  for (const Row& row : rows) expect_parsed(row);
}

TEST(Duration, Refuse) {
  for (const std::string_view text :
       {"", "s", "30", "30 s", " 30s", "30s ", "-1s", "-0s", "+1s", "1.5h", "1h30m", "30S", "30y", "1000001s",
        "99999999999999999999s", "0x1s", "s30", "\xc2\xb2s"}) {
    const auto got = parse_duration(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().kind, ErrorKind::invalid_input);
    EXPECT_FALSE(got.error().hint.empty());
  }
}

}  // namespace
}  // namespace certherald
