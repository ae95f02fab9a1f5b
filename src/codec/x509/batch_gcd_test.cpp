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
  Bytes product(const std::string& a, const std::string& b) { return times(prime(a), b); }
  Bytes times(ByteView number, const std::string& b) {
    const BignumHandle read(BN_bin2bn(number.data(), static_cast<int>(number.size()), nullptr));
    return times(read.get(), b);
  }

 private:
  Bytes times(const BIGNUM* number, const std::string& b) {
    const BignumHandle out(BN_new());
    BN_mul(out.get(), number, prime(b), context_.get());
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(out.get())));
    BN_bn2bin(out.get(), bytes.data());
    return bytes;
  }

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

// With blocks of so many numbers: each product of two primes has 32 bytes.
std::vector<std::size_t> told(const std::vector<Bytes>& moduli, std::size_t block = 1'000) {
  const std::vector<ByteView> views(moduli.begin(), moduli.end());
  return sharing_a_factor(views, {.block_bytes = block * 32});
}

TEST(BatchGcd, TellsThoseThatShareAPrime) {
  Primes primes;
  std::vector<Bytes> moduli;
  for (int i = 0; i < 9; ++i) moduli.push_back(primes.product(fmt::format("p{}", i), fmt::format("q{}", i)));
  EXPECT_THAT(told(moduli), ElementsAre());
  moduli[2] = primes.product("p8", "q2");
  EXPECT_THAT(told(moduli), ElementsAre(2, 8));
  moduli[5] = primes.product("p8", "p1");  // both of its primes are another's
  EXPECT_THAT(told(moduli), ElementsAre(1, 2, 5, 8));
}

// Anybody can multiply the modulus of another and have a certificate for it.
TEST(BatchGcd, AMultipleTellsOfItselfOnly) {
  Primes primes;
  const Bytes one = primes.product("a", "b");
  const Bytes multiple = primes.times(one, "c");
  EXPECT_THAT(told({one, primes.product("d", "e"), multiple}), ElementsAre(2));
  EXPECT_THAT(told({one, primes.product("a", "e"), multiple}), ElementsAre(0, 1, 2));
  EXPECT_THAT(told({one, primes.product("d", "e"), one}), ElementsAre());  // there twice: no factor is known
}

TEST(BatchGcd, AStopEndsItWithoutAnAnswer) {
  Primes primes;
  const std::vector<Bytes> moduli = {primes.product("a", "b"), primes.product("a", "c")};
  const std::vector<ByteView> views(moduli.begin(), moduli.end());
  std::stop_source stop;
  EXPECT_THAT(sharing_a_factor(views, {.stop = stop.get_token()}), ElementsAre(0, 1));
  stop.request_stop();
  EXPECT_THAT(sharing_a_factor(views, {.stop = stop.get_token()}), ElementsAre());
}

TEST(BatchGcd, WhatIsNoModulusIsPassedOver) {
  Primes primes;
  const Bytes one = primes.product("a", "b");
  const Bytes other = primes.product("a", "c");
  EXPECT_THAT(told({}), ElementsAre());
  EXPECT_THAT(told({one}), ElementsAre());
  EXPECT_THAT(told({Bytes{}, one, Bytes{4}, Bytes(3000, 1), other}), ElementsAre(1, 4));
}

// Neighbours, in one block, in another, and in the last that is not full.
TEST(BatchGcd, LooksAcrossBlocks) {
  Primes primes;
  std::vector<Bytes> moduli;
  for (int i = 0; i < 11; ++i) moduli.push_back(primes.product(fmt::format("p{}", i), fmt::format("q{}", i)));
  for (const std::size_t block : std::to_array<std::size_t>({1, 2, 3, 4, 10, 11, 12})) {
    EXPECT_THAT(told(moduli, block), ElementsAre()) << block;
    for (std::size_t a = 0; a < moduli.size(); ++a) {
      for (std::size_t b = a + 1; b < moduli.size(); ++b) {
        std::vector<Bytes> planted = moduli;
        planted[b] = primes.product(fmt::format("p{}", a), fmt::format("q{}", b));
        EXPECT_THAT(told(planted, block), ElementsAre(a, b)) << block;
      }
    }
  }
}

TEST(BatchGcd, EveryOneOfABlockMayBeBroken) {
  Primes primes;
  const std::vector<Bytes> moduli = {primes.product("a", "b"), primes.product("c", "d"),
                                     primes.product("a", "c"), primes.product("b", "d"),
                                     primes.product("e", "f")};
  EXPECT_THAT(told(moduli, 2), ElementsAre(0, 1, 2, 3));
}

}  // namespace
}  // namespace certherald::codec::x509
