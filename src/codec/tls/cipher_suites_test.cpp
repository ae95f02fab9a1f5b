#include "codec/tls/cipher_suites.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace certherald::codec::tls {
namespace {

std::set<std::uint16_t> codes_where(const std::function<bool(const CipherInfo&)>& holds) {
  std::set<std::uint16_t> codes;
  for (const CipherInfo& info : all_cipher_suites()) {
    if (holds(info)) codes.insert(info.code);
  }
  return codes;
}

// Membership of the weak classes, as it is agreed; a new suite that is weak must be added here too.
TEST(CipherSuites, WeakClassesHoldExactlyTheseSuites) {
  const std::set<std::uint16_t> null_cipher = {
      0xc010, 0xc006, 0xc015, 0xc00b, 0xc001, 0xc03b, 0xc03a, 0xc039, 0x00b9, 0x00b8, 0x00b5, 0x00b4, 0x002e,
      0x002d, 0x00b1, 0x00b0, 0x002c, 0x003b, 0x0002, 0x0001, 0x0082, 0x0083, 0xc0b4, 0xc0b5, 0xff87};
  const std::set<std::uint16_t> anonymous = {0xc019, 0x00a7, 0x006d, 0x003a, 0x00c5, 0x0089, 0xc047,
                                             0xc05b, 0xc085, 0xc018, 0x00a6, 0x006c, 0x0034, 0x00bf,
                                             0x009b, 0x0046, 0xc046, 0xc05a, 0xc084, 0xc016, 0x0018,
                                             0xc017, 0x001b, 0x001a, 0x0019, 0x0017, 0xc015};
  const std::set<std::uint16_t> export_grade = {0x0063, 0x0062, 0x0061, 0x0065, 0x0064, 0x0060, 0x0014,
                                                0x0011, 0x0019, 0x0008, 0x0006, 0x0027, 0x0026, 0x002a,
                                                0x0029, 0x000b, 0x000e, 0x0017, 0x0003, 0x0028, 0x002b};
  const std::set<std::uint16_t> low = {0x0004, 0x0005, 0x0009, 0x000c, 0x000f, 0x0012, 0x0015, 0x001e, 0x0020,
                                       0x0022, 0x0023, 0x0024, 0x0025, 0x0066, 0x008a, 0x008e, 0x0092, 0xc002,
                                       0xc007, 0xc00c, 0xc011, 0xc033, 0xff00, 0xfefe, 0xffe1};
  const std::set<std::uint16_t> block64 = {0x0007, 0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0x001f,
                                           0x0021, 0x008b, 0x008f, 0x0093, 0xc003, 0xc008, 0xc00d,
                                           0xc012, 0xc01a, 0xc01b, 0xc01c, 0xc034, 0xfeff, 0xffe0};
  EXPECT_EQ(codes_where([](const CipherInfo& info) { return info.weak.null_cipher; }), null_cipher);
  EXPECT_EQ(codes_where([](const CipherInfo& info) { return info.weak.anonymous; }), anonymous);
  EXPECT_EQ(codes_where([](const CipherInfo& info) { return info.weak.export_grade; }), export_grade);
  EXPECT_EQ(codes_where([](const CipherInfo& info) { return info.weak.low; }), low);
  EXPECT_EQ(codes_where([](const CipherInfo& info) { return info.weak.block64; }), block64);
}

// What a name says, another way than the table was made.
TEST(CipherSuites, ColumnsAgreeWithTheNames) {
  for (const CipherInfo& info : all_cipher_suites()) {
    SCOPED_TRACE(info.name);
    const auto says = [&info](std::string_view word) {
      return info.name.find(word) != std::string_view::npos;
    };
    EXPECT_EQ(info.cbc(), says("_CBC"));
    EXPECT_EQ(info.weak.anonymous, says("_anon_"));
    EXPECT_EQ(info.weak.export_grade, says("EXPORT"));
    EXPECT_EQ(info.mode == Mode::aead,
              says("_GCM") || says("_CCM") || says("POLY1305") || says("_MGM") || says("AEGIS"));
    EXPECT_EQ(info.bits == 0, info.weak.null_cipher);
    EXPECT_EQ(info.elliptic(), says("_ECDH") || says("ECCPWD"));
    if (says("_WITH_3DES") || says("_IDEA_")) EXPECT_TRUE(info.weak.any());
    if (says("RC4") || says("_DES_") || says("RC2") || says("_MD5")) EXPECT_TRUE(info.weak.any());
    if (info.mode == Mode::aead) EXPECT_GE(info.since, model::ProtocolVersion::tls12);
  }
}

TEST(CipherSuites, FindsByCode) {
  struct Row {
    std::uint32_t code;
    std::string_view name;
  };
  for (const Row& row : std::to_array<Row>({{0x0001, "TLS_RSA_WITH_NULL_MD5"},
                                            {0x1301, "TLS_AES_128_GCM_SHA256"},
                                            {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
                                            {0xffe1, "SSL_RSA_FIPS_WITH_DES_CBC_SHA"},
                                            {0x0000, "SSL_NULL_WITH_MD5"},
                                            {0xfffe, "unknown 0xfffe"},
                                            {0x01c02f, "unknown 0x01c02f"}})) {
    EXPECT_EQ(cipher_suite_name(row.code), row.name);
  }
  EXPECT_EQ(find_cipher_suite(empty_renegotiation_info_scsv), nullptr);
  EXPECT_EQ(find_cipher_suite(fallback_scsv), nullptr);
  EXPECT_GT(all_cipher_suites().size(), 350U);
}

TEST(CipherSuites, ForwardSecrecyFollowsTheKeyExchange) {
  EXPECT_TRUE(find_cipher_suite(0x1301)->forward_secret());
  EXPECT_TRUE(find_cipher_suite(0xc02f)->forward_secret());
  EXPECT_TRUE(find_cipher_suite(0x0033)->forward_secret());
  EXPECT_FALSE(find_cipher_suite(0x002f)->forward_secret());
  EXPECT_FALSE(find_cipher_suite(0xc004)->forward_secret());
}

}  // namespace
}  // namespace certherald::codec::tls
