#pragma once

// For tests: authorities, certificates and logs of Certificate Transparency, made by OpenSSL alone.

#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {

using TestKey = Handle<EVP_PKEY, EVP_PKEY_free>;

inline TestKey make_test_key() { return TestKey(EVP_EC_gen("P-256")); }

inline Bytes der_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

inline Bytes sha256_of(ByteView data) {
  Bytes out(32);
  EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

// A log that signs what it is shown.
struct TestLog {
  std::uint64_t millis = 1'780'000'000'000;  // of its timestamps
  TestKey key = make_test_key();

  [[nodiscard]] Bytes id() const { return sha256_of(der_of(key.get())); }

  // One SignedCertificateTimestamp over a TBSCertificate without timestamps.
  [[nodiscard]] Bytes timestamp(ByteView issuer_key, ByteView tbs) const {
    ByteWriter text;
    text.u8(0).u8(0).u32(static_cast<std::uint32_t>(millis >> 32U)).u32(static_cast<std::uint32_t>(millis));
    text.u16(1).bytes(sha256_of(issuer_key)).vector24(tbs).u16(0);
    const Handle<EVP_MD_CTX, EVP_MD_CTX_free> digest(EVP_MD_CTX_new());
    std::size_t size = 256;
    Bytes signature(size);
    EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get());
    EVP_DigestSign(digest.get(), signature.data(), &size, text.view().data(), text.size());
    signature.resize(size);
    ByteWriter out;
    out.u8(0).bytes(id()).u32(static_cast<std::uint32_t>(millis >> 32U));
    out.u32(static_cast<std::uint32_t>(millis)).u16(0).u8(4).u8(3).vector16(signature);
    return std::move(out).take();
  }
};

struct TestLeaf {
  std::string name = "shop.example.com";
  std::string extra =
      "subjectAltName=DNS:shop.example.com";  // "name=value" as openssl.cnf has it; "" for none
  std::string start = "20260401000000Z";
  std::string end = "20260930235959Z";
  std::vector<const TestLog*> logs{};
  bool authority = false;
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name, const TestAuthority* issuer = nullptr)
      : key_(make_test_key()) {
    TestLeaf wish{.name = name,
                  .extra = "basicConstraints=critical,CA:TRUE",
                  .start = "20100101000000Z",
                  .end = "20400101000000Z",
                  .authority = true};
    der_ = make(wish, key_.get(), issuer == nullptr ? *this : *issuer, name);
  }

  [[nodiscard]] model::Certificate certificate() const { return parsed(der_); }
  [[nodiscard]] model::Certificate issue(const TestLeaf& wish) const {
    const TestKey key = make_test_key();
    return parsed(make(wish, key.get(), *this, wish.name));
  }

 private:
  static model::Certificate parsed(const Bytes& der) {
    auto certificate = parse_certificate(der);
    EXPECT_TRUE(certificate) << (certificate ? "" : describe(certificate.error()));
    return certificate.value_or(model::Certificate{});
  }

  static void name_into(X509_NAME* name, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  }

  static Bytes encoded(const X509* x509, int (*encode)(const X509*, unsigned char**)) {
    unsigned char* der = nullptr;
    const int length = encode(x509, &der);
    Bytes out(der, der + length);
    OPENSSL_free(der);
    return out;
  }

  static Bytes make(const TestLeaf& wish, EVP_PKEY* key, const TestAuthority& issuer,
                    const std::string& name) {
    const X509Handle x509(X509_new());
    X509_set_version(x509.get(), X509_VERSION_3);
    Bytes serial(16, 1);
    RAND_bytes(serial.data() + 1, 15);
    const BignumHandle number(BN_bin2bn(serial.data(), 16, nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509.get()));
    ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), wish.start.c_str());
    ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), wish.end.c_str());
    ASN1_TIME_normalize(X509_getm_notBefore(x509.get()));
    ASN1_TIME_normalize(X509_getm_notAfter(x509.get()));
    name_into(X509_get_subject_name(x509.get()), name);
    if (issuer.der_.empty()) {
      name_into(X509_get_issuer_name(x509.get()), name);
    } else {
      X509_set_issuer_name(x509.get(), X509_get_subject_name(decode_x509(issuer.der_).get()));
    }
    X509_set_pubkey(x509.get(), key);
    const std::size_t equals = wish.extra.find('=');
    if (equals != std::string::npos) {
      X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, nullptr, wish.extra.substr(0, equals).c_str(),
                                                  wish.extra.substr(equals + 1).c_str());
      X509_add_ext(x509.get(), extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(x509.get(), issuer.key_.get(), EVP_sha256());
    if (!wish.logs.empty()) add_timestamps(x509.get(), wish, issuer);
    return encoded(x509.get(), i2d_X509);
  }

  static void add_timestamps(X509* x509, const TestLeaf& wish, const TestAuthority& issuer) {
    unsigned char* der = nullptr;
    const int length = i2d_re_X509_tbs(x509, &der);
    const Bytes tbs(der, der + length);
    OPENSSL_free(der);
    ByteWriter items;
    for (const TestLog* log : wish.logs) items.vector16(log->timestamp(der_of(issuer.key_.get()), tbs));
    ByteWriter list;
    list.vector16(items.view());
    const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> inner(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(inner.get(), list.view().data(), static_cast<int>(list.size()));
    der = nullptr;
    const int size = i2d_ASN1_OCTET_STRING(inner.get(), &der);
    const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> outer(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(outer.get(), der, size);
    OPENSSL_free(der);
    X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, NID_ct_precert_scts, 0, outer.get());
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(x509, issuer.key_.get(), EVP_sha256());
  }

  TestKey key_;
  Bytes der_;
};

}  // namespace certherald::codec::x509
