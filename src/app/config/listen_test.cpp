#include "app/config/listen.hpp"

#include <gtest/gtest.h>

namespace certherald::app {
namespace {

TEST(Listen, reads_an_address_and_a_port) {
  const auto v4 = parse_listen("127.0.0.1:9180");
  ASSERT_TRUE(v4);
  EXPECT_EQ(*v4, (ListenAddress{"127.0.0.1", 9180}));
  const auto v6 = parse_listen("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(*v6, (ListenAddress{"::1", 0}));
  EXPECT_EQ(to_string(*v4), "127.0.0.1:9180");
  EXPECT_EQ(to_string(*v6), "[::1]:0");
}

TEST(Listen, refuses_everything_else) {
  for (const char* text :
       {"", "127.0.0.1", ":9180", "localhost:9180", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
        "[127.0.0.1]:80", "127.0.0.1:+80", "127.0.0.1:80 ", "[::1]", "0x7f.1:80"}) {
    const auto parsed = parse_listen(text);
    EXPECT_FALSE(parsed) << text;
    if (!parsed) EXPECT_NE(parsed.error().hint, "") << text;
  }
}

}  // namespace
}  // namespace certherald::app
