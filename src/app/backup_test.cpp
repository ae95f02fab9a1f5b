#include "app/backup.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>

#include "app/test_folder.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

class Backups : public testing::Test {
 protected:
  std::unique_ptr<store::Store> open(const std::string& name) {
    auto store = store::Store::open({"sqlite:" + folder_.path(name), store::Migrate::yes, Seconds(20)},
                                    clock_, random_);
    EXPECT_TRUE(store) << describe(store.error());
    return std::move(*store);
  }
  static std::string value_of(store::Store& store) {
    const auto value = store.read([](store::Session& session) { return session.setting("scan"); });
    return value && *value ? **value : "";
  }
  void back_up() {
    ASSERT_TRUE(
        from_->write([](store::Session& session) { return session.set_setting("scan", R"({"a":"é\n"})"); }));
    const auto made = write_backup(*from_, folder_.path("file"), "1.2.3", clock_);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_GT(made->rows, 0);
  }

  void expect_refused(store::Store& to, const std::string& says) {
    const auto restored = restore_backup(to, folder_.path("damaged"), "");
    ASSERT_FALSE(restored) << says;
    EXPECT_EQ(restored.error().kind, ErrorKind::invalid_input) << says;
    EXPECT_NE(restored.error().message.find(says), std::string::npos) << restored.error().message;
    EXPECT_FALSE(restored.error().hint.empty()) << says;
  }

  test::Folder folder_;
  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SeededRandom random_{1};
  std::unique_ptr<store::Store> from_ = open("from");
};

TEST_F(Backups, GoOutAndComeBack) {
  back_up();
  struct stat file{};
  ASSERT_EQ(::stat(folder_.path("file").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777U, 0600U);
  const auto to = open("to");
  ASSERT_NE(to->installation(), from_->installation());
  const auto restored = restore_backup(*to, folder_.path("file"), "");
  ASSERT_TRUE(restored) << describe(restored.error());
  EXPECT_EQ(restored->header,
            (BackupHeader{store::Store::newest_schema(), from_->installation(), clock_.now(), "1.2.3"}));
  EXPECT_EQ(value_of(*to), R"({"a":"é\n"})");
  EXPECT_EQ(open("to")->installation(), from_->installation());
}

TEST_F(Backups, BecomeAnotherInstallation) {
  back_up();
  const auto to = open("to");
  const std::string fresh = "00000000-0000-4000-8000-000000000001";
  ASSERT_TRUE(restore_backup(*to, folder_.path("file"), fresh));
  EXPECT_EQ(open("to")->installation(), fresh);
}

TEST_F(Backups, AreRefusedWithTheLineWhereTheyAreDamagedAndLeaveNothing) {
  back_up();
  const std::string whole = folder_.read("file");
  const std::size_t row = whole.find("\n[") + 1;
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  struct Case {
    std::string text;
    std::string says;
  };
  const Case cases[] = {
      {"", "it ends too early"},
      {"nothing of ours\n", "line 1: it is no backup of certherald"},
      {"{}\n", "line 1: it is no backup of certherald"},
      {whole.substr(0, whole.size() - 1), "the file is cut off here"},
      {whole.substr(0, whole.size() / 2), "the file is cut off here"},
      {whole.substr(0, whole.rfind("\n{") + 1), "it ends too early"},
      {whole.substr(0, row) + whole.substr(whole.find('\n', row) + 1), "not as many as it says"},
      {whole + "[]\n", "something follows the last line"},
      {changed(whole, "1800000000,", "1800000001,"), "its SHA-256 is another one"},
      {changed(whole, R"("scan")", R"("spam")"), "its SHA-256 is another one"},
      {changed(whole, R"("scan")", "7"), "settings.name has a value of another kind"},
      {changed(whole, R"("scan",)", ""), "a row of settings has 1 values instead of 2"},
      {changed(whole, R"("scan")", "[["), "it is no JSON value"},
      {changed(whole, R"("tenant_id")", R"("tenant")"),
       "the table owners with its columns is not where it should be"},
      {changed(whole, R"("table":"owners")", R"("table":"other")"), "the table owners"},
      {changed(whole, R"("certherald_backup":1)", R"("certherald_backup":2)"),
       "made by a newer certherald (1.2.3)"},
      {changed(whole, R"("schema":)", R"("schema":9)"), "made by a newer certherald (1.2.3)"},
  };
  const auto to = open("to");
  for (const Case& c : cases) {
    folder_.write("damaged", c.text);
    expect_refused(*to, c.says);
  }
  EXPECT_EQ(value_of(*to), "");
  EXPECT_TRUE(restore_backup(*to, folder_.path("file"), ""));  // it is new still
}

TEST_F(Backups, OfAnOlderSchemaSayWhatToDo) {
  BackupFormatter formatter;
  folder_.write("old", formatter.header({1, "uuid", clock_.now(), "0.0.9"}) + "\n");
  const auto checked = check_backup(folder_.path("old"));
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().hint.find("restore it with certherald 0.0.9"), std::string::npos);
}

TEST_F(Backups, AreRefusedWhereTheyCannotBe) {
  for (const std::string& path :
       {std::string("-"), std::string(), folder_.path("from"), std::string("/dev/null")}) {
    const auto made = write_backup(*from_, path, "1.2.3", clock_);
    ASSERT_FALSE(made) << path;
    EXPECT_EQ(made.error().kind, ErrorKind::invalid_input) << path;
  }
  EXPECT_EQ(check_backup(folder_.path("nothing")).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace certherald::app
