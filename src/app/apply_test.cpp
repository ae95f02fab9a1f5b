#include "app/apply.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "store/store.hpp"

namespace certherald::app {
namespace {

class Channels : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::Store::open({.location = folder_.string()}, clock_, random_);
    ASSERT_TRUE(opened) << describe(opened.error());
    store_ = std::move(*opened);
    ASSERT_EQ(apply_file(desk + snow, Prune::no), "");
  }
  ~Channels() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // What is said about channels, a line each; it is kept where nothing is.
  std::string apply_file(const std::string& text, Prune prune) {
    const auto parsed =
        parse_configuration(text, "a.toml", [](const std::string&, FileKind) { return std::string(); });
    if (!parsed) return describe(parsed.error().front());
    std::string said;
    const auto applied = store_->write([&](store::Session& session) -> Status {
      const auto report = apply(session, *parsed, prune);
      if (!report) return fail(report.error());
      const auto unknown = unknown_names(session, *parsed);
      if (!unknown) return fail(unknown.error());
      for (const ConfigurationProblem& problem : *unknown) said += describe(problem) + "\n";
      return said.empty() ? Status() : fail(ErrorKind::invalid_input, "refused");
    });
    EXPECT_EQ(applied.has_value(), said.empty()) << describe(applied.error());
    return said;
  }

  static std::string connection(const std::string& name) {
    return "[[connection]]\nname = \"" + name +
           "\"\ntype = \"servicedesk_plus\"\nurl = \"https://desk.example.com\"\n"
           "auth_token = { env = \"T\" }\n";
  }
  static std::string policy(const std::string& channels) {
    return "[[policy]]\nname = \"p\"\nkind = \"expiry\"\nchannels = " + channels + "\n";
  }

  const std::string desk = connection("desk");
  const std::string snow = connection("snow");
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("certherald-apply-" + std::to_string(::getpid()));
  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SeededRandom random_{1};
  std::unique_ptr<store::Store> store_;
};

TEST_F(Channels, AreThoseOfTheFileAndOfTheStore) {
  EXPECT_EQ(apply_file(policy("[\"*\"]"), Prune::no), "");
  EXPECT_EQ(apply_file(policy("[\"desk\", \"snow\"]"), Prune::no), "");  // the store has them
  EXPECT_EQ(apply_file(connection("third") + policy("[\"third\"]"), Prune::no), "");
}

TEST_F(Channels, AreRefusedWhereNobodyHasThem) {
  EXPECT_EQ(
      apply_file(policy("[\"dsek\", \"pager\"]"), Prune::no),
      "a.toml:4: [[policy]]: there is no connection 'dsek' (did you mean 'desk'?)\n"
      "a.toml:4: [[policy]]: there is no connection 'pager' (channels names connections; \"*\" is all of "
      "them)\n");
  // One that this apply removes is not there any more.
  EXPECT_EQ(apply_file(desk + policy("[\"snow\"]"), Prune::no), "");
  EXPECT_EQ(
      apply_file(desk + policy("[\"snow\"]"), Prune::yes),
      "a.toml:9: [[policy]]: there is no connection 'snow' (channels names connections; \"*\" is all of "
      "them)\n");
}

}  // namespace
}  // namespace certherald::app
