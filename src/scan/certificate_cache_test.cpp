#include "scan/certificate_cache.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace certherald::scan {
namespace {

Bytes der(const std::string& name) {
  const auto file = read_file(std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/certs/" + name, 1 << 20);
  EXPECT_TRUE(file.has_value()) << name;
  return file ? Bytes(as_bytes(*file).begin(), as_bytes(*file).end()) : Bytes{};
}

TEST(CertificateCache, GivesBackWhatWasReadBefore) {
  CertificateCache cache;
  const auto first = cache.read(der("leaf.der"));
  const auto second = cache.read(der("leaf.der"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(first->der, der("leaf.der"));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(CertificateCache, StaysWithinItsLimitAndKeepsNoFailures) {
  CertificateCache cache(2);
  for (const std::string name : {"leaf.der", "root.der", "intermediate.der", "leaf.der"}) {
    ASSERT_TRUE(cache.read(der(name)).has_value());
    EXPECT_LE(cache.size(), 2U);
  }
  EXPECT_FALSE(cache.read(Bytes{1, 2}).has_value());
  EXPECT_LE(cache.size(), 2U);
}

TEST(CertificateCache, TellsTheSameDetailsAsTheCertificateItself) {
  CertificateCache cache;
  const auto read = cache.read(der("leaf.der"));
  const auto unread = codec::x509::parse_certificate(der("root.der"));
  ASSERT_TRUE(read && unread);
  EXPECT_EQ(cache.details(*read), codec::x509::certificate_details(der("leaf.der")));
  EXPECT_EQ(cache.details(*unread), codec::x509::certificate_details(der("root.der")));
}

TEST(CertificateCache, VerifiesAChainAnewOnceItsVerdictIsOld) {
  CertificateCache cache;
  std::vector<model::Certificate> chain;
  for (const std::string name : {"leaf.der", "intermediate.der"}) chain.push_back(*cache.read(der(name)));
  const auto root = cache.read(der("root.der"));
  const auto other = cache.read(der("other_root.der"));
  const auto trust = codec::x509::TrustStore::from(std::vector{*root});
  const auto mistrust = codec::x509::TrustStore::from(std::vector{*other});
  ASSERT_TRUE(trust && mistrust);

  const Instant early = chain[0].not_before + Seconds(1);
  const auto first = cache.verify(*trust, chain, early);
  EXPECT_TRUE(first.trusted) << first.reason;
  EXPECT_EQ(cache.verify(*trust, chain, early + Seconds(60)), first);
  EXPECT_FALSE(cache.verify(*mistrust, chain, early).trusted) << "each store has verdicts of its own";
  EXPECT_FALSE(cache.verify(*trust, std::span(chain).first(1), early).trusted) << "and so has each chain";

  for (const Seconds later : {Seconds(61), Seconds(-86'400), Seconds(86'400)}) {
    EXPECT_EQ(cache.verify(*trust, chain, early + later), trust->verify(chain, early + later));
  }
}

}  // namespace
}  // namespace certherald::scan
