#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/bytes.hpp"

namespace certherald {
namespace {

// Gives out the same bytes over and over.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = bytes_[at_++ % bytes_.size()];
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

TEST(Random, BelowStaysBelow) {
  SeededRandom random(1);
  for (const std::uint64_t bound :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{7}, std::uint64_t{1} << 33U, UINT64_MAX}) {
    for (int i = 0; i < 200; ++i) EXPECT_LT(random.below(bound), bound);
  }
  EXPECT_EQ(random.below(0), 0U);
}

TEST(Random, BelowReachesAllAboutEqually) {
  SeededRandom random(2);
  std::map<std::uint64_t, int> counts;
  for (int i = 0; i < 6'000; ++i) ++counts[random.below(6)];
  ASSERT_EQ(counts.size(), 6U);
  for (const auto& [value, count] : counts) EXPECT_NEAR(count, 1'000, 150) << value;
}

TEST(Random, BelowDrawsAgainWhereOneValueWouldBeFavoured) {
  // 2^64-1 lies above the largest multiple of 3 times 2^62: the second draw, 5, counts.
  Bytes bytes(8, 0xff);
  bytes.insert(bytes.end(), {5, 0, 0, 0, 0, 0, 0, 0});
  FixedRandom random(bytes);
  EXPECT_EQ(random.below(std::uint64_t{3} << 62U), 5U);
}

TEST(SeededRandom, SameSeedSameBytes) {
  // SplitMix64 from 1234567: the first output of its reference implementation.
  SeededRandom random(1'234'567);
  std::array<std::uint8_t, 8> first{};
  random.fill(first);
  std::ranges::reverse(first);
  EXPECT_EQ(to_hex(first), "599ed017fb08fc85");
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  std::array<std::uint8_t, 13> x{};
  std::array<std::uint8_t, 13> y{};
  std::array<std::uint8_t, 13> z{};
  a.fill(x);
  b.fill(y);
  c.fill(z);
  EXPECT_EQ(x, y);
  EXPECT_NE(x, z);
}

TEST(SystemRandom, FillsAnySize) {
  SystemRandom random;
  random.fill({});
  std::set<Bytes> seen;
  for (int i = 0; i < 50; ++i) {
    Bytes bytes(16);
    random.fill(bytes);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
  Bytes large(100'000);  // more than getrandom(2) gives in one call that a signal may cut short
  random.fill(large);
  EXPECT_GT(std::ranges::count_if(large, [](std::uint8_t byte) { return byte != 0; }), 99'000);
}

}  // namespace
}  // namespace certherald
