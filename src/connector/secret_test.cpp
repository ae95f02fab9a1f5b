#include "connector/secret.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::connector {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "secret-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

// Knows one secret.
struct OneStored final : StoredSecrets {
  [[nodiscard]] net::Task<Result<std::string>> open(std::string name) const override {
    if (name != "desk") co_return fail(ErrorKind::not_found, "there is no secret {}", name);
    co_return "stored";
  }
};

class SystemSecretsTest : public testing::Test {
 protected:
  Result<std::string> resolve(model::SecretRef where) {
    return world_.run(secrets_.resolve(std::move(where)));
  }

 private:
  net::test::World world_;
  OneStored stored_;
  SystemSecrets secrets_{stored_};
};

TEST_F(SystemSecretsTest, AsksTheStoreForWhatIsStored) {
  EXPECT_EQ(*resolve(model::StoredSecret{"desk"}), "stored");
  EXPECT_NE(resolve(model::StoredSecret{"snow"}).error().message.find("snow"), std::string::npos);
}

TEST_F(SystemSecretsTest, ReadsFilesWithoutTheirLastLineEnd) {
  const Folder folder;
  struct Row {
    std::string text;
    std::optional<std::string> wanted;
  };
  const Row rows[] = {
      {"s3cret", "s3cret"},
      {"s3cret\n", "s3cret"},
      {"s3cret\r\n", "s3cret"},
      {"s3cret\n\n", "s3cret\n"},
      {" s3cret ", " s3cret "},
      {"", std::nullopt},
      {"\n", std::nullopt},
      {std::string(std::size_t{64} * 1024, 'x'), std::string(std::size_t{64} * 1024, 'x')},
      {std::string(std::size_t{64} * 1024 + 1, 'x'), std::nullopt},
  };
  for (const Row& row : rows) {
    const auto read = resolve(model::FileSecret{folder.write("secret", row.text)});
    ASSERT_EQ(read.has_value(), row.wanted.has_value()) << row.text.substr(0, 20);
    if (read) EXPECT_EQ(*read, *row.wanted);
  }
  const auto missing = resolve(model::FileSecret{folder.path() + "/nobody"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("nobody"), std::string::npos);
}

TEST_F(SystemSecretsTest, ReadsTheEnvironmentAnewEachTime) {
  const model::EnvSecret where{"CERTHERALD_TEST_SECRET"};
  ::unsetenv(where.name.c_str());
  ASSERT_FALSE(resolve(where));
  EXPECT_NE(resolve(where).error().message.find(where.name), std::string::npos);
  ::setenv(where.name.c_str(), "one", 1);
  EXPECT_EQ(*resolve(where), "one");
  ::setenv(where.name.c_str(), "two", 1);
  EXPECT_EQ(*resolve(where), "two");
  ::setenv(where.name.c_str(), "", 1);
  EXPECT_FALSE(resolve(where));
  ::unsetenv(where.name.c_str());
}

}  // namespace
}  // namespace certherald::connector
