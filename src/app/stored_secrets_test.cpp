#include "app/stored_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "app/key_file.hpp"
#include "app/test_folder.hpp"
#include "net/test_world.hpp"

namespace certherald::app {
namespace {

using testing::HasSubstr;

const std::map<std::string, std::string> secrets = {{"desk", "token-1"}, {"snow", "pass word\n"}, {"x", "y"}};

class Stored : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::Store::open({.location = folder_.path("data")}, clock_, random_);
    ASSERT_TRUE(opened) << describe(opened.error());
    store_ = std::move(*opened);
    ASSERT_TRUE(make_key_file(key_file_, codec::SealKey::make(random_)));
    for (const auto& [name, secret] : secrets)
      ASSERT_EQ(*put_secret(*store_, key_file_, name, secret, random_), store::Put::created);
  }

  void expect_all_open(const std::string& when) {
    for (const auto& [name, secret] : secrets) {
      const auto opened = open_secret(*store_, key_file_, name);
      ASSERT_TRUE(opened) << when << ": " << describe(opened.error());
      EXPECT_EQ(*opened, secret) << when;
    }
  }
  // A rotation that dies after `last`, with all open on the way.
  bool stops_at(RotationStep last) {
    struct Stopped {};
    const auto stop = [&](RotationStep step) {
      expect_all_open("within a rotation");
      if (step == last) throw Stopped{};
    };
    try {
      const auto rotated = rotate_keys(*store_, key_file_, random_, stop);
      ADD_FAILURE() << "it went on: " << (rotated ? rotated->key_id : describe(rotated.error()));
      return false;
    } catch (const Stopped&) {
      return true;
    }
  }
  [[nodiscard]] std::size_t keys() const { return read_key_file(key_file_)->size(); }

  test::Folder folder_;
  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SystemRandom random_;
  std::unique_ptr<store::Store> store_;
  std::string key_file_ = folder_.path("key");
};

TEST_F(Stored, OpenAsTheyWereEntered) {
  expect_all_open("at first");
  EXPECT_EQ(*put_secret(*store_, key_file_, "desk", "another", random_), store::Put::updated);
  EXPECT_EQ(*open_secret(*store_, key_file_, "desk"), "another");
}

TEST_F(Stored, SayWhatToDoWhereTheyDoNotOpen) {
  const std::string id = read_key_file(key_file_)->front().id();
  const std::string other = folder_.path("other");
  ASSERT_TRUE(make_key_file(other, codec::SealKey::make(random_)));
  struct Row {
    std::string key_file;
    std::string name;
    ErrorKind kind;
    std::vector<std::string> said;
  };
  const Row rows[] = {
      {key_file_, "nobody", ErrorKind::not_found, {"nobody", "certherald secret set nobody"}},
      {"", "desk", ErrorKind::not_found, {id, "--key-file", "certherald secret set desk"}},
      {other, "desk", ErrorKind::not_found, {other, id, "bring back", "certherald secret set desk"}},
      {folder_.path("gone"), "desk", ErrorKind::invalid_input, {id, "is not there"}},
  };
  for (const Row& row : rows) {
    const auto opened = open_secret(*store_, row.key_file, row.name);
    ASSERT_FALSE(opened) << row.name;
    EXPECT_EQ(opened.error().kind, row.kind) << describe(opened.error());
    for (const std::string& said : row.said) EXPECT_THAT(describe(opened.error()), HasSubstr(said));
  }
}

TEST_F(Stored, DoNotOpenUnderEachOthersNames) {
  const Status swapped = store_->write([](store::Session& session) -> Status {
    const auto desk = session.secret("desk");
    if (!desk) return fail(desk.error());
    store::SecretRow moved = desk->value();
    moved.name = "snow";
    const auto put = session.put_secret(moved);
    if (!put) return fail(put.error());
    return {};
  });
  ASSERT_TRUE(swapped);
  EXPECT_EQ(open_secret(*store_, key_file_, "snow").error().kind, ErrorKind::refused);
}

TEST_F(Stored, RotateToAKeyThatAloneOpensThem) {
  const std::string old = read_key_file(key_file_)->front().id();
  const std::string copy = folder_.read("key");
  const auto rotated = rotate_keys(*store_, key_file_, random_);
  ASSERT_TRUE(rotated) << describe(rotated.error());
  EXPECT_EQ(rotated->secrets, 3);
  EXPECT_NE(rotated->key_id, old);
  EXPECT_EQ(keys(), 1U);
  expect_all_open("after a rotation");
  folder_.write("old", copy);
  EXPECT_EQ(open_secret(*store_, folder_.path("old"), "desk").error().kind, ErrorKind::not_found);
}

TEST_F(Stored, OpenWhereverARotationStopsAndItMayRunAgain) {
  constexpr RotationStep steps[] = {RotationStep::key_added, RotationStep::sealed_anew,
                                    RotationStep::old_dropped};
  const std::size_t keys_then[] = {2, 3, 1};
  for (std::size_t i = 0; i < std::size(steps); ++i) {
    EXPECT_TRUE(stops_at(steps[i])) << i;
    expect_all_open("after a rotation that stopped");
    EXPECT_EQ(keys(), keys_then[i]) << i;  // what stopped ones left is dropped by the first that ends
  }
  // Whoever enters a secret now seals it with the key that will stay.
  ASSERT_TRUE(put_secret(*store_, key_file_, "x", "y", random_));
  ASSERT_TRUE(rotate_keys(*store_, key_file_, random_));
  expect_all_open("at last");
  EXPECT_EQ(keys(), 1U);
}

TEST_F(Stored, RotateNotAtAllWhereOneDoesNotOpen) {
  const std::string other = folder_.path("other");
  ASSERT_TRUE(make_key_file(other, codec::SealKey::make(random_)));
  ASSERT_TRUE(put_secret(*store_, other, "lost", "z", random_));
  const std::string before = folder_.read("key");
  const auto refused = rotate_keys(*store_, key_file_, random_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(describe(refused.error()), HasSubstr("certherald secret set lost"));
  EXPECT_EQ(folder_.read("key"), before);
  expect_all_open("after it was refused");
}

TEST_F(Stored, AreReadAnewAtEachUse) {
  net::test::World world;
  boost::asio::thread_pool pool(1);
  const SealedSecrets source(*store_, pool, key_file_);
  EXPECT_EQ(*world.run(source.open("desk")), "token-1");
  ASSERT_TRUE(put_secret(*store_, key_file_, "desk", "token-2", random_));
  EXPECT_EQ(*world.run(source.open("desk")), "token-2");
  ASSERT_TRUE(rotate_keys(*store_, key_file_, random_));
  EXPECT_EQ(*world.run(source.open("desk")), "token-2");
}

}  // namespace
}  // namespace certherald::app
