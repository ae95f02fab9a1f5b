#pragma once

// For tests: OpenSSL's own server over memory instead of a socket, with TLS 1.3 only.

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

// Its certificate is made for it. `suites` and `groups` are lists in OpenSSL's words.
class OpensslServer {
 public:
  OpensslServer(const std::string& suites, const std::string& groups, bool asks_client = false)
      : context_(SSL_CTX_new(TLS_server_method())), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {
    certificate_.reset(X509_new());
    X509_set_version(certificate_.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_.get()), 7);
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 86'400);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    SSL_CTX* on = context_.get();
    SSL_CTX_set_min_proto_version(on, TLS1_3_VERSION);
    if (asks_client) SSL_CTX_set_verify(on, SSL_VERIFY_PEER, nullptr);
    EXPECT_EQ(SSL_CTX_set_ciphersuites(on, suites.c_str()), 1);
    EXPECT_EQ(SSL_CTX_set1_groups_list(on, groups.c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_certificate(on, certificate_.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(on, key_.get()), 1);
  }

  [[nodiscard]] Bytes certificate() const {
    Bytes out(static_cast<std::size_t>(i2d_X509(certificate_.get(), nullptr)));
    unsigned char* at = out.data();
    i2d_X509(certificate_.get(), &at);
    return out;
  }

  // What it answers to the first bytes of a connection.
  [[nodiscard]] Bytes answer(const Bytes& hello) const {
    const x509::Handle<SSL, SSL_free> connection(SSL_new(context_.get()));
    BIO* in = BIO_new(BIO_s_mem());
    BIO* out = BIO_new(BIO_s_mem());
    SSL_set_bio(connection.get(), in, out);
    BIO_write(in, hello.data(), static_cast<int>(hello.size()));
    (void)SSL_accept(connection.get());
    Bytes bytes(BIO_ctrl_pending(out));
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

 private:
  x509::Handle<SSL_CTX, SSL_CTX_free> context_;
  x509::Handle<EVP_PKEY, EVP_PKEY_free> key_;
  x509::X509Handle certificate_;
};

}  // namespace certherald::codec::tls
