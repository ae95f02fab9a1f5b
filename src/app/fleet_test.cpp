#include "app/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace certherald::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Fleet : public testing::Test {
 protected:
  Fleet() {
    auto opened = store::Store::open({.location = folder_.string()}, clock_, random_);
    if (!opened) throw std::runtime_error(describe(opened.error()));
    store_ = std::move(*opened);
  }
  ~Fleet() override { std::filesystem::remove_all(folder_); }

  void import(const std::string& name, const std::string& key, const std::string& serial) {
    model::Certificate one;
    one.sha256 = name;
    one.common_name = name;
    one.dns_names = {name};
    one.issuer = "CN=One";
    one.serial = serial;
    one.not_after = clock_.now() + Seconds(86'400);
    one.key = {"ec", 256, "P-256", key};
    ASSERT_TRUE(store_->write([&](store::Session& session) -> Status {
      auto imported = session.import_certificates(std::vector{one}, clock_.now());
      if (!imported) return fail(imported.error());
      return {};
    }));
  }

  // Check, certificate, status and episode of all that is not resolved, after the inventory was looked at.
  std::vector<std::string> findings(const std::vector<std::string>& broken = {}) {
    std::vector<std::string> out;
    const Status done = store_->write([&](store::Session& session) -> Status {
      if (Status assessed = assess_fleet(session, broken, clock_.now()); !assessed) return assessed;
      const auto found = session.unresolved_findings();
      if (!found) return fail(found.error());
      for (const model::Finding& one : *found) {
        out.push_back(fmt::format("{} {} {}", one.check, one.subject.text, one.episode));
      }
      return {};
    });
    EXPECT_TRUE(done) << describe(done.error());
    return out;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("certherald-fleet-" + std::to_string(::getpid()));
  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SeededRandom random_{1};
  std::unique_ptr<store::Store> store_;
};

TEST_F(Fleet, OneFindingForEachCertificateHoweverOftenItIsLookedAt) {
  import("a", "key", "01");
  EXPECT_THAT(findings(), IsEmpty());
  import("b", "key", "02");
  import("c", "own", "02");
  const auto expected = UnorderedElementsAre("shared_key cert:a 1", "shared_key cert:b 1",
                                             "duplicate_serial cert:b 1", "duplicate_serial cert:c 1");
  EXPECT_THAT(findings(), expected);
  EXPECT_THAT(findings(), expected);
}

TEST_F(Fleet, ABrokenKeyIsTheFindingOfItsCertificateUntilItIsNoMore) {
  import("a", "key", "01");
  import("b", "other", "02");
  EXPECT_THAT(findings({"other", "of nobody"}), ElementsAre("batch_gcd cert:b 1"));
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_THAT(findings({"other"}), ElementsAre("batch_gcd cert:b 2"));
}

TEST_F(Fleet, TheKeysOfBrokenModuliAreNamed) {
  EXPECT_THAT(broken_keys({{"a", "b", "c"}, {{15}, {77}, {21}}}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(broken_keys({{"a", "b", "c"}, {{15}, {77}, {9}}}), ElementsAre("a", "c"));
}

TEST_F(Fleet, OnlyRsaKeysAreRead) {
  import("a", "key", "01");
  const auto keys = read_rsa_keys(*store_);
  ASSERT_TRUE(keys) << describe(keys.error());
  EXPECT_THAT(keys->spki_sha256, IsEmpty());
  EXPECT_THAT(keys->moduli, IsEmpty());
}

}  // namespace
}  // namespace certherald::app
