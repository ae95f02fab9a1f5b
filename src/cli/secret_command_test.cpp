#include "cli/secret_command.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class SecretCommand : public testing::Test {
 protected:
  SecretCommand() {
    std::string name = (std::filesystem::temp_directory_path() / "certherald-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    key_file_ = folder_ + "/key";
  }
  ~SecretCommand() override { std::filesystem::remove_all(folder_); }

  int run(std::vector<std::string> words, const std::string& input = {}) {
    std::istringstream in(input);
    out_.str({});
    err_.str({});
    FakeClock clock{Instant(Seconds(1'800'000'000))};
    CommandContext context{.in = in, .out = out_, .err = err_, .clock = clock, .random = random_};
    CLI::App app;
    add_secret_command(app, context);
    words.insert(words.begin(), "secret");
    std::ranges::reverse(words);  // as CLI11 takes them
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      return error.get_exit_code() == 0 ? exit_fine : exit_misuse;
    }
    return context.exit_code;
  }
  int set(const std::string& name, const std::string& input) {
    return run({"set", name, "--data", folder_ + "/data", "--key-file", key_file_}, input);
  }

  SystemRandom random_;
  std::string folder_;
  std::string key_file_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SecretCommand, TakesSecretsFromInputAndShowsOnlyTheirNames) {
  ASSERT_EQ(run({"keygen", "--key-file", key_file_}), exit_fine) << err_.str();
  EXPECT_EQ(set("desk", "hunter2hunter2\n"), exit_fine) << err_.str();
  EXPECT_EQ(out_.str(), "created secret desk\n");
  EXPECT_EQ(set("desk", "hunter3hunter3"), exit_fine);
  EXPECT_EQ(out_.str(), "updated secret desk\n");
  EXPECT_EQ(run({"list", "--data", folder_ + "/data"}), exit_fine);
  EXPECT_THAT(out_.str(), HasSubstr("desk"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("hunter")));
  EXPECT_EQ(run({"rotate", "--data", folder_ + "/data", "--key-file", key_file_}), exit_fine) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("all 1 secrets"));
}

TEST_F(SecretCommand, RefusesWhatCannotBeASecret) {
  ASSERT_EQ(run({"keygen", "--key-file", key_file_}), exit_fine);
  struct Row {
    std::string name;
    std::string input;
    std::string said;
  };
  const Row rows[] = {{"a b", "x", "cannot name a secret"},
                      {"a", "", "is empty"},
                      {"a", "\r\n", "is empty"},
                      {"a", std::string(65'537, 'x'), "larger than 65536"}};
  for (const Row& row : rows) {
    EXPECT_EQ(set(row.name, row.input), exit_misuse) << row.said;
    EXPECT_THAT(err_.str(), HasSubstr(row.said));
  }
  EXPECT_EQ(set("a", std::string(65'536, 'x') + "\n"), exit_fine) << err_.str();
}

TEST_F(SecretCommand, DoesNotRepeatASecretThatWasWrittenAsAnArgument) {
  ASSERT_EQ(run({"keygen", "--key-file", key_file_}), exit_fine);
  EXPECT_EQ(run({"set", "desk", "hunter2hunter2", "--data", folder_ + "/data", "--key-file", key_file_}, "x"),
            exit_misuse);
  EXPECT_THAT(err_.str(), HasSubstr("never an argument"));
  EXPECT_THAT(err_.str() + out_.str(), Not(HasSubstr("hunter2")));
}

TEST_F(SecretCommand, NeedsAKeyFileThatIsThere) {
  EXPECT_EQ(set("desk", "x"), exit_misuse);
  EXPECT_THAT(err_.str(), HasSubstr("secret keygen"));
}

}  // namespace
}  // namespace certherald::cli
