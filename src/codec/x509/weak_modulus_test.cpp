#include "codec/x509/weak_modulus.hpp"

#include <gtest/gtest.h>

#include "codec/x509/test_files.hpp"

namespace certherald::codec::x509 {
namespace {

Bytes modulus_of(const std::string& name) {
  return certificate_details(test_certificate(name).der).key.modulus;
}

Bytes big_endian(std::uint64_t number) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
  return out;
}

TEST(WeakModulus, ClosePrimesAreFoundWithinTheSteps) {
  EXPECT_TRUE(has_close_primes(big_endian(std::uint64_t{101} * 103), 2));
  EXPECT_TRUE(has_close_primes(big_endian(std::uint64_t{65'537} * 65'537), 1));  // the same prime twice
  // 1009 * 1499 = 1254^2 - 245^2, and the search begins at 1229.
  EXPECT_FALSE(has_close_primes(big_endian(std::uint64_t{1'009} * 1'499), 25));
  EXPECT_TRUE(has_close_primes(big_endian(std::uint64_t{1'009} * 1'499), 26));
}

TEST(WeakModulus, RealKeysAreTold) {
  EXPECT_TRUE(has_close_primes(modulus_of("key_rsa_close")));
  EXPECT_FALSE(has_roca_fingerprint(modulus_of("key_rsa_close")));
  EXPECT_TRUE(has_roca_fingerprint(modulus_of("key_rsa_roca")));
  EXPECT_FALSE(has_close_primes(modulus_of("key_rsa_roca")));
  for (const char* name : {"leaf", "key_rsa1024", "key_rsa_e3", "self_signed", "root"}) {
    EXPECT_FALSE(has_close_primes(modulus_of(name))) << name;
    EXPECT_FALSE(has_roca_fingerprint(modulus_of(name))) << name;
  }
}

TEST(WeakModulus, NoModulusIsNoFault) {
  for (const Bytes& modulus : {Bytes{}, Bytes{0}, Bytes{16}, modulus_of("key_rsa_even")}) {
    EXPECT_FALSE(has_close_primes(modulus));
    EXPECT_FALSE(has_roca_fingerprint(modulus));
  }
  EXPECT_FALSE(has_close_primes(Bytes(max_modulus_size + 1, 0xff)));
  EXPECT_TRUE(modulus_of("key_ec_p384").empty());
}

}  // namespace
}  // namespace certherald::codec::x509
