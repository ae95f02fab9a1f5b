#pragma once

// For tests: an RSA key of 1024 bits with a certificate.

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include <string>

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

class TestRsaKey {
 public:
  explicit TestRsaKey(std::size_t bits = 1024) : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)) {
    const x509::X509Handle made(X509_new());
    X509_set_pubkey(made.get(), key_.get());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    certificate_.resize(static_cast<std::size_t>(i2d_X509(made.get(), nullptr)));
    unsigned char* at = certificate_.data();
    i2d_X509(made.get(), &at);
  }

  [[nodiscard]] const Bytes& certificate() const { return certificate_; }

  // Without looking at the padding.
  [[nodiscard]] Bytes raw_decrypt(ByteView sealed) const {
    const x509::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    EVP_PKEY_decrypt_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
    Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_decrypt(context.get(), out.data(), &size, sealed.data(), sealed.size()), 1);
    EXPECT_EQ(size, out.size());
    return out;
  }

 private:
  x509::Handle<EVP_PKEY, EVP_PKEY_free> key_;
  Bytes certificate_;
};

}  // namespace certherald::codec::tls
