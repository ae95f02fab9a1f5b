#include "app/exclusions.hpp"

#include <gtest/gtest.h>

namespace certherald::app {
namespace {

TEST(Exclusions, DecideByNameAddressAndPort) {
  struct Row {
    const char* word;
    const char* host;
    std::uint16_t port;
    bool excluded;
  };
  const Row rows[] = {
      {"10.0.0.5", "10.0.0.5", 443, true},
      {"10.0.0.5", "10.0.0.5", 65'535, true},
      {"10.0.0.5", "10.0.0.6", 443, false},
      {"10.0.0.5:8443", "10.0.0.5", 443, false},
      {"10.0.0.5:443,8000-9000", "10.0.0.5", 8'443, true},
      {"10.0.0.0/8", "10.255.255.255", 1, true},
      {"10.0.0.0/8", "11.0.0.0", 1, false},
      {"10.1.2.3/8:443", "10.200.0.1", 443, true},
      {"10.1.2.3/8:443", "10.200.0.1", 444, false},
      {"0.0.0.0/0", "203.0.113.9", 443, true},
      {"0.0.0.0/0", "2001:db8::1", 443, false},
      {"10.0.0.10-20", "10.0.0.10", 443, true},
      {"10.0.0.10-20", "10.0.0.20", 443, true},
      {"10.0.0.10-20", "10.0.0.9", 443, false},
      {"10.0.0.10-20", "10.0.0.21", 443, false},
      {"2001:db8::/32", "2001:db8:ffff::1", 443, true},
      {"2001:db8::/32", "2001:db9::1", 443, false},
      {"[2001:db8::]/32:443", "2001:db8::7", 444, false},
      {"2001:db8::1", "2001:db8::1", 443, true},
      {"10.0.0.0/8", "::ffff:10.0.0.5", 443, true},
      {"10.0.0.5", "::ffff:10.0.0.5", 443, true},
      {"10.0.0.5", "::ffff:10.0.0.6", 443, false},
      {"10.0.0.5", "::fffe:10.0.0.5", 443, false},
      {"::ffff:0:0/96", "::ffff:10.0.0.5", 443, true},
      {"Shop.Example.com.", "shop.example.com", 443, true},
      {"shop.example.com", "www.shop.example.com", 443, false},
      {"shop.example.com:8443", "shop.example.com", 443, false},
      {"10.0.0.5", "shop.example.com", 443, false},
  };
  for (const Row& row : rows) {
    const std::string words[] = {row.word};
    const auto exclusions = Exclusions::parse(words);
    ASSERT_TRUE(exclusions) << row.word << ": " << describe(exclusions.error());
    EXPECT_EQ(exclusions->match(row.host, row.port).has_value(), row.excluded)
        << row.word << " and " << row.host << ":" << row.port;
  }
}

TEST(Exclusions, TheFirstWordIsToldThatExcludes) {
  const std::string words[] = {"10.0.0.1", "10.0.0.0/24", "10.0.0.0/16"};
  const auto exclusions = Exclusions::parse(words);
  ASSERT_TRUE(exclusions);
  EXPECT_EQ(exclusions->match("10.0.0.1", 443), 0U);
  EXPECT_EQ(exclusions->match("10.0.0.2", 443), 1U);
  EXPECT_EQ(exclusions->match("10.0.1.2", 443), 2U);
  EXPECT_EQ(exclusions->match("10.1.0.1", 443), std::nullopt);
}

TEST(Exclusions, RefuseWhatNamesNoPlace) {
  for (const char* word : {"", "smtp://mx.example.com", "a@10.0.0.1", "@list.txt", "10.0.0.0/33", "10.0.0.0/",
                           "shop.example.com/24", "10.0.0.1:0", "10.0.0.1-20/24", "-"}) {
    const std::string words[] = {word};
    EXPECT_FALSE(Exclusions::parse(words)) << word;
  }
}

}  // namespace
}  // namespace certherald::app
