#include "codec/x509/trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.hpp"
#include "codec/x509/test_files.hpp"

namespace certherald::codec::x509 {
namespace {

using testing::HasSubstr;

const Instant now = *from_iso8601("2026-11-24T02:33:07Z");

std::vector<model::Certificate> certificates(const std::vector<std::string>& names) {
  std::vector<model::Certificate> out;
  out.reserve(names.size());
  for (const std::string& name : names) out.push_back(test_certificate(name));
  return out;
}

struct Row {
  const char* what;
  std::vector<std::string> roots;
  std::vector<std::string> chain;
  bool trusted;
  const char* says;
};

class Trust : public testing::TestWithParam<Row> {};

TEST_P(Trust, Verdict) {
  const auto store = TrustStore::from(certificates(GetParam().roots));
  ASSERT_TRUE(store);
  const TrustResult result = store->verify(certificates(GetParam().chain), now);
  EXPECT_EQ(result.trusted, GetParam().trusted) << result.reason;
  EXPECT_THAT(result.reason, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Chains, Trust,
    testing::Values(
        Row{"complete", {"root"}, {"leaf", "intermediate"}, true, "'CN=Test Root'"},
        Row{"root sent too", {"root"}, {"leaf", "intermediate", "root"}, true, "'CN=Test Root'"},
        Row{"wrong order, doubles", {"root"}, {"leaf", "root", "leaf", "intermediate", "root"}, true, ""},
        Row{"nothing", {"root"}, {}, false, "no certificate"},
        Row{"intermediate missing", {"root"}, {"leaf"}, false, "'CN=Test Intermediate' was not presented"},
        Row{"other root",
            {"other_root"},
            {"leaf", "intermediate"},
            false,
            "'CN=Test Root' was not presented"},
        Row{"ends in a stranger",
            {"other_root"},
            {"leaf", "intermediate", "root"},
            false,
            "ends in 'CN=Test Root', which is not among"},
        Row{"no roots at all", {}, {"leaf", "intermediate"}, false, "not among the trusted roots"},
        Row{"an intermediate as anchor", {"intermediate"}, {"leaf"}, true, "'CN=Test Intermediate'"},
        Row{"self-signed", {"root"}, {"self_signed"}, false, "self-signed"},
        Row{"self-signed and trusted by name", {"self_signed"}, {"self_signed"}, true, ""},
        Row{"expired cross-sign unused",
            {"root"},
            {"leaf", "old_cross", "intermediate"},
            true,
            "'CN=Test Root'"},
        Row{"cross-sign to a stranger first",
            {"root"},
            {"leaf", "live_cross", "intermediate"},
            true,
            "'CN=Test Root'"},
        Row{"cross-sign to a stranger last",
            {"root"},
            {"leaf", "intermediate", "live_cross"},
            true,
            "'CN=Test Root'"},
        Row{"through the cross-sign",
            {"other_root"},
            {"leaf", "intermediate", "live_cross"},
            true,
            "'CN=Other Root'"},
        Row{"only the expired cross-sign", {"root"}, {"leaf", "old_cross"}, false, ""},
        Row{"leaf expired", {"root"}, {"expired", "intermediate"}, true, ""},
        Row{"leaf not yet valid", {"root"}, {"future", "intermediate"}, true, ""},
        Row{"leaf expired, stranger", {"other_root"}, {"expired", "intermediate"}, false, "not presented"},
        Row{"leaf never valid", {"root"}, {"odd_time_words", "intermediate"}, true, ""},
        Row{"intermediate expired",
            {"root"},
            {"under_short", "short_intermediate"},
            false,
            "'CN=Short Intermediate', which the path needs, has expired"},
        Row{"both expired, leaf first", {"root"}, {"expired_under_short", "short_intermediate"}, true, ""},
        Row{"signature broken",
            {"root"},
            {"bad_signature", "intermediate"},
            false,
            "signature of 'CN=shop.example.com' does not verify"},
        Row{"for clients only",
            {"root"},
            {"client_only", "intermediate"},
            false,
            "may not be used for TLS servers"},
        Row{"issued by a leaf", {"root"}, {"not_a_ca", "leaf", "intermediate"}, false, ""},
        Row{"unreadable to strict clients",
            {"root"},
            {"odd_bad_utf8", "intermediate"},
            false,
            "breaks the rules"},
        Row{"weak hash is told elsewhere", {"sha1_root"}, {"signed_md5"}, true, ""}),
    [](const testing::TestParamInfo<Row>& info) {
      std::string name = info.param.what;
      for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
      }
      return name;
    });

TEST(TrustPath, NamesTheCertificatesUsed) {
  const auto store = TrustStore::from(certificates({"root"}));
  const auto chain = certificates({"leaf", "live_cross", "old_cross", "intermediate"});
  const TrustResult result = store->verify(chain, now);
  EXPECT_THAT(result.path,
              testing::ElementsAre(chain[0].sha256, chain[3].sha256, test_certificate("root").sha256));
}

TEST(TrustPath, HostileChainEndsSoon) {
  // Names and keys that all fit each other, and no root: the search must give up early.
  const auto store = TrustStore::from(certificates({"other_root"}));
  std::vector<model::Certificate> chain = certificates({"leaf"});
  for (int i = 0; i < 200; ++i) chain.push_back(test_certificate(i % 2 == 0 ? "intermediate" : "root"));
  EXPECT_FALSE(store->verify(chain, now).trusted);
}

TEST(TrustLoad, FilesAndTheSystem) {
  const std::string data = std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/";
  const auto files = TrustStore::load({data + "keystores/chain.pem", data + "certs/other_root.der"});
  ASSERT_TRUE(files) << describe(files.error());
  EXPECT_EQ(files->size(), 4U);
  EXPECT_TRUE(files->verify(certificates({"leaf"}), now).trusted);

  const auto system = TrustStore::load({"system"});
  ASSERT_TRUE(system) << describe(system.error());
  EXPECT_GT(system->size(), 50U);
  EXPECT_FALSE(system->verify(certificates({"leaf", "intermediate"}), now).trusted);
}

TEST(TrustLoad, ErrorsNameTheFile) {
  const std::string data = std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/";
  for (const auto& [file, says] : {std::pair{"keystores/words.txt", "neither PEM nor DER"},
                                   {"keystores/absent.pem", "cannot be read: No such file"},
                                   {"keystores", "cannot be read: Is a directory"},
                                   {"keystores/only_key.pem", "only a private key"}}) {
    const auto store = TrustStore::load({data + file});
    ASSERT_FALSE(store) << file;
    EXPECT_THAT(store.error().message, HasSubstr(data + file + ": "));
    EXPECT_THAT(store.error().message, HasSubstr(says));
  }
}

}  // namespace
}  // namespace certherald::codec::x509
