#include "codec/tls/dh_group.hpp"

#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "codec/digest.hpp"

namespace certherald::codec::tls {
namespace {

struct KnownPrime {
  std::string_view sha256;  // of its bytes
  std::string_view name;
};

// Worked out from the formulas of RFC 2409 section 6, RFC 3526 and RFC 7919 appendix A, and the numbers of
// RFC 5114 section 2. The last is what OpenJDK 17 sends with EXPORT suites, read from the wire.
constexpr auto known_primes = std::to_array<KnownPrime>({
    {"b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d", "RFC 2409 Oakley group 1"},
    {"3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0", "RFC 2409 Oakley group 2"},
    {"64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b", "RFC 3526 group 5"},
    {"d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e", "RFC 3526 group 14"},
    {"48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c", "RFC 3526 group 15"},
    {"4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33", "RFC 3526 group 16"},
    {"d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd", "RFC 3526 group 17"},
    {"39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf", "RFC 3526 group 18"},
    {"9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966", "RFC 7919 ffdhe2048"},
    {"0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17", "RFC 7919 ffdhe3072"},
    {"4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e", "RFC 7919 ffdhe4096"},
    {"227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7", "RFC 7919 ffdhe6144"},
    {"770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833", "RFC 7919 ffdhe8192"},
    {"44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d", "RFC 5114 group 22"},
    {"bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d", "RFC 5114 group 23"},
    {"0b7835722cb619827610c2549fdda5587421686c4409a13865e76225522ddcc9", "RFC 5114 group 24"},
    {"554ced9aa2ffa9ed64911795792cfd3ec9eaab585d68f86ab53e14ced78fd40f", "OpenJDK, EXPORT"},
});

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Free>;
using Context = std::unique_ptr<BN_CTX, Free>;

bool is_one(ByteView number) { return number.size() == 1 && number.front() == 1; }

bool is_prime_minus_one(ByteView number, ByteView prime) {
  if (prime.empty() || number.size() != prime.size() || prime.back() % 2 == 0) return false;
  return std::ranges::equal(number.first(number.size() - 1), prime.first(prime.size() - 1)) &&
         number.back() == prime.back() - 1;
}

// Miller-Rabin with small bases: `number` is odd and above 10.
bool seems_prime(const BIGNUM* number) {
  const Context context(BN_CTX_new());
  const Number less_one(BN_dup(number));
  const Number odd_part(BN_new());
  BN_sub_word(less_one.get(), 1);
  int twos = 0;
  while (BN_is_bit_set(less_one.get(), twos) == 0) ++twos;
  BN_rshift(odd_part.get(), less_one.get(), twos);
  const Number base(BN_new());
  const Number power(BN_new());
  for (const BN_ULONG witness : {2UL, 3UL, 5UL, 7UL}) {
    BN_set_word(base.get(), witness);
    BN_mod_exp(power.get(), base.get(), odd_part.get(), number, context.get());
    bool passes = BN_is_one(power.get()) == 1;
    for (int i = 0; !passes && i < twos; ++i) {
      passes = BN_cmp(power.get(), less_one.get()) == 0;
      BN_mod_sqr(power.get(), power.get(), number, context.get());
    }
    if (!passes) return false;
  }
  return true;
}

}  // namespace

std::string_view known_dh_prime(ByteView prime) {
  const std::string digest = sha256_hex(prime);
  const auto* found = std::ranges::find(known_primes, std::string_view(digest), &KnownPrime::sha256);
  return found == known_primes.end() ? std::string_view() : found->name;
}

std::string_view dh_group_fault(ByteView prime, ByteView generator) {
  if (generator.empty() || is_one(generator) || is_prime_minus_one(generator, prime)) {
    return "the generator makes every secret known";
  }
  if (!known_dh_prime(prime).empty()) return "";
  constexpr std::size_t tested_bytes = max_tested_bits / 8;
  if (prime.size() < 2 || prime.back() % 2 == 0) return "the modulus is no prime";
  if (prime.size() > tested_bytes) return "";
  const Number number(BN_bin2bn(prime.data(), static_cast<int>(prime.size()), nullptr));
  return seems_prime(number.get()) ? "" : "the modulus is no prime";
}

bool is_trivial_dh_value(ByteView value, ByteView prime) {
  return value.empty() || is_one(value) || is_prime_minus_one(value, prime);
}

}  // namespace certherald::codec::tls
