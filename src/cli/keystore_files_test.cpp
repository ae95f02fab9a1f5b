#include "cli/keystore_files.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string path(const std::string& name) {
  return std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/keystores/" + name;
}

TEST(KeystoreFiles, GivesFilesInTheirOrderHoweverLongEachTakes) {
  std::vector<std::string> names;
  names.reserve(200);
  for (int i = 0; i < 200; ++i) names.push_back(path(i % 3 == 0 ? "chain.pem" : "trusted.pem"));
  KeystoreFiles files(names, std::nullopt);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto next = files.next();
    ASSERT_TRUE(next && *next) << i;
    EXPECT_EQ((*next)->certificates.size(), i % 3 == 0 ? 3 : 1) << i;
  }
  EXPECT_FALSE(files.next());
  EXPECT_FALSE(files.next());
}

TEST(KeystoreFiles, NamesTheFileThatIsBrokenAndGoesOnWithTheNext) {
  KeystoreFiles files(
      {path("chain.pem"), path("not_there.pem"), path("broken_second.pem"), path("chain.pem")}, std::nullopt);
  EXPECT_TRUE(*files.next());
  for (const char* name : {"not_there.pem", "broken_second.pem"}) {
    const auto broken = files.next();
    ASSERT_TRUE(broken && !*broken) << name;
    EXPECT_EQ(broken->error().kind, ErrorKind::invalid_input) << name;
    EXPECT_THAT(describe(broken->error()), HasSubstr(name));
  }
  EXPECT_TRUE(*files.next());
}

TEST(KeystoreFiles, TellsListsOfEndpointsFromCertificates) {
  const std::string list = testing::TempDir() + "keystore_files_test.csv";
  std::ofstream(list) << "host,port\na.example.com,8443\n";
  const std::string bad = testing::TempDir() + "keystore_files_test_bad.csv";
  std::ofstream(bad) << "host,port\na.example.com,0\n";
  KeystoreFiles files({list, path("java.jks"), bad}, "correct horse");
  const auto endpoints = files.next();
  ASSERT_TRUE(endpoints && *endpoints && (*endpoints)->endpoints);
  EXPECT_THAT((*endpoints)->certificates, IsEmpty());
  ASSERT_EQ((*endpoints)->endpoints->size(), 1);
  EXPECT_EQ((*endpoints)->endpoints->front().key.port, 8443);
  const auto java = files.next();
  ASSERT_TRUE(java && *java);
  EXPECT_FALSE((*java)->endpoints);
  EXPECT_FALSE((*java)->certificates.empty());
  const auto broken = files.next();
  ASSERT_TRUE(broken && !*broken);
  EXPECT_THAT(describe(broken->error()), HasSubstr("test_bad.csv: line 2"));
  std::filesystem::remove(list);
  std::filesystem::remove(bad);
}

TEST(KeystoreFiles, MayBeLeftBeforeTheEnd) {
  KeystoreFiles files(std::vector<std::string>(500, path("chain.pem")), std::nullopt);
  EXPECT_TRUE(*files.next());
}

}  // namespace
}  // namespace certherald::cli
