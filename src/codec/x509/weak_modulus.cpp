#include "codec/x509/weak_modulus.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>

#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {
namespace {

using ContextHandle = Handle<BN_CTX, BN_CTX_free>;

// What libcrypto's big numbers refuse here is memory alone.
void must(bool done) {
  if (!done) throw std::bad_alloc();
}

BignumHandle number(const BIGNUM* copied = nullptr) {
  BignumHandle out(copied == nullptr ? BN_new() : BN_dup(copied));
  must(out != nullptr);
  return out;
}

// An odd number, or nothing.
BignumHandle odd_number(ByteView bytes) {
  if (bytes.size() > max_modulus_size) return nullptr;
  BignumHandle out(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  must(out != nullptr);
  if (BN_is_odd(out.get()) == 0) out.reset();
  return out;
}

// Rounded down, by Newton's method from above.
BignumHandle square_root(const BIGNUM* square, BN_CTX* context) {
  if (BN_is_zero(square)) return number();
  BignumHandle root = number();
  must(BN_set_bit(root.get(), (BN_num_bits(square) + 1) / 2) == 1);
  const BignumHandle next = number();
  while (true) {
    must(BN_div(next.get(), nullptr, square, root.get(), context) == 1);
    must(BN_add(next.get(), next.get(), root.get()) == 1);
    must(BN_rshift1(next.get(), next.get()) == 1);
    if (BN_cmp(next.get(), root.get()) >= 0) return root;
    must(BN_copy(root.get(), next.get()) != nullptr);
  }
}

bool is_square(const BIGNUM* candidate, BN_CTX* context) {
  // Most numbers are told by their last six bits: 12 of 64 residues are squares.
  constexpr std::uint64_t squares = [] {
    std::uint64_t set = 0;
    for (std::uint64_t i = 0; i < 64; ++i) set |= std::uint64_t{1} << (i * i % 64);
    return set;
  }();
  if ((squares >> BN_mod_word(candidate, 64) & 1) == 0) return false;
  const BignumHandle root = square_root(candidate, context);
  const BignumHandle again = number();
  must(BN_sqr(again.get(), root.get(), context) == 1);
  return BN_cmp(again.get(), candidate) == 0;
}

bool is_power_of_65537(std::uint32_t value, std::uint32_t prime) {
  std::uint32_t power = 1;
  for (std::uint32_t i = 1; i < prime; ++i) {
    if (power == value) return true;
    power = power * (65'537 % prime) % prime;
  }
  return false;
}

}  // namespace

bool has_close_primes(ByteView modulus, int steps) {
  const BignumHandle n = odd_number(modulus);
  if (!n) return false;
  const ContextHandle context(BN_CTX_new());
  must(context != nullptr);

  // n = a^2 - b^2 for a halfway between the primes: a is tried from the square root of n on.
  const BignumHandle a = square_root(n.get(), context.get());
  const BignumHandle rest = number();  // a^2 - n
  must(BN_sqr(rest.get(), a.get(), context.get()) == 1 && BN_sub(rest.get(), rest.get(), n.get()) == 1);
  for (int step = 0; step < steps; ++step) {
    if (BN_is_negative(rest.get()) == 0 && is_square(rest.get(), context.get())) return true;
    must(BN_add(rest.get(), rest.get(), a.get()) == 1 && BN_add_word(a.get(), 1) == 1 &&
         BN_add(rest.get(), rest.get(), a.get()) == 1);
  }
  return false;
}

bool has_roca_fingerprint(ByteView modulus) {
  // The odd ones of the 39 primes whose product every key size from 512 bits on uses.
  constexpr std::array<std::uint32_t, 38> primes = {
      3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
      73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  const BignumHandle n = odd_number(modulus);
  return n && std::ranges::all_of(primes, [&n](std::uint32_t prime) {
           return is_power_of_65537(static_cast<std::uint32_t>(BN_mod_word(n.get(), prime)), prime);
         });
}

}  // namespace certherald::codec::x509
