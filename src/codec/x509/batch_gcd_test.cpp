#include "codec/x509/batch_gcd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {
namespace {

using testing::ElementsAre;

// Made by OpenSSL; the same name is the same prime.
class Primes {
 public:
  Bytes product(const std::string& a, const std::string& b) {
    const BignumHandle out(BN_new());
    BN_mul(out.get(), prime(a), prime(b), context_.get());
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(out.get())));
    BN_bn2bin(out.get(), bytes.data());
    return bytes;
  }

 private:
  BIGNUM* prime(const std::string& name) {
    BignumHandle& prime = primes_[name];
    if (prime == nullptr) {
      prime.reset(BN_new());
      BN_generate_prime_ex(prime.get(), 128, 0, nullptr, nullptr, nullptr);
    }
    return prime.get();
  }

  std::map<std::string, BignumHandle> primes_;
  Handle<BN_CTX, BN_CTX_free> context_{BN_CTX_new()};
};

TEST(BatchGcd, TellsThoseThatShareAPrime) {
  Primes primes;
  std::vector<Bytes> moduli;
  for (int i = 0; i < 9; ++i) moduli.push_back(primes.product(fmt::format("p{}", i), fmt::format("q{}", i)));
  EXPECT_THAT(sharing_a_factor(moduli), ElementsAre());
  moduli[2] = primes.product("p8", "q2");
  EXPECT_THAT(sharing_a_factor(moduli), ElementsAre(2, 8));
  moduli[5] = primes.product("p8", "p1");  // both of its primes are another's
  EXPECT_THAT(sharing_a_factor(moduli), ElementsAre(1, 2, 5, 8));
}

TEST(BatchGcd, TheSameTwiceIsTold) {
  Primes primes;
  const Bytes twice = primes.product("a", "b");
  EXPECT_THAT(sharing_a_factor(std::vector{twice, primes.product("c", "d"), twice}), ElementsAre(0, 2));
}

TEST(BatchGcd, WhatIsNoModulusIsPassedOver) {
  Primes primes;
  const Bytes one = primes.product("a", "b");
  const Bytes other = primes.product("a", "c");
  EXPECT_THAT(sharing_a_factor(std::vector<Bytes>{}), ElementsAre());
  EXPECT_THAT(sharing_a_factor(std::vector<Bytes>{one}), ElementsAre());
  EXPECT_THAT(sharing_a_factor(std::vector{Bytes{}, one, Bytes{4}, Bytes(3000, 1), other}),
              ElementsAre(1, 4));
}

// Neighbours, in one block, in another, and in the last that is not full.
TEST(BatchGcd, LooksAcrossBlocks) {
  Primes primes;
  std::vector<Bytes> moduli;
  for (int i = 0; i < 11; ++i) moduli.push_back(primes.product(fmt::format("p{}", i), fmt::format("q{}", i)));
  for (const std::size_t block : std::to_array<std::size_t>({1, 2, 3, 4, 10, 11, 12})) {
    EXPECT_THAT(sharing_a_factor(moduli, block), ElementsAre()) << block;
    for (std::size_t a = 0; a < moduli.size(); ++a) {
      for (std::size_t b = a + 1; b < moduli.size(); ++b) {
        std::vector<Bytes> planted = moduli;
        planted[b] = primes.product(fmt::format("p{}", a), fmt::format("q{}", b));
        EXPECT_THAT(sharing_a_factor(planted, block), ElementsAre(a, b)) << block;
      }
    }
  }
}

TEST(BatchGcd, EveryOneOfABlockMayBeBroken) {
  Primes primes;
  const std::vector<Bytes> moduli = {primes.product("a", "b"), primes.product("c", "d"),
                                     primes.product("a", "c"), primes.product("b", "d"),
                                     primes.product("e", "f")};
  EXPECT_THAT(sharing_a_factor(moduli, 2), ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace certherald::codec::x509
