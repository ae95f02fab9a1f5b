#include "codec/x509/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "codec/x509/test_files.hpp"

namespace certherald::codec::x509 {
namespace {

using testing::ElementsAre;

TEST(Certificate, TellsWhatAnOrdinaryOneSays) {
  const model::Certificate leaf = test_certificate("leaf");
  EXPECT_EQ(leaf.subject, "CN=shop.example.com");
  EXPECT_EQ(leaf.issuer, "CN=Test Intermediate");
  EXPECT_EQ(leaf.common_name, "shop.example.com");
  EXPECT_THAT(leaf.dns_names, ElementsAre("shop.example.com", "*.shop.example.com"));
  EXPECT_THAT(leaf.ip_addresses, ElementsAre("192.0.2.10", "2001:db8::10"));
  EXPECT_EQ(leaf.serial, "0a1b");
  EXPECT_EQ(to_iso8601(leaf.not_before), "2026-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(leaf.not_after), "2027-06-01T00:00:00Z");
  EXPECT_EQ(leaf.signature_algorithm, "ecdsa-with-SHA256");
  EXPECT_EQ(leaf.key.type, "rsa");
  EXPECT_EQ(leaf.key.bits, 2048);
  EXPECT_EQ(leaf.key.spki_sha256.size(), 64U);
  EXPECT_EQ(leaf.sha256.size(), 64U);
  EXPECT_FALSE(leaf.is_ca);
  EXPECT_FALSE(leaf.self_signed);
}

TEST(Certificate, KnowsAuthoritiesAndSelfSigned) {
  struct Row {
    const char* file;
    bool is_ca;
    bool self_signed;
  };
  for (const Row& row :
       {Row{"root", true, true}, Row{"intermediate", true, false}, Row{"self_signed", false, true},
        Row{"leaf", false, false}, Row{"old_cross", true, false}}) {
    SCOPED_TRACE(row.file);
    const model::Certificate certificate = test_certificate(row.file);
    EXPECT_EQ(certificate.is_ca, row.is_ca);
    EXPECT_EQ(certificate.self_signed, row.self_signed);
  }
}

TEST(Certificate, RefusesWhatIsNone) {
  struct Row {
    std::string bytes;
    ErrorKind kind;
    const char* says;
  };
  const std::string leaf = test_file("certs/leaf.der");
  const std::vector<Row> rows = {
      {test_file("certs/odd_trailing.der"), ErrorKind::invalid_input, "1 bytes follow"},
      {leaf + leaf, ErrorKind::invalid_input, "follow the end"},
      {test_file("certs/odd_truncated.der"), ErrorKind::invalid_input, "not an X.509"},
      {"", ErrorKind::invalid_input, "not an X.509"},
      {std::string(1, '\x30'), ErrorKind::invalid_input, "not an X.509"},
      {std::string(max_certificate_size + 1, '\x30'), ErrorKind::too_large, "larger"},
  };
  for (const Row& row : rows) {
    const auto result = parse_certificate(as_bytes(row.bytes));
    ASSERT_FALSE(result) << row.says;
    EXPECT_EQ(result.error().kind, row.kind);
    EXPECT_THAT(result.error().message, testing::HasSubstr(row.says));
  }
}

TEST(Certificate, NamesBecomeWellFormedUtf8) {
  struct Row {
    const char* file;
    const char* common_name;
    const char* subject;
  };
  const std::vector<Row> rows = {
      {"odd_nul", "bank.example.com\\00.evil.example", "CN=bank.example.com\\00.evil.example"},
      {"odd_bad_utf8", "café À¯ í\u00a0\u0080 end", "CN=café À¯ í\u00a0\u0080 end"},
      {"odd_bmp", "Bücher ☃ 😀", "CN=Bücher ☃ 😀"},
      {"odd_bmp_half", "\ufffdA", "CN=\ufffdA"},
      {"odd_universal", "Ü😀", "CN=Ü😀"},
      {"odd_t61", "Café", "CN=Café"},
      {"odd_control", "a\x1b[31mred\r\nX-Evil: 1\x7f", "CN=a\\1b[31mred\\0d\\0aX-Evil: 1\\7f"},
      {"odd_escapes", " #a,b+c\"d\\e<f>g;h=", "CN=\\ #a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h="},
      {"odd_empty_subject", "", ""},
      {"odd_not_a_string", "#3003020105", "CN=#3003020105"},
      {"odd_unknown_type", "", "1.2.3.4.5=what"},
      {"odd_multi", "last", "CN=last,CN=first,OU=IT+O=Größe AG,C=DE"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const model::Certificate certificate = test_certificate(row.file);
    EXPECT_EQ(certificate.common_name, row.common_name);
    EXPECT_EQ(certificate.subject, row.subject);
    EXPECT_TRUE(is_utf8(certificate.subject));
  }
  EXPECT_EQ(test_certificate("odd_long").common_name.size(), 5000U);
}

TEST(Certificate, AlternativeNames) {
  const model::Certificate sans = test_certificate("odd_sans");
  EXPECT_THAT(sans.dns_names, ElementsAre("shop.example.com", "xn--bcher-kva.example", ""));
  EXPECT_THAT(sans.ip_addresses, ElementsAre("::1"));
  EXPECT_THAT(test_certificate("odd_nul").dns_names, ElementsAre("bank.example.com\\00.evil.example"));
  EXPECT_THAT(test_certificate("odd_bad_utf8").dns_names, ElementsAre("caf\ufffd.example.com"));
  EXPECT_THAT(test_certificate("odd_broken_san").dns_names, ElementsAre());
  EXPECT_THAT(test_certificate("odd_two_sans").dns_names, ElementsAre());
  EXPECT_THAT(test_certificate("no_san").dns_names, ElementsAre());
}

TEST(Certificate, Serials) {
  EXPECT_EQ(test_certificate("odd_serial_negative").serial, "-8f3c");
  EXPECT_EQ(test_certificate("odd_serial_zero").serial, "00");
  EXPECT_EQ(test_certificate("odd_serial_high_bit").serial, "ffee01");
  EXPECT_EQ(test_certificate("odd_serial_long").serial.size(), 80U);
}

TEST(Certificate, Times) {
  struct Row {
    const char* file;
    const char* not_before;
    const char* not_after;
  };
  const std::vector<Row> rows = {
      {"odd_after_2050", "2026-01-01T00:00:00Z", "2099-12-31T23:59:59Z"},
      {"odd_no_end", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z"},
      {"odd_utc_1999", "1999-01-01T00:00:00Z", "2027-06-01T00:00:00Z"},
      {"odd_zone", "2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z"},
      {"odd_month_13", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"odd_time_words", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
      {"odd_year_zero", "0001-01-01T00:00:00Z", "2027-06-01T00:00:00Z"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const model::Certificate certificate = test_certificate(row.file);
    EXPECT_EQ(to_iso8601(certificate.not_before), row.not_before);
    EXPECT_EQ(to_iso8601(certificate.not_after), row.not_after);
  }
}

TEST(Certificate, Keys) {
  struct Row {
    std::string file;
    std::string type;
    int bits;
    std::string curve;
    bool readable;
    std::string exponent;

    bool operator==(const Row&) const = default;
  };
  const std::vector<Row> rows = {
      {"key_rsa1024", "rsa", 1024, "", true, "10001"},
      {"key_rsa_e3", "rsa", 2048, "", true, "3"},
      {"key_rsa_e1", "rsa", 2048, "", true, "1"},
      {"key_dsa2048", "dsa", 2048, "", true, ""},
      {"key_ec_p192", "ec", 192, "P-192", true, ""},
      {"key_ec_p224", "ec", 224, "P-224", true, ""},
      {"root", "ec", 256, "P-256", true, ""},
      {"key_ec_p384", "ec", 384, "P-384", true, ""},
      {"key_ec_secp256k1", "ec", 256, "secp256k1", true, ""},
      {"key_ec_b163", "ec", 163, "B-163", true, ""},
      {"key_ed25519", "ed25519", 256, "", true, ""},
      {"key_ml_dsa_44", "unknown", 0, "", false, ""},
      {"key_unknown_curve", "ec", 0, "1.3.6.1.4.1.11591.15.1", false, ""},
  };
  for (const Row& row : rows) {
    const model::Certificate certificate = test_certificate(row.file);
    const KeyDetails details = certificate_details(certificate.der).key;
    const Row told = {row.file,         certificate.key.type, certificate.key.bits, certificate.key.curve,
                      details.readable, details.exponent};
    EXPECT_EQ(told, row) << row.file;
    EXPECT_FALSE(details.even_modulus || details.explicit_curve) << row.file;
  }
  EXPECT_TRUE(certificate_details(test_certificate("key_rsa_even").der).key.even_modulus);
  EXPECT_TRUE(certificate_details(test_certificate("key_ec_explicit").der).key.explicit_curve);
}

TEST(Certificate, Signatures) {
  struct Row {
    const char* file;
    const char* algorithm;
    const char* hash;
    bool mismatch;
  };
  const std::vector<Row> rows = {
      {"signed_md2", "md2WithRSAEncryption", "md2", false},
      {"signed_md4", "md4WithRSAEncryption", "md4", false},
      {"signed_md5", "md5WithRSAEncryption", "md5", false},
      {"signed_sha1", "sha1WithRSAEncryption", "sha1", false},
      {"signed_sha256", "sha256WithRSAEncryption", "sha256", false},
      {"signed_pss_sha1", "rsassaPss", "sha1", false},
      {"signed_pss_default", "rsassaPss", "sha1", false},
      {"signed_pss_sha256", "rsassaPss", "sha256", false},
      {"signed_private", "1.3.6.1.4.1.99999.7", "", false},
      {"signed_mismatch", "ecdsa-with-SHA256", "sha1", true},
      {"key_ed25519", "ecdsa-with-SHA256", "sha256", false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const SignatureDetails details = certificate_details(test_certificate(row.file).der).signature;
    EXPECT_EQ(details, (SignatureDetails{row.algorithm, row.hash, row.mismatch}));
    EXPECT_EQ(test_certificate(row.file).signature_algorithm, row.algorithm);
  }
  EXPECT_EQ(certificate_details(as_bytes("junk")), CertificateDetails{});
}

}  // namespace
}  // namespace certherald::codec::x509
