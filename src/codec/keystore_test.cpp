#include "codec/keystore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ec.h>

#include "codec/x509/handles.hpp"
#include "codec/x509/pem.hpp"
#include "codec/x509/test_files.hpp"

namespace certherald::codec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names(const Keystore& store) {
  std::vector<std::string> out;
  out.reserve(store.certificates.size());
  for (const model::Certificate& certificate : store.certificates) out.push_back(certificate.common_name);
  return out;
}

constexpr std::string_view phrase = "correct horse";
using Phrase = std::optional<std::string_view>;
using Names = std::vector<std::string>;

TEST(Keystore, ReadsEachFormat) {
  struct Row {
    const char* file;
    Phrase passphrase;
    KeystoreFormat format;
    Names holds;
  };
  const Names chain = {"shop.example.com", "Test Intermediate", "Test Root"};
  const std::vector<Row> rows = {
      {"keystores/chain.pem", {}, KeystoreFormat::pem, chain},
      {"keystores/chain.pem", "not needed", KeystoreFormat::pem, chain},
      {"keystores/junk.pem", {}, KeystoreFormat::pem, {"shop.example.com", "Test Intermediate"}},
      {"keystores/trusted.pem", {}, KeystoreFormat::pem, {"shop.example.com"}},
      {"keystores/chain.p7.pem", {}, KeystoreFormat::pem, chain},
      {"keystores/chain.p7b", {}, KeystoreFormat::pkcs7, chain},
      {"certs/leaf.der", {}, KeystoreFormat::der, {"shop.example.com"}},
      {"keystores/modern.p12", phrase, KeystoreFormat::pkcs12, chain},
      {"keystores/legacy_rc2.p12", phrase, KeystoreFormat::pkcs12, chain},
      {"keystores/empty_passphrase.p12", "", KeystoreFormat::pkcs12, chain},
      {"keystores/empty_passphrase.p12", {}, KeystoreFormat::pkcs12, chain},
      {"keystores/open.p12", {}, KeystoreFormat::pkcs12, chain},
      {"keystores/java.p12", phrase, KeystoreFormat::pkcs12, {"Test Root", "Test Intermediate"}},
      {"keystores/java.jks", phrase, KeystoreFormat::jks, {"Test Root", "Test Intermediate"}},
      {"keystores/java.jks", {}, KeystoreFormat::jks, {"Test Root", "Test Intermediate"}},
      {"keystores/java.jceks", phrase, KeystoreFormat::jks, {"Test Root", "Test Intermediate"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const auto store = read_keystore(as_bytes(test_file(row.file)), row.passphrase);
    ASSERT_TRUE(store) << describe(store.error());
    EXPECT_EQ(store->format, row.format);
    EXPECT_THAT(names(*store), testing::UnorderedElementsAreArray(row.holds));
  }
}

TEST(Keystore, SaysWhyNot) {
  struct Row {
    const char* file;
    Phrase passphrase;
    ErrorKind kind;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"keystores/modern.p12", {}, ErrorKind::refused, "protected by a passphrase"},
      {"keystores/modern.p12", "wrong", ErrorKind::refused, "the passphrase is wrong"},
      {"keystores/legacy_rc2.p12", "wrong", ErrorKind::refused, "the passphrase is wrong"},
      {"keystores/java.p12", "", ErrorKind::refused, "the passphrase is wrong"},
      {"keystores/slow.p12", phrase, ErrorKind::too_large, "too long"},
      {"keystores/only_key.pem", {}, ErrorKind::invalid_input, "only a private key"},
      {"keystores/broken_second.pem", {}, ErrorKind::invalid_input, "line 16: not an X.509"},
      {"keystores/no_end.pem", {}, ErrorKind::invalid_input, "line 1: the block 'CERTIFICATE' does not end"},
      {"keystores/bad_base64.pem", {}, ErrorKind::invalid_input, "line 1: the block is not base64"},
      {"keystores/words.txt", {}, ErrorKind::invalid_input, "neither PEM nor DER"},
      {"keystores/empty.pem", {}, ErrorKind::invalid_input, "empty"},
      {"keystores/oracle.jks", {}, ErrorKind::invalid_input, "cut short"},
      {"keystores/java.jks", "wrong", ErrorKind::refused, "the passphrase is wrong"},
      {"keystores/java.jceks", "", ErrorKind::refused, "the passphrase is wrong"},
      {"certs/odd_trailing.der", {}, ErrorKind::invalid_input, "neither PEM nor DER"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.file);
    const auto store = read_keystore(as_bytes(test_file(row.file)), row.passphrase);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, row.kind);
    EXPECT_THAT(describe(store.error()), HasSubstr(row.says));
  }
  EXPECT_EQ(read_keystore(Bytes(max_keystore_size + 1, 'x')).error().kind, ErrorKind::too_large);
}

// A file with a key, made here so that no key lies in the tree.
TEST(Keystore, PassesOverPrivateKeys) {
  const x509::X509Handle leaf = x509::decode_x509(as_bytes(test_file("certs/root.der")));
  EVP_PKEY* key = EVP_EC_gen("P-256");
  PKCS12* file = PKCS12_create("pw", "name", nullptr, nullptr, nullptr, 0, 0, 0, 0, 0);
  EXPECT_EQ(file, nullptr);  // a key or a certificate is needed
  const auto certificate_for_key = [key] {
    x509::X509Handle out(X509_new());
    X509_set_pubkey(out.get(), key);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 7);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 60);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("keyed"), -1, -1, 0);
    X509_sign(out.get(), key, EVP_sha256());
    return out;
  }();
  file = PKCS12_create("pw", "name", key, certificate_for_key.get(), nullptr, 0, 0, 0, 0, 0);
  ASSERT_NE(file, nullptr);
  unsigned char* der = nullptr;
  const int length = i2d_PKCS12(file, &der);
  const Bytes bytes(der, der + length);
  OPENSSL_free(der);
  PKCS12_free(file);
  EVP_PKEY_free(key);
  const auto store = read_keystore(bytes, "pw");
  ASSERT_TRUE(store) << describe(store.error());
  EXPECT_THAT(names(*store), ElementsAre("keyed"));
}

TEST(Pem, Base64) {
  struct Row {
    const char* body;
    std::optional<std::string> bytes;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v\n", "foo"},
      {" Zm9\r\n vYg = =\t", "foob"},
      {"+/+/", "\xfb\xff\xbf"},
      {"Z", std::nullopt},
      {"Zg", std::nullopt},
      {"Zg=", std::nullopt},
      {"Zg==Zg==", std::nullopt},
      {"Zm9v====", std::nullopt},
      {"Zm9*", std::nullopt},
  };
  for (const Row& row : rows) {
    const auto bytes = x509::decode_pem({"X", row.body, 1});
    ASSERT_EQ(bytes.has_value(), row.bytes.has_value()) << row.body;
    if (bytes) EXPECT_EQ(as_text(*bytes), *row.bytes) << row.body;
  }
}

}  // namespace
}  // namespace certherald::codec
