#include "codec/java_keystore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/x509/test_files.hpp"

namespace certherald::codec {
namespace {

using testing::HasSubstr;

constexpr std::size_t digest_size = 20;

Bytes bytes_of(std::string_view text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

struct File {
  explicit File(std::uint32_t version, std::uint32_t count) { out.u32(0xfeedfeedU).u32(version).u32(count); }

  File& entry(std::uint32_t tag) {
    out.u32(tag).vector16(as_bytes("alias")).u32(0).u32(0);
    return *this;
  }
  File& block(std::string_view text) {
    out.u32(static_cast<std::uint32_t>(text.size())).bytes(as_bytes(text));
    return *this;
  }
  File& type(std::string_view name) {
    out.vector16(as_bytes(name));
    return *this;
  }
  File& number(std::uint32_t value) {
    out.u32(value);
    return *this;
  }
  Bytes end() {
    out.bytes(Bytes(digest_size));
    return std::move(out).take();
  }

  ByteWriter out;
};

TEST(JavaKeystore, PassesOverKeysAndKeepsTheOrder) {
  const Bytes file = File(2, 2)
                         .entry(1)
                         .block("an encrypted key")
                         .number(2)
                         .type("X.509")
                         .block("leaf")
                         .type("X509")
                         .block("middle")
                         .entry(2)
                         .type("X.509")
                         .block("root")
                         .end();
  const auto found = java_keystore_certificates(file, {});
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(*found, testing::ElementsAre(bytes_of("leaf"), bytes_of("middle"), bytes_of("root")));
}

TEST(JavaKeystore, VersionOneHasNoTypes) {
  const auto found = java_keystore_certificates(File(1, 1).entry(2).block("root").end(), {});
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_THAT(*found, testing::ElementsAre(bytes_of("root")));
}

TEST(JavaKeystore, SaysWhyNot) {
  const std::pair<Bytes, const char*> rows[] = {
      {File(3, 0).end(), "version 3"},
      {File(2, 1).entry(3).block("object").end(), "entry 1: it is a secret key"},
      {File(2, 1).entry(7).end(), "no kind 7"},
      {File(2, 2).entry(2).type("X.509").block("root").end(), "entry 2: it is cut short"},
      {File(2, 0).entry(2).type("X.509").block("root").end(), "cut short"},
      {File(2, 1).entry(2).type("PGP").block("root").end(), "type 'PGP'"},
      {File(2, 1).entry(1).number(0xffffffffU).end(), "entry 1: it is cut short"},
      {File(2, 1).entry(1).block("key").number(0xffffffffU).end(), "entry 1: it is cut short"},
  };
  for (const auto& [file, says] : rows) {
    const auto found = java_keystore_certificates(file, {});
    ASSERT_FALSE(found) << says;
    EXPECT_THAT(describe(found.error()), HasSubstr(says));
  }
}

TEST(JavaKeystore, EachCutIsToldAndEachChangeIsSeen) {
  const std::string whole = test_file("keystores/java.jks");
  ASSERT_TRUE(java_keystore_certificates(as_bytes(whole), "correct horse"));
  for (std::size_t size = 0; size < whole.size(); size += 7)
    EXPECT_FALSE(java_keystore_certificates(as_bytes(whole).first(size), "correct horse")) << size;
  for (std::size_t at = 12; at < whole.size(); at += 13) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(java_keystore_certificates(as_bytes(changed), "correct horse")) << at;
  }
}

}  // namespace
}  // namespace certherald::codec
