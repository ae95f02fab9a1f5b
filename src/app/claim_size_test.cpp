#include "app/claim_size.hpp"

#include <gtest/gtest.h>

namespace certherald::app {
namespace {

TEST(ClaimSize, FallsWithWhatIsLeft) {
  struct Row {
    std::size_t free;
    std::size_t claimed;
  };
  for (const Row& row : {Row{0, 8}, Row{1, 8}, Row{64, 8}, Row{72, 9}, Row{1'000, 125}, Row{2'048, 256},
                         Row{most_free, most_claimed}, Row{100'000, 256}}) {
    EXPECT_EQ(claim_size(row.free), row.claimed) << row.free;
  }
}

// Two nodes that claim in turn and work equally fast end with a claim of the least size between them.
TEST(ClaimSize, SharesASmallEstateEvenly) {
  for (const std::size_t all : {100U, 256U, 1'024U}) {
    std::size_t free = all;
    std::size_t held[2] = {0, 0};
    while (free > 0) {
      std::size_t& next = held[0] <= held[1] ? held[0] : held[1];
      const std::size_t claimed = std::min(claim_size(free), free);
      next += claimed;
      free -= claimed;
    }
    const std::size_t apart = held[0] < held[1] ? held[1] - held[0] : held[0] - held[1];
    EXPECT_LE(apart, least_claimed * 2) << all;
  }
}

TEST(UnderWay, FollowsTheConnections) {
  EXPECT_EQ(under_way(0, 512), 16U);
  EXPECT_EQ(under_way(16, 512), 64U);
  EXPECT_EQ(under_way(256, 512), 512U);
  EXPECT_EQ(under_way(16, 3), 3U);
}

}  // namespace
}  // namespace certherald::app
