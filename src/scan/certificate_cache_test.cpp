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

}  // namespace
}  // namespace certherald::scan
