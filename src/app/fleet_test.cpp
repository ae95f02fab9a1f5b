#include "app/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "app/test_folder.hpp"
#include "base/random.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/test_files.hpp"
#include "store/store.hpp"

namespace certherald::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

class Fleet : public testing::Test {
 protected:
  Fleet() {
    auto opened = store::Store::open({.location = folder_.path("store")}, clock_, random_);
    if (!opened) throw std::runtime_error(describe(opened.error()));
    store_ = std::move(*opened);
  }

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

  std::vector<std::string> broken() {
    RsaKeys keys;
    const auto read = [&](store::Session& session) { return keys.next(session); };
    for (;;) {
      const auto piece = store_->read(read);
      if (!piece) throw std::runtime_error(describe(piece.error()));
      if (piece->empty()) return keys.take_broken({});
      keys.add(*piece);
    }
  }

  test::Folder folder_;
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

// An RSA certificate of 1,024 bits with another modulus, whose signature is then wrong, and exponent.
model::Certificate with_modulus(const Bytes& modulus, std::uint8_t exponent = 1) {
  Bytes der = codec::test_certificate("key_rsa1024").der;
  const Bytes own = codec::x509::certificate_details(der).key.modulus;
  const auto at = std::ranges::search(der, own);
  std::ranges::copy(modulus, at.begin());
  *(at.end() + 4) = exponent;  // INTEGER of 3 bytes: 0x01 0x00 0x01
  return codec::x509::parse_certificate(der).value();
}

TEST_F(Fleet, KeysWithAPrimeInCommonAreBrokenHoweverOftenTheyAreThere) {
  const auto number = [](std::uint8_t first, std::uint8_t last) {
    Bytes out(128);
    out.front() = first;
    out.back() = last;
    return out;
  };
  // 256 is 1 modulo 3: the sum of the bytes tells of that factor. 5 and 17 alike.
  const Bytes a = number(0x81, 0x03);
  const Bytes b = number(0x84, 0x03);
  std::vector<model::Certificate> made = {with_modulus(a), with_modulus(a, 3), with_modulus(b),
                                          codec::test_certificate("key_rsa1024"),
                                          codec::test_certificate("leaf")};
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 3; ++i) expected.push_back(made[i].key.spki_sha256);
  ASSERT_TRUE(store_->write([&](store::Session& session) -> Status {
    auto imported = session.import_certificates(made, clock_.now());
    if (!imported) return fail(imported.error());
    return {};
  }));
  import("a", "key", "01");  // of another kind
  EXPECT_THAT(broken(), UnorderedElementsAreArray(expected));
}

TEST_F(Fleet, AKeyWithOtherParametersIsNoSharedPrime) {
  const Bytes own = codec::test_certificate("key_rsa1024").der;
  const std::vector made = {codec::test_certificate("key_rsa1024"),
                            with_modulus(codec::x509::certificate_details(own).key.modulus, 3)};
  ASSERT_TRUE(store_->write([&](store::Session& session) -> Status {
    auto imported = session.import_certificates(made, clock_.now());
    if (!imported) return fail(imported.error());
    return {};
  }));
  EXPECT_THAT(broken(), IsEmpty());
}

}  // namespace
}  // namespace certherald::app
