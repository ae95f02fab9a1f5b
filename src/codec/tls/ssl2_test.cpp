#include "codec/tls/ssl2.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "codec/x509/certificate.hpp"

namespace certherald::codec::tls {
namespace {

Bytes bytes(std::string_view hex) { return from_hex(hex).value(); }

TEST(Ssl2, HelloHasEverySpecOnce) {
  EXPECT_EQ(to_hex(build_ssl2_client_hello({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})),
            "8040"  // a record of 64 bytes
            "01"    // CLIENT-HELLO
            "0002"  // version
            "0027"  // 13 specs
            "0000"  // no session
            "0010"  // challenge
            "000000"
            "010080"
            "020080"
            "030080"
            "040080"
            "050080"
            "060040"
            "060140"
            "0700c0"
            "0701c0"
            "080080"
            "ff8000"
            "ff8010"
            "0102030405060708090a0b0c0d0e0f10");
}

// SERVER-HELLO with a certificate of three bytes, RC4 and 3DES, and a connection id of four.
constexpr std::string_view server_hello =
    "8018"
    "04"
    "00"
    "01"
    "0002"
    "0003"
    "0006"
    "0004"
    "aabbcc"
    "010080"
    "0700c0"
    "01020304";

TEST(Ssl2, ReadsTheServersHello) {
  const Bytes whole = bytes(server_hello);
  const auto step = read_ssl2_answer(whole);
  const auto* hello = std::get_if<Ssl2ServerHello>(&step);
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(to_hex(hello->certificate), "aabbcc");
  EXPECT_EQ(hello->ciphers, (std::vector<std::uint32_t>{0x010080, 0x0700c0}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(std::holds_alternative<NeedMore>(read_ssl2_answer(ByteView(whole).first(size)))) << size;
  }
}

// As Node.js 0.10.0 with OpenSSL 1.0.1e answers.
TEST(Ssl2, ReadsWhatARealServerSays) {
  const auto file = read_file(
      std::string(CERTHERALD_SOURCE_DIR) + "/tests/fuzz/corpus/ssl2/openssl_101e_server_hello", 4096);
  ASSERT_TRUE(file);
  const auto step = read_ssl2_answer(as_bytes(*file));
  const auto* hello = std::get_if<Ssl2ServerHello>(&step);
  ASSERT_NE(hello, nullptr);
  EXPECT_EQ(hello->ciphers, (std::vector<std::uint32_t>{0x010080, 0x020080, 0x030080, 0x040080, 0x050080,
                                                        0x060040, 0x0700c0}));
  const auto certificate = x509::parse_certificate(hello->certificate);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->common_name, "old.example.test");
}

TEST(Ssl2, TellsWhatIsSomethingElse) {
  EXPECT_EQ(std::get<Ssl2Error>(read_ssl2_answer(bytes("8003000001"))).code, 1);
  for (const std::string_view other : {
           "15030000020246",    // an alert of SSL 3.0
           "16030100",          // TLS
           "485454502f312e31",  // HTTP
           "8000",              // an empty record, once its third byte is there
           "8003040001",        // too short
           "80180400010003000300060004aabbcc0100800700c001020304",  // version 3
           "80180400010002000300070004aabbcc0100800700c001020304",  // specs that are no multiple of three
           "80180400010002ffff00060004aabbcc0100800700c001020304",  // a certificate longer than the message
           "800400000100",                                          // an error with something after it
           "8005070000",                                            // another message
       }) {
    const Bytes what = bytes(std::string(other) + (other == "8000" ? "04" : ""));
    EXPECT_TRUE(std::holds_alternative<NotSsl2>(read_ssl2_answer(what))) << other;
  }
}

TEST(Ssl2, NoMoreSpecsThanTheLimit) {
  ByteWriter message;
  message.u8(4).u8(0).u8(1).u16(2).u16(0).u16(9000).u16(0).bytes(Bytes(9000, 7));
  ByteWriter record;
  record.u16(static_cast<std::uint16_t>(0x8000U | message.size())).bytes(message.view());
  EXPECT_EQ(std::get<Ssl2ServerHello>(read_ssl2_answer(record.view())).ciphers.size(), max_ssl2_ciphers);
}

TEST(Ssl2, EverySuiteIsWeakAndFound) {
  for (const CipherInfo& suite : ssl2_cipher_suites()) {
    EXPECT_TRUE(suite.weak.any()) << suite.name;
    EXPECT_EQ(find_cipher_suite(suite.code), &suite);
  }
  EXPECT_EQ(cipher_suite_name(0x0700c0), "SSL_CK_DES_192_EDE3_CBC_WITH_MD5");
  EXPECT_EQ(cipher_suite_name(0x123456), "unknown 0x123456");
}

}  // namespace
}  // namespace certherald::codec::tls
