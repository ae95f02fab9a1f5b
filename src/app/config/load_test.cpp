#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/config/parse.hpp"

namespace certherald::app {
namespace {

class LoadConfiguration : public testing::Test {
 protected:
  ~LoadConfiguration() override { std::filesystem::remove(file_); }

  // What is wrong with a connection that has these files, "" for nothing.
  std::string load(const std::string& certificate, const std::string& key) {
    const std::string folder = CERTHERALD_SOURCE_DIR "/tests/data/keystores/";
    std::ofstream(file_) << "[[connection]]\nname = \"desk\"\ntype = \"servicedesk_plus\"\n"
                            "url = \"https://desk.example.com\"\nauth_token = { env = \"T\" }\n"
                         << "client_cert = \"" << folder << certificate << "\"\n"
                         << "client_key = \"" << folder << key << "\"\n";
    const auto loaded = load_configuration(file_.string());
    return loaded ? "" : loaded.error().front().message;
  }

  // What is wrong with a connection whose token is found so, "" for nothing.
  std::string load_token(const std::string& reference) {
    std::ofstream(file_) << "[[connection]]\nname = \"desk\"\ntype = \"servicedesk_plus\"\n"
                            "url = \"https://desk.example.com\"\nauth_token = { "
                         << reference << " }\n";
    const auto loaded = load_configuration(file_.string());
    return loaded ? "" : describe(loaded.error().front());
  }

  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("certherald-load-" + std::to_string(::getpid()) + ".toml");
};

TEST_F(LoadConfiguration, RefusesACertificateOrKeyThatIsNone) {
  EXPECT_EQ(load("chain.pem", "only_key.pem"), "");
  for (const char* wrong : {"words.txt", "only_key.pem", "bad_base64.pem", "chain.p7b", "empty.pem"}) {
    EXPECT_NE(load(wrong, "only_key.pem").find("client_cert"), std::string::npos) << wrong;
  }
  EXPECT_NE(load("chain.pem", "chain.pem").find("it holds no private key in PEM"), std::string::npos);
  EXPECT_NE(load("nobody.pem", "only_key.pem").find("No such file"), std::string::npos);
}

TEST_F(LoadConfiguration, RefusesASecretFileThatCannotBeUsed) {
  const std::string folder = CERTHERALD_SOURCE_DIR "/tests/data/keystores/";
  EXPECT_EQ(load_token("file = \"" + folder + "words.txt\""), "");
  EXPECT_EQ(load_token("env = \"CERTHERALD_NOT_SET_HERE\""), "");
  const auto missing = load_token("file = \"" + folder + "nobody\"");
  EXPECT_NE(missing.find(file_.string() + ":5: "), std::string::npos) << missing;
  EXPECT_NE(missing.find("nobody cannot be read: No such file"), std::string::npos) << missing;
  EXPECT_NE(missing.find("(write the secret into that file"), std::string::npos) << missing;
  EXPECT_NE(load_token("file = \"" + folder + "empty.pem\"").find("is empty"), std::string::npos);
  EXPECT_NE(load_token("file = \"" + folder + "\"").find("Is a directory"), std::string::npos);
}

}  // namespace
}  // namespace certherald::app
