// How long the search for shared primes takes, and with how much memory. gcd_bench [numbers] [seed]: random
// odd numbers of 2,048 bits, among them pairs that share a prime of 1,024 bits, far apart. Random numbers
// share small factors too, so that most of them are told, unlike those of real keys; the time does not depend
// on that. Fails where a planted one is not told.
#include <openssl/bn.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/random.hpp"
#include "codec/x509/batch_gcd.hpp"
#include "usage.hpp"

namespace {

using namespace certherald;
using bench::cpu_seconds;
using bench::peak_mebibytes;
using SteadyClock = std::chrono::steady_clock;

struct Freed {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Freed>;

constexpr std::size_t modulus_bytes = 256;
constexpr std::size_t planted_pairs = 4;

Number make_prime() {
  Number prime(BN_new());
  if (BN_generate_prime_ex(prime.get(), 1'024, 0, nullptr, nullptr, nullptr) != 1)
    throw std::runtime_error("no prime");
  return prime;
}

Bytes product(const Number& a, const Number& b) {
  const std::unique_ptr<BN_CTX, Freed> context(BN_CTX_new());
  const Number out(BN_new());
  BN_mul(out.get(), a.get(), b.get(), context.get());
  Bytes bytes(modulus_bytes);
  BN_bn2binpad(out.get(), bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

std::vector<Bytes> make_moduli(std::size_t count, std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Bytes> out(count, Bytes(modulus_bytes));
  for (Bytes& modulus : out) {
    random.fill(modulus);
    modulus.front() |= 0x80U;
    modulus.back() |= 1U;
  }
  return out;
}

// The i-th pair stands at the i-th place from the start and from the end.
void plant(std::vector<Bytes>& moduli) {
  for (std::size_t i = 0; i < planted_pairs; ++i) {
    const Number shared = make_prime();
    moduli[i] = product(shared, make_prime());
    moduli[moduli.size() - 1 - i] = product(shared, make_prime());
  }
}

bool all_planted_told(const std::vector<std::size_t>& told, std::size_t count) {
  for (std::size_t i = 0; i < planted_pairs; ++i) {
    if (!std::ranges::binary_search(told, i) || !std::ranges::binary_search(told, count - 1 - i))
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  if (count < 2 * planted_pairs) {
    std::fprintf(stderr, "usage: gcd_bench [numbers, at least %zu] [seed]\n", 2 * planted_pairs);
    return 2;
  }
  std::vector<Bytes> moduli = make_moduli(count, argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1);
  plant(moduli);
  const long before = peak_mebibytes();
  const double cpu = cpu_seconds();
  const auto start = SteadyClock::now();
  const std::vector<ByteView> views(moduli.begin(), moduli.end());
  const std::vector<std::size_t> told = codec::x509::sharing_a_factor(views);
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::printf("%zu moduli: %.1f s, %.1f s of CPU, peak memory %ld MiB, %ld before\n", count, seconds,
              cpu_seconds() - cpu, peak_mebibytes(), before);
  if (all_planted_told(told, count)) return 0;
  std::fprintf(stderr, "a planted prime was not found\n");
  return 1;
}
