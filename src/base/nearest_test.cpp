#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace certherald {
namespace {

TEST(NearestWord, IsAtMostTwoEditsAway) {
  constexpr std::array<std::string_view, 4> known = {"scan", "apply", "import", "snow"};
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"scna", "scan"}, {"aply", "apply"}, {"imports", "import"}, {"snow", "snow"}, {"sown", "scan"},
      {"frob", ""},     {"", ""},          {"sno", "snow"},       {"scow", "snow"},
  };
  for (const auto& [word, nearest] : rows) EXPECT_EQ(nearest_word(word, known), nearest) << word;
  const std::string long_word(33, 'a');
  const std::array<std::string_view, 1> itself = {long_word};
  EXPECT_EQ(nearest_word(long_word, itself), "");
}

}  // namespace
}  // namespace certherald
