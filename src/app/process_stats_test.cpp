#include "app/process_stats.hpp"

#include <unistd.h>

#include <ctime>
#include <vector>

#include <gtest/gtest.h>

namespace certherald::app {
namespace {

constexpr std::string_view self_stat =
    "4242 (a) R 1 (b) S 1 4242 4242 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 7 0 12345 104857600 2560 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0\n";
constexpr std::string_view kernel_stat = "cpu  1 2 3\nintr 5 6\nctxt 9\nbtime 1795500000\nprocesses 3\n";

TEST(ProcessStats, FieldsByTheirNumber) {
  const auto stats = parse_process_stats(self_stat, kernel_stat, {100, 4096});
  ProcessStats expected;
  expected.cpu_seconds = 2;
  expected.resident_bytes = std::uint64_t{2560} * 4096;
  expected.virtual_bytes = 104857600;
  expected.threads = 7;
  expected.start_time_seconds = 1795500123.45;
  EXPECT_EQ(stats, expected);
}

TEST(ProcessStats, NothingWhereAFieldLacks) {
  for (const std::string_view text :
       {"", "1 (a", "1 (a) S 1 2 3", "1 (a) S x x x x x x x x x x x x x x x x x x x x x x x"}) {
    EXPECT_FALSE(parse_process_stats(text, kernel_stat, {})) << text;
  }
  EXPECT_FALSE(parse_process_stats(self_stat, "cpu 1\n", {}));
}

TEST(ProcessStats, OfThisProcess) {
  const ProcessStats before = read_process_stats().value_or(ProcessStats{});
  EXPECT_GT(before.resident_bytes, 1U << 20U);
  EXPECT_LT(before.resident_bytes, before.virtual_bytes);
  EXPECT_GE(before.threads, 1U);
  EXPECT_GT(before.max_fds, before.open_fds);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(before.start_time_seconds, now - 3600);
  EXPECT_LT(before.start_time_seconds, now + 2);
  const int more = ::dup(0);
  const ProcessStats after = read_process_stats().value_or(ProcessStats{});
  ::close(more);
  EXPECT_EQ(after.open_fds, before.open_fds + 1);
}

}  // namespace
}  // namespace certherald::app
