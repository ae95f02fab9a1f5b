#include "app/key_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/test_folder.hpp"

namespace certherald::app {
namespace {

using codec::SealKey;
using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

class KeyFile : public testing::Test {
 protected:
  [[nodiscard]] mode_t mode() const {
    struct stat file{};
    EXPECT_EQ(::lstat(path_.c_str(), &file), 0);
    return file.st_mode & 07777U;
  }

  test::Folder folder_;
  std::string path_ = folder_.path("key");
  SeededRandom random_{1};
  SealKey key_ = SealKey::make(random_);
  SealKey other_ = SealKey::make(random_);
};

TEST_F(KeyFile, IsMadeForItsOwnerAloneWhateverTheUmask) {
  for (const mode_t mask : {0U, 0777U}) {
    ::unlink(path_.c_str());
    const mode_t before = ::umask(mask);
    const Status made = make_key_file(path_, key_);
    ::umask(before);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(mode(), 0600U);
    EXPECT_EQ(*read_key_file(path_), std::vector{key_});
  }
}

TEST_F(KeyFile, IsNeverOverwritten) {
  ASSERT_TRUE(make_key_file(path_, key_));
  const Status again = make_key_file(path_, other_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(again.error().hint, HasSubstr("secret rotate"));
  EXPECT_EQ(read_key_file(path_)->front(), key_);
  // Not through a link either, be it one to nowhere.
  const std::string link = folder_.path("link");
  ASSERT_EQ(::symlink(folder_.path("nowhere").c_str(), link.c_str()), 0);
  EXPECT_FALSE(make_key_file(link, key_));
  EXPECT_EQ(folder_.read("nowhere"), "");
}

TEST_F(KeyFile, IsReplacedWithItsModeAndNothingIsLeftBeside) {
  ASSERT_TRUE(make_key_file(path_, key_));
  folder_.write("key.new", "what a killed rotation left");
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  const std::vector both = {other_, key_};
  const Status replaced = replace_key_file(path_, both);
  ASSERT_TRUE(replaced) << describe(replaced.error());
  EXPECT_EQ(*read_key_file(path_), both);
  EXPECT_EQ(mode(), 0400U);
  EXPECT_NE(::access(folder_.path("key.new").c_str(), F_OK), 0);
}

TEST_F(KeyFile, IsRefusedWithItsMend) {
  const auto refusal = [this](const std::string& message, const std::string& hint) {
    return AllOf(
        Field(&Error::kind, ErrorKind::invalid_input),
        Field(&Error::message, AllOf(HasSubstr(path_), HasSubstr(message), Not(HasSubstr("hunter2")))),
        Field(&Error::hint, AllOf(HasSubstr(hint), Not(HasSubstr("hunter2")))));
  };
  struct Row {
    std::string what;
    std::function<void()> make;
    std::string message;
    std::string hint;
  };
  const std::string good = codec::write_key_lines(std::vector{key_});
  const auto with_mode = [&](mode_t mode) {
    return [this, good, mode] {
      folder_.write("key", good);
      ::chmod(path_.c_str(), mode);
    };
  };
  const auto with_text = [&](const std::string& text) {
    return [this, text] { folder_.write("key", text); };
  };
  const Row rows[] = {
      {"absent", [] {}, "is not there", "secret keygen"},
      {"group may read", with_mode(0640), "0640", "chmod 600"},
      {"group may write", with_mode(0620), "0620", "chmod 600"},
      {"all may read", with_mode(0604), "0604", "chmod 600"},
      {"a folder", [this] { ::mkdir(path_.c_str(), 0700); }, "no regular file", "keygen"},
      {"a pipe", [this] { ::mkfifo(path_.c_str(), 0600); }, "no regular file", "keygen"},
      {"a link",
       [this, good] {
         folder_.write("real", good);
         ASSERT_EQ(::symlink(folder_.path("real").c_str(), path_.c_str()), 0);
       },
       "symbolic link", "the file itself"},
      {"empty", with_text(""), "line 1", "bring back"},
      {"another text", with_text("hunter2\n"), "line 1", "bring back"},
      {"cut", with_text(good + good.substr(0, 40)), "line 2", "bring back"},
      {"large", with_text(std::string(20'000, 'x')), "too large", "keygen"},
  };
  for (const Row& row : rows) {
    std::filesystem::remove_all(path_);
    row.make();
    const auto keys = read_key_file(path_);
    ASSERT_FALSE(keys) << row.what;
    EXPECT_THAT(keys.error(), refusal(row.message, row.hint)) << row.what;
    EXPECT_FALSE(replace_key_file(path_, std::vector{other_})) << row.what;
  }
}

TEST_F(KeyFile, OfAnotherUserIsRefusedAndOfRootIsNot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_TRUE(make_key_file(path_, key_));
  ASSERT_EQ(::chown(path_.c_str(), 65'534, 65'534), 0);
  const auto refused = read_key_file(path_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(describe(refused.error()), HasSubstr("65534"));
  EXPECT_THAT(describe(refused.error()), HasSubstr("chown"));
}

TEST_F(KeyFile, LockIsHeldByOne) {
  const int folder = ::open(folder_.path("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(folder, 0);
  {
    auto lock = KeyFileLock::take(path_);
    ASSERT_TRUE(lock);
    const KeyFileLock moved = std::move(*lock);
    EXPECT_NE(::flock(folder, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(errno, EWOULDBLOCK);
  }
  EXPECT_EQ(::flock(folder, LOCK_EX | LOCK_NB), 0);
  ::close(folder);
  EXPECT_FALSE(KeyFileLock::take(folder_.path("no/folder")));
}

}  // namespace
}  // namespace certherald::app
