#include "base/wipe.hpp"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace certherald {
namespace {

TEST(Wipe, LeavesNothingInTheRoomOfATextLongOrShort) {
  for (const std::size_t length : {std::size_t{3}, std::size_t{300}}) {
    std::string text(length, 's');
    text.resize(length / 2);  // what stood behind the end is a secret too
    const char* room = text.data();
    const std::size_t size = text.capacity();
    wipe(text);
    EXPECT_TRUE(text.empty());
    ASSERT_EQ(text.data(), room);
    EXPECT_EQ(std::string_view(room, size), std::string(size, '\0')) << length;
  }
  std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  wipe(bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{}));
}

TEST(Wipe, HappensHoweverABlockIsLeft) {
  std::string text = "a secret that is longer than a small string";
  const auto leave = [&text] {
    const WipedAtEnd wiped(text);
    throw 1;
  };
  EXPECT_THROW(leave(), int);
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace certherald
