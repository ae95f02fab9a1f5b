#include "base/uuid.hpp"

#include <set>

#include <gtest/gtest.h>

namespace certherald {
namespace {

class Constant final : public Random {
 public:
  explicit Constant(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = byte_;
  }

 private:
  std::uint8_t byte_;
};

// RFC 9562 section 5.4: version 4, variant 10, the rest as drawn.
TEST(Uuid, VersionAndVariant) {
  Constant zeros(0x00);
  Constant ones(0xff);
  EXPECT_EQ(make_uuid(zeros), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(make_uuid(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Uuid, NoTwoAlike) {
  SeededRandom random(3);
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(seen.insert(make_uuid(random)).second);
}

}  // namespace
}  // namespace certherald
