#include "connector/template.hpp"

#include <gtest/gtest.h>

namespace certherald::connector {
namespace {

TEST(Expand, ReplacesNamesOnce) {
  const std::map<std::string, std::string> values = {{"owner", "web {{host}}"}, {"host", "h"}};
  EXPECT_EQ(expand("{{owner}} on {{ host }}, {{nobody}}", values), "web {{host}} on h, ");
  EXPECT_EQ(expand("{{open", values), "{{open");
  EXPECT_EQ(expand("}}{{host}}}}", values), "}}h}}");
  EXPECT_EQ(expand("", values), "");
}

}  // namespace
}  // namespace certherald::connector
