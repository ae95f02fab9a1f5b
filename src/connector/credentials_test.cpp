#include "connector/credentials.hpp"

#include <gtest/gtest.h>

namespace certherald::connector {
namespace {

TEST(BasicCredentials, AreTheStandardAlphabetWithPadding) {
  // RFC 7617 section 2.
  EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_credentials("test", "123\xC2\xA3"), "Basic dGVzdDoxMjPCow==");
  EXPECT_EQ(basic_credentials("a", "b"), "Basic YTpi");
  EXPECT_EQ(basic_credentials("ab", "c"), "Basic YWI6Yw==");
  EXPECT_EQ(basic_credentials("", ">?>?"), "Basic Oj4/Pj8=");
}

TEST(WithoutSecrets, HidesWhatASystemRepeats) {
  model::Outcome said;
  said.message = "no user for hunter22, hunter22!";
  said.hint = "hunter22";
  const Credentials credentials{{"authtoken", "hunter22"}, {"hunter22", "no"}};
  const auto shown = without_secrets(said, credentials);
  EXPECT_EQ(shown.message, "no user for (hidden), (hidden)!");
  EXPECT_EQ(shown.hint, "(hidden)");
}

}  // namespace
}  // namespace certherald::connector
