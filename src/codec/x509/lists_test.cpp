// The lists that say what no certificate says, and the timestamps that one of them vouches for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.hpp"
#include "codec/digest.hpp"
#include "codec/x509/ct_logs.hpp"
#include "codec/x509/distrusted.hpp"
#include "codec/x509/known_keys.hpp"
#include "codec/x509/public_roots.hpp"
#include "codec/x509/test_authority.hpp"
#include "codec/x509/test_files.hpp"
#include "codec/x509/timestamps.hpp"

namespace certherald::codec::x509 {
namespace {

using testing::HasSubstr;

struct Logged {
  TestAuthority issuer{"Test Authority"};
  TestLog log;
  TestLog other;
  model::Certificate leaf = issuer.issue({.logs = {&log, &other}});

  [[nodiscard]] std::vector<SignedTimestamp> timestamps() const {
    return *parse_timestamps(certificate_details(leaf.der).issuance.timestamps);
  }
};

TEST(Timestamps, VerifyWithTheKeyOfTheirLogAlone) {
  const Logged logged;
  const auto read = logged.timestamps();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(Bytes(read[0].log.begin(), read[0].log.end()), logged.log.id());
  EXPECT_EQ(to_iso8601(read[0].at()), "2026-05-28T20:26:40Z");
  const Bytes issuer = logged.issuer.certificate().der;
  const Bytes key = der_of(logged.log.key.get());
  EXPECT_TRUE(verify_timestamp(read[0], logged.leaf.der, issuer, key));
  EXPECT_FALSE(verify_timestamp(read[1], logged.leaf.der, issuer, key));
  SignedTimestamp later = read[0];
  ++later.millis;
  EXPECT_FALSE(verify_timestamp(later, logged.leaf.der, issuer, key));
  EXPECT_FALSE(verify_timestamp(read[0], logged.leaf.der, TestAuthority("Other").certificate().der, key));
  EXPECT_FALSE(verify_timestamp(read[0], {}, issuer, key));
}

TEST(Timestamps, CutOffAnywhereAreRefused) {
  const Bytes list = certificate_details(Logged().leaf.der).issuance.timestamps;
  ASSERT_TRUE(parse_timestamps(list));
  for (std::size_t size = 0; size < list.size(); ++size) {
    EXPECT_FALSE(parse_timestamps(ByteView(list).first(size))) << size;
  }
}

TEST(Timestamps, TooManyAreRefused) {
  ByteWriter items;
  for (std::size_t i = 0; i <= max_timestamps; ++i) items.vector16(Bytes{1});  // of a version to come
  ByteWriter list;
  list.vector16(items.view());
  EXPECT_EQ(parse_timestamps(list.view()).error().kind, ErrorKind::too_large);
}

TEST(CtLogs, AreReadAsBrowsersPublishThem) {
  const TestLog log;
  const Bytes key = der_of(log.key.get());
  Bytes base64(key.size() * 2);
  const int length = EVP_EncodeBlock(base64.data(), key.data(), static_cast<int>(key.size()));
  const std::string text(base64.begin(), base64.begin() + length);
  const auto state = [&](const std::string& word) {
    return R"({"description":"a log","key":")" + text + R"(","state":{")" + word +
           R"(":{"timestamp":"2026-01-02T00:00:00Z"}}})";
  };
  const auto list = parse_ct_logs(R"({"log_list_timestamp":"2026-11-01T00:00:00Z","operators":[{"name":"One",
    "logs":[)" + state("usable") + "," +
                                  state("rejected") + R"(],"tiled_logs":[)" + state("retired") +
                                  R"(,{"key":"??"}]}]})");
  ASSERT_TRUE(list) << describe(list.error());
  ASSERT_EQ(list->logs.size(), 3U);
  EXPECT_EQ(to_iso8601(list->dated), "2026-11-01T00:00:00Z");
  EXPECT_EQ(list->logs[0].key, key);
  EXPECT_EQ(Bytes(list->logs[0].id.begin(), list->logs[0].id.end()), log.id());
  EXPECT_EQ(list->logs[0].operated_by, "One");
  EXPECT_TRUE(list->logs[0].counts);
  EXPECT_FALSE(list->logs[1].counts);
  EXPECT_EQ(to_iso8601(*list->logs[2].retired_at), "2026-01-02T00:00:00Z");
  EXPECT_EQ(list->find(list->logs[0].id), list->logs.data());
}

TEST(CtLogs, WhatIsNoListIsRefused) {
  for (const char* text : {"", "[]", "{}", R"({"log_list_timestamp":"yesterday","operators":[]})",
                           R"({"log_list_timestamp":"2026-11-01T00:00:00Z","operators":[{"logs":[7]}]})"}) {
    EXPECT_FALSE(parse_ct_logs(text)) << text;
  }
}

TEST(KnownKeys, AreFoundByTheWholeKeyAndAsDebianHasThem) {
  const model::Certificate leaf = test_certificate("leaf");
  const KeyDetails details = certificate_details(leaf.der).key;
  EXPECT_EQ(KnownKeys::parse("# nothing\n\n")->find(leaf.key, details), "");
  const auto whole =
      KnownKeys::parse("@ a test\n" + leaf.key.spki_sha256 + "\n@ others\n" + std::string(64, 'a') + "\r\n");
  EXPECT_EQ(whole->size(), 2U);
  EXPECT_EQ(whole->find(leaf.key, details), "a test");
  EXPECT_EQ(whole->find(test_certificate("root").key, {}), "");
  // openssl x509 -inform DER -in leaf.der -noout -modulus | sha1sum | cut -c 21-40
  const auto debian = KnownKeys::parse("69bf75e4c855127968da");
  ASSERT_TRUE(debian);
  EXPECT_EQ(debian->find(leaf.key, details), "a list of known keys");
}

TEST(KnownKeys, AWrongLineIsNamed) {
  EXPECT_THAT(KnownKeys::parse("# fine\n1234\n").error().message, HasSubstr("line 2"));
}

TEST(Distrusted, RowsAreRead) {
  const auto rows = parse_distrusted("# why\nroot | " + std::string(64, 'A') +
                                     " | 2024-11-11 | told\n  issuer | Some CA | always | gone  \n");
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ((*rows)[0].root, std::string(64, 'a'));
  EXPECT_EQ(to_iso8601(*(*rows)[0].after), "2024-11-11T23:59:59Z");
  EXPECT_EQ((*rows)[1], (DistrustedAuthority{"", "Some CA", std::nullopt, "gone"}));
  for (const char* line :
       {"root | 12 | always | x", "issuer | | always | x", "issuer | a | soon | x", "a | b"}) {
    EXPECT_THAT(parse_distrusted(std::string("\n") + line).error().message, HasSubstr("line 2")) << line;
  }
}

TEST(PublicRoots, AreThoseOfTheFolder) {
  EXPECT_TRUE(public_roots("/nowhere").empty());
  EXPECT_GT(public_roots().size(), 100U);  // as Debian's ca-certificates installs them
}

}  // namespace
}  // namespace certherald::codec::x509
