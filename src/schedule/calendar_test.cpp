#include "schedule/calendar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

#include "base/test_values.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "schedule/rule.hpp"

namespace certherald::schedule {
namespace {

Calendar calendar(const std::string& zone, const std::string& dtstart, const std::string& rrule,
                  const std::vector<std::string>& exdates = {}) {
  model::Schedule schedule;
  schedule.rrule = rrule;
  schedule.time_zone = zone;
  schedule.dtstart = dtstart;
  schedule.exdates = exdates;
  return Calendar::make(schedule, at("2026-01-01T00:00:00Z")).value();
}

constexpr Instant before_all = std::chrono::sys_days(std::chrono::year(1970) / 1 / 1);

std::vector<Instant> walk(const Calendar& calendar, std::size_t count) {
  std::vector<Instant> out;
  for (auto next = calendar.next(before_all); next && out.size() < count; next = calendar.next(*next)) {
    out.push_back(*next);
  }
  return out;
}

std::string texts(const std::vector<Instant>& instants) {
  std::vector<std::string> out;
  out.reserve(instants.size());
  for (const Instant instant : instants) out.push_back(to_iso8601(instant));
  return join(out, " ");
}

// That `here` is found in both directions, and nothing between it and `earlier`.
void expect_neighbours(const Calendar& calendar, std::optional<Instant> earlier, Instant here) {
  EXPECT_EQ(calendar.latest(before_all, here), here);
  EXPECT_EQ(calendar.latest(here, here), here);
  EXPECT_EQ(calendar.latest(before_all, here - Seconds(1)), earlier) << to_iso8601(here);
  EXPECT_EQ(calendar.next(here - Seconds(1)), here);
  if (!earlier) return;
  EXPECT_EQ(calendar.latest(*earlier + Seconds(1), here - Seconds(1)), std::nullopt);
  const Instant between = *earlier + ((here - *earlier) / 2);
  EXPECT_EQ(calendar.latest(before_all, between), earlier);
  EXPECT_EQ(calendar.next(between), here);
}

void expect_found_backwards(const Calendar& calendar, const std::vector<Instant>& walked) {
  std::optional<Instant> earlier;
  for (const Instant here : walked) {
    expect_neighbours(calendar, earlier, here);
    earlier = here;
  }
}

std::vector<std::string> words(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (const std::string_view word : split(text, separator)) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

void expect_as_in_the_table(const std::string& line) {
  const auto cells = split(line, '|');
  ASSERT_EQ(cells.size(), 5U) << line;
  const std::string zone(cells[0]);
  const std::string rule(cells[2]);
  EXPECT_TRUE(validate_rule(rule, zone)) << line;
  const Calendar made = calendar(zone, std::string(cells[1]), rule, words(cells[3], ','));
  auto expected = words(cells[4], ' ');
  const bool ends = expected.back() == "end";
  if (ends) expected.pop_back();
  const auto walked = walk(made, expected.size() + (ends ? 1 : 0));
  EXPECT_EQ(texts(walked), join(expected, " ")) << line;
  expect_found_backwards(made, walked);
}

TEST(Calendar, agrees_with_dateutil_and_zoneinfo) {
  std::ifstream file(std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/schedules/expansions.txt");
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    expect_as_in_the_table(line);
    ++rows;
  }
  EXPECT_GT(rows, 300U);
}

// What dateutil reads otherwise: the standard takes what is open from DTSTART.
TEST(Calendar, a_week_alone_has_the_weekday_of_its_anchor) {
  const auto walked = walk(calendar("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYWEEKNO=20"), 3);
  EXPECT_EQ(texts(walked), "2026-05-12T09:00:00Z 2027-05-18T09:00:00Z 2028-05-16T09:00:00Z");
}

TEST(Calendar, is_anchored_at_its_creation_in_the_time_of_its_zone) {
  struct Row {
    std::string rule;
    std::string created;
    std::string first;
  };
  const Row rows[] = {
      {"FREQ=DAILY;BYHOUR=2;BYMINUTE=0", "2026-11-24T13:29:32Z", "2026-11-25T01:00:32Z"},
      {"FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", "2026-11-24T13:29:32Z", "2026-11-25T01:00:00Z"},
      {"FREQ=DAILY;BYHOUR=14;BYMINUTE=29", "2026-11-24T13:29:32Z", "2026-11-24T13:29:32Z"},
      {"FREQ=WEEKLY", "2026-11-24T23:30:00Z", "2026-11-24T23:30:00Z"},  // a Wednesday there
      {"FREQ=WEEKLY;BYHOUR=0", "2026-11-24T23:30:01Z", "2026-11-24T23:30:01Z"},
      {"FREQ=HOURLY;INTERVAL=6;BYMINUTE=0;BYSECOND=0", "2026-11-24T13:29:32Z", "2026-11-24T19:00:00Z"},
      // Created in the second 02:30 of the day: the first is over.
      {"FREQ=HOURLY;COUNT=2", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"},
      {"FREQ=DAILY", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"},
  };
  for (const Row& row : rows) {
    model::Schedule schedule;
    schedule.rrule = row.rule;
    schedule.time_zone = "Europe/Berlin";
    const Calendar made = Calendar::make(schedule, at(row.created)).value();
    EXPECT_EQ(texts(walk(made, 1)), row.first) << row.rule << " " << row.created;
  }
}

TEST(Calendar, finds_the_same_however_far_the_anchor_lies) {
  struct Row {
    std::string rule;
    std::string latest;  // at 2026-11-24T13:29:32Z
  };
  const Row rows[] = {
      {"FREQ=MINUTELY", "2026-11-24T13:29:00Z"},
      {"FREQ=MINUTELY;INTERVAL=7", "2026-11-24T13:28:00Z"},
      {"FREQ=HOURLY;INTERVAL=5", "2026-11-24T11:00:00Z"},
      {"FREQ=DAILY;INTERVAL=3", "2026-11-24T00:00:00Z"},
      {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2024-02-29T00:00:00Z"},
      {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2016-02-29T00:00:00Z"},
  };
  for (const Row& row : rows) {
    const auto found =
        calendar("UTC", "1970-01-01T00:00:00", row.rule).latest(before_all, at("2026-11-24T13:29:32Z"));
    EXPECT_EQ(found, at(row.latest)) << row.rule;
  }
}

TEST(Calendar, takes_any_instant_and_ends) {
  const Calendar made = calendar("Europe/Berlin", "2026-01-01T02:00:00", "FREQ=DAILY");
  EXPECT_EQ(made.next(Instant::min()), at("2026-01-01T01:00:00Z"));
  EXPECT_EQ(made.next(Instant::max()), std::nullopt);
  EXPECT_EQ(made.latest(Instant::min(), Instant::max()), at("2199-12-31T01:00:00Z"));
  EXPECT_EQ(made.latest(Instant::max(), Instant::min()), std::nullopt);
  EXPECT_EQ(made.latest(Instant::min(), Instant::min()), std::nullopt);
  const Calendar never = calendar("UTC", "2026-01-06T00:00:00", "FREQ=DAILY;INTERVAL=7;BYDAY=MO");
  EXPECT_EQ(never.next(before_all), std::nullopt);
  EXPECT_EQ(never.latest(before_all, Instant::max()), std::nullopt);
}

TEST(Calendar, is_made_only_of_what_the_configuration_takes) {
  struct Row {
    std::string rule;
    std::string zone;
    std::string dtstart;
    std::vector<std::string> exdates;
  };
  const Row rows[] = {
      {"FREQ=SOMETIMES", "UTC", "", {}},
      {"FREQ=DAILY", "Mars/Olympus", "", {}},
      {"FREQ=DAILY", "UTC", "tomorrow", {}},
      {"FREQ=DAILY", "UTC", "2026-12-01T02:00:00Z", {}},
      {"FREQ=DAILY", "UTC", "", {"2026-02-29T02:00:00"}},
  };
  for (const Row& row : rows) {
    const model::Schedule schedule{
        "s", model::TaskKind::discovery, row.rule, row.zone, true, row.dtstart, row.exdates};
    const auto made = Calendar::make(schedule, before_all);
    ASSERT_FALSE(made) << row.rule;
    EXPECT_EQ(made.error().kind, ErrorKind::invalid_input);
    EXPECT_FALSE(made.error().hint.empty());
  }
}

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}

  int below(int top) { return std::uniform_int_distribution<int>(0, top - 1)(engine_); }
  template <class Value>
  const Value& of(const std::vector<Value>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }
  std::string rule() {
    static const std::vector<std::string> frequencies = {"MINUTELY", "HOURLY",  "DAILY",
                                                         "WEEKLY",   "MONTHLY", "YEARLY"};
    const std::string& frequency = of(frequencies);
    std::string out = "FREQ=" + frequency;
    if (below(2) == 0) out += fmt::format(";INTERVAL={}", 1 + below(40));
    if (below(3) == 0) out += fmt::format(";BYHOUR={},{}", below(24), below(4));
    if (below(3) == 0) out += fmt::format(";BYMINUTE={},{}", below(60), below(60));
    if (below(4) == 0) out += ";BYDAY=" + of<std::string>({"MO", "SU,TU", "FR,SA,SU"});
    if (frequency == "MINUTELY" || frequency == "HOURLY") return out;
    if (below(5) == 0) out += fmt::format(";BYMONTH={},10,3", 1 + below(12));
    if (frequency != "WEEKLY" && below(5) == 0) out += fmt::format(";BYMONTHDAY={},-2", 1 + below(31));
    if (below(5) == 0 && out.find("BY") != std::string::npos) out += ";BYSETPOS=1,-2";
    return out;
  }

 private:
  std::mt19937 engine_;
};

// Whether there is one before `now`.
bool expect_agreement(const Calendar& made, Instant now) {
  const auto last = made.latest(before_all, now);
  const auto following = made.next(now);
  if (following) EXPECT_EQ(made.latest(before_all, *following - Seconds(1)), last) << to_iso8601(now);
  if (!last) return false;
  EXPECT_LE(*last, now);
  EXPECT_EQ(made.next(*last), following) << to_iso8601(now);
  EXPECT_EQ(made.next(*last - Seconds(1)), last);
  return true;
}

// From the anchor on and from any instant, forwards and backwards say the same.
TEST(Calendar, forwards_and_backwards_agree_for_any_rule) {
  static const std::vector<std::string> zones = {"UTC",
                                                 "Europe/Berlin",
                                                 "America/New_York",
                                                 "Australia/Lord_Howe",
                                                 "Asia/Kathmandu",
                                                 "Africa/Casablanca",
                                                 "America/Santiago",
                                                 "Pacific/Apia"};
  Chance chance(20'261'124);
  int occurred = 0;
  for (int round = 0; round < 100; ++round) {
    const std::string rule = chance.rule();
    if (!validate_rule(rule, "UTC")) continue;
    const Instant start = at("2011-01-01T00:00:00Z") + std::chrono::minutes(chance.below(8'000'000));
    std::string dtstart = to_iso8601(start);
    dtstart.pop_back();
    const std::string& zone = chance.of(zones);
    SCOPED_TRACE(fmt::format("{} {} {}", zone, dtstart, rule));
    const Calendar made = calendar(zone, dtstart, rule);
    const auto walked = walk(made, 60);
    EXPECT_TRUE(std::ranges::adjacent_find(walked, std::ranges::greater_equal{}) == walked.end());
    expect_found_backwards(made, walked);
    for (int jump = 0; jump < 20; ++jump) {
      if (expect_agreement(made, start + std::chrono::minutes(chance.below(3'000'000)))) ++occurred;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(occurred, 700);
}

}  // namespace
}  // namespace certherald::schedule
