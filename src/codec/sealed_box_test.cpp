#include "codec/sealed_box.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::codec {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view key_hex = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
const SealPlace place{"6f9619ff-8b86-4011-b42d-00c04fc964ff", "desk.token"};
constexpr std::string_view secret = "correct horse battery staple";

// Sealed by a program of another language: an HChaCha20 in Python over the ChaCha20-Poly1305 of OpenSSL.
const Sealed made_elsewhere{
    "a53e3dfe44055a7f",
    "01404142434445464748494a4b4c4d4e4f5051525354555657926301863e93807a937d05a0938eff344633171c7c64ef98abca"
    "9969321d7d85e790e62d9603087886854d50"};

SealKey known_key() { return SealKey::from_hex(key_hex).value(); }

TEST(SealedBox, OpensWhatAnotherProgramSealed) {
  EXPECT_EQ(known_key().id(), made_elsewhere.key_id);
  const std::vector keys = {known_key()};
  const auto opened = unseal(made_elsewhere, place, keys);
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_EQ(*opened, secret);
}

TEST(SealedBox, OpensWhatItSealedAndNeverSealsAlikeTwice) {
  SystemRandom random;
  const std::vector keys = {SealKey::make(random), SealKey::make(random)};
  std::set<std::string> texts;
  for (const std::string& plain : {std::string("x"), std::string(), std::string("a\0b\n", 4),
                                   std::string(max_secret_size, 's'), std::string("x")}) {
    const Sealed sealed = seal(plain, place, keys[1], random);
    EXPECT_EQ(sealed.key_id, keys[1].id());
    EXPECT_EQ(*unseal(sealed, place, keys), plain);
    EXPECT_TRUE(texts.insert(sealed.text).second);
  }
}

TEST(SealedBox, RefusesEveryChangedBit) {
  const std::vector keys = {known_key()};
  const Bytes good = from_hex(made_elsewhere.text).value();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    const auto opened = unseal({made_elsewhere.key_id, to_hex(changed)}, place, keys);
    ASSERT_FALSE(opened) << bit;
    EXPECT_EQ(opened.error().kind, bit < 8 ? ErrorKind::invalid_input : ErrorKind::refused) << bit;
    EXPECT_THAT(opened.error().message, HasSubstr("desk.token")) << bit;
    EXPECT_THAT(describe(opened.error()), Not(HasSubstr("horse"))) << bit;
  }
}

TEST(SealedBox, RefusesEveryOtherWayOfTampering) {
  const SealKey key = known_key();
  SeededRandom random(1);
  const SealKey other = SealKey::make(random);
  const std::string& text = made_elsewhere.text;
  struct Row {
    std::string what;
    Sealed sealed;
    SealPlace where;
    std::vector<SealKey> keys;
    ErrorKind kind;
  };
  const Row rows[] = {
      {"under another name", made_elsewhere, {place.installation, "snow"}, {key}, ErrorKind::refused},
      {"in another store", made_elsewhere, {"another", place.name}, {key}, ErrorKind::refused},
      {"the border moved",
       made_elsewhere,
       {place.installation + "d", "esk.token"},
       {key},
       ErrorKind::refused},
      {"cut", {key.id(), text.substr(0, text.size() - 2)}, place, {key}, ErrorKind::refused},
      {"cut to its nonce", {key.id(), text.substr(0, 50)}, place, {key}, ErrorKind::refused},
      {"cut within it", {key.id(), text.substr(0, 40)}, place, {key}, ErrorKind::refused},
      {"empty", {key.id(), ""}, place, {key}, ErrorKind::refused},
      {"longer", {key.id(), text + "00"}, place, {key}, ErrorKind::refused},
      {"half a byte", {key.id(), text + "0"}, place, {key}, ErrorKind::refused},
      {"no hex", {key.id(), "zz" + text.substr(2)}, place, {key}, ErrorKind::refused},
      {"without end", {key.id(), text + std::string(200'000, '0')}, place, {key}, ErrorKind::refused},
      {"said to be of another key", {other.id(), text}, place, {key, other}, ErrorKind::refused},
      {"of a newer version", {key.id(), "02" + text.substr(2)}, place, {key}, ErrorKind::invalid_input},
      {"the key is lost", made_elsewhere, place, {other}, ErrorKind::not_found},
      {"there is no key", made_elsewhere, place, {}, ErrorKind::not_found},
  };
  for (const Row& row : rows) {
    const auto opened = unseal(row.sealed, row.where, row.keys);
    ASSERT_FALSE(opened) << row.what;
    EXPECT_EQ(opened.error().kind, row.kind) << row.what << ": " << describe(opened.error());
    EXPECT_NE(opened.error().hint, "") << row.what;
    if (row.kind == ErrorKind::not_found)
      EXPECT_THAT(opened.error().message, HasSubstr(key.id())) << row.what;
  }
}

TEST(KeyLines, AreReadAsTheyAreWritten) {
  SeededRandom random(7);
  const std::vector keys = {SealKey::make(random), SealKey::make(random)};
  EXPECT_NE(keys[0].id(), keys[1].id());
  EXPECT_EQ(*read_key_lines(write_key_lines(keys)), keys);
  const std::string line = "certherald-key-v1:" + std::string(key_hex);
  EXPECT_EQ(write_key_lines(std::vector{known_key()}), line + "\n");
  EXPECT_EQ(read_key_lines(line)->front(), known_key());
}

TEST(KeyLines, AreRefusedByLineAndNeverShown) {
  const std::string good = "certherald-key-v1:" + std::string(key_hex);
  struct Row {
    std::string text;
    std::string line;
  };
  const Row rows[] = {{"", "line 1"},
                      {"\n", "line 1"},
                      {std::string(key_hex), "line 1"},
                      {good + "\r\n", "line 1"},
                      {good + " ", "line 1"},
                      {good + "00", "line 1"},
                      {good.substr(0, good.size() - 2), "line 1"},
                      {good.substr(0, good.size() - 2) + "zz", "line 1"},
                      {"certherald-key-v2:" + std::string(key_hex), "line 1"},
                      {good + "\n\n" + good + "\n", "line 2"},
                      {good + "\nx", "line 2"},
                      {good + "\n" + good + "\n\n", "line 3"}};
  for (const Row& row : rows) {
    const auto keys = read_key_lines(row.text);
    ASSERT_FALSE(keys) << row.text;
    EXPECT_EQ(keys.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(keys.error().message, HasSubstr(row.line)) << row.text;
    EXPECT_THAT(keys.error().message, Not(HasSubstr("8081"))) << row.text;
  }
}

}  // namespace
}  // namespace certherald::codec
