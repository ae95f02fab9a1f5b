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
  EXPECT_THAT(sharing_a_factor(std::vector{one}), ElementsAre());
  EXPECT_THAT(sharing_a_factor(std::vector{Bytes{}, one, Bytes{4}, Bytes(3000, 1), other}),
              ElementsAre(1, 4));
}

// More than one block: the factors of two far apart are found, and nothing else. Small numbers, so that it is
// quick.
TEST(BatchGcd, LooksAcrossBlocks) {
  std::vector<Bytes> moduli;
  std::vector<bool> composite(450'000);
  for (std::uint32_t n = 3; moduli.size() < 36'000; n += 2) {
    if (composite[n]) continue;
    for (std::uint32_t m = 3 * n; m < composite.size(); m += 2 * n) composite[m] = true;
    moduli.push_back({static_cast<std::uint8_t>(n >> 16U), static_cast<std::uint8_t>(n >> 8U),
                      static_cast<std::uint8_t>(n)});
  }
  const std::uint32_t multiple = 3 * 449'987;  // of the first, and of a number that is not among them
  moduli[35'000] = {static_cast<std::uint8_t>(multiple >> 16U), static_cast<std::uint8_t>(multiple >> 8U),
                    static_cast<std::uint8_t>(multiple)};
  EXPECT_THAT(sharing_a_factor(moduli), ElementsAre(0, 35'000));
}

}  // namespace
}  // namespace certherald::codec::x509
