#include "codec/tls/rsa_key.hpp"

#include <gtest/gtest.h>

#include "codec/tls/test_rsa_key.hpp"

namespace certherald::codec::tls {
namespace {

TEST(RsaKey, EncryptsABlockAsItIs) {
  const TestRsaKey pair;
  const auto key = RsaKey::of_certificate(pair.certificate());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 128U);
  Bytes block(128, 0x5a);
  block[0] = 0;
  const auto sealed = key->raw_encrypt(block);
  ASSERT_TRUE(sealed);
  EXPECT_NE(*sealed, block);
  EXPECT_EQ(pair.raw_decrypt(*sealed), block);
}

TEST(RsaKey, ABlockOfAnotherSizeOrBeyondTheModulusIsRefused) {
  const TestRsaKey pair;
  const auto key = RsaKey::of_certificate(pair.certificate());
  ASSERT_TRUE(key);
  EXPECT_FALSE(key->raw_encrypt(Bytes(127, 1)));
  EXPECT_FALSE(key->raw_encrypt(Bytes(128, 0xff)));
}

TEST(RsaKey, WhatIsNoCertificateHasNone) {
  EXPECT_FALSE(RsaKey::of_certificate({}));
  EXPECT_FALSE(RsaKey::of_certificate(Bytes(700, 0x30)));
}

}  // namespace
}  // namespace certherald::codec::tls
