#include "codec/tls/dh_group.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <memory>

namespace certherald::codec::tls {
namespace {

// A prime that OpenSSL has by itself.
Bytes openssl_prime(BIGNUM* (*get)(BIGNUM*)) {
  const std::unique_ptr<BIGNUM, decltype([](BIGNUM* number) { BN_free(number); })> number(get(nullptr));
  Bytes out(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), out.data());
  return out;
}

TEST(DhGroup, PublishedPrimesHaveNames) {
  struct Row {
    BIGNUM* (*get)(BIGNUM*);
    const char* name;
  };
  for (const Row& row : std::to_array<Row>({
           {BN_get_rfc2409_prime_768, "RFC 2409 Oakley group 1"},
           {BN_get_rfc2409_prime_1024, "RFC 2409 Oakley group 2"},
           {BN_get_rfc3526_prime_1536, "RFC 3526 group 5"},
           {BN_get_rfc3526_prime_2048, "RFC 3526 group 14"},
           {BN_get_rfc3526_prime_3072, "RFC 3526 group 15"},
           {BN_get_rfc3526_prime_4096, "RFC 3526 group 16"},
           {BN_get_rfc3526_prime_6144, "RFC 3526 group 17"},
           {BN_get_rfc3526_prime_8192, "RFC 3526 group 18"},
       })) {
    Bytes prime = openssl_prime(row.get);
    EXPECT_EQ(known_dh_prime(prime), row.name);
    EXPECT_EQ(dh_group_fault(prime, Bytes{2}), "");
    prime.back() ^= 2;
    EXPECT_EQ(known_dh_prime(prime), "");
  }
}

TEST(DhGroup, TheExportPrimeOfJavaHasAName) {
  const Bytes prime = from_hex(
                          "d87780e15ff50b4abbe89870188b049406b5bea98ab23a0241d88ea75b7755e6"
                          "69c08093d3f0ca7fc3a5a25cf067dcb9a43dd89d1d90921c6328884461e0b6d3")
                          .value();
  EXPECT_EQ(known_dh_prime(prime), "OpenJDK, EXPORT");
}

TEST(DhGroup, SaysWhatIsWrong) {
  constexpr std::string_view no_prime = "the modulus is no prime";
  constexpr std::string_view bad_generator = "the generator makes every secret known";
  const Bytes known = openssl_prime(BN_get_rfc3526_prime_2048);
  Bytes less_one = known;
  less_one.back() -= 1;
  Bytes composite = known;
  composite.back() ^= 2;
  struct Row {
    Bytes prime;
    Bytes generator;
    std::string_view fault;
  };
  for (const Row& row : std::initializer_list<Row>{
           {known, {}, bad_generator},
           {known, {1}, bad_generator},
           {known, less_one, bad_generator},
           {known, {5}, ""},
           {composite, {2}, no_prime},
           {less_one, {2}, no_prime},
           {from_hex("010001").value(), {2}, ""},        // 65537
           {from_hex("00010001").value(), {2}, ""},      // leading zeros do no harm
           {from_hex("010003").value(), {2}, ""},        // 65539
           {from_hex("010005").value(), {2}, no_prime},  // 65541 = 3 * 21847
           {{}, {2}, no_prime},
           {Bytes(1025, 0xff), {2}, ""},  // too long to try
       }) {
    EXPECT_EQ(dh_group_fault(row.prime, row.generator), row.fault) << to_hex(row.prime);
  }
}

TEST(DhGroup, TrivialValues) {
  const Bytes prime = {0x01, 0x00, 0x01};
  EXPECT_TRUE(is_trivial_dh_value({}, prime));
  EXPECT_TRUE(is_trivial_dh_value(Bytes{1}, prime));
  EXPECT_TRUE(is_trivial_dh_value(Bytes{1, 0, 0}, prime));
  EXPECT_FALSE(is_trivial_dh_value(Bytes{2}, prime));
  EXPECT_FALSE(is_trivial_dh_value(Bytes{1, 0, 1}, prime));
}

}  // namespace
}  // namespace certherald::codec::tls
