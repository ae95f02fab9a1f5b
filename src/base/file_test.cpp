#include "base/file.hpp"

#include <gtest/gtest.h>

namespace certherald {
namespace {

TEST(File, ReadsWholeOrSaysWhyNot) {
  const std::string here = std::string(CERTHERALD_SOURCE_DIR) + "/src/base/file_test.cpp";
  const auto whole = read_file(here, 100'000);
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->starts_with("#include"));
  EXPECT_TRUE(read_file(here, whole->size()));
  EXPECT_EQ(read_file(here, whole->size() - 1).error().kind, ErrorKind::too_large);
  EXPECT_EQ(read_file("/dev/zero", 100'000).error().kind, ErrorKind::too_large);
  EXPECT_EQ(read_file(here + ".absent", 1).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_file("/", 1).error(),
            (Error{ErrorKind::invalid_input, "/: cannot be read: Is a directory", {}}));
}

}  // namespace
}  // namespace certherald
