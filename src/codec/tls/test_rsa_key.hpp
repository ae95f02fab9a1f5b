#pragma once

// For tests: an RSA key of 1,024 bits that a server would have.

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

struct TestRsaKey {
  static constexpr std::size_t size = 128;  // bytes of its modulus

  TestRsaKey() : pair(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{size * 8})) {
    const x509::X509Handle made(X509_new());
    X509_set_pubkey(made.get(), pair.get());
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
    X509_sign(made.get(), pair.get(), EVP_sha256());
    certificate.resize(static_cast<std::size_t>(i2d_X509(made.get(), nullptr)));
    unsigned char* at = certificate.data();
    i2d_X509(made.get(), &at);
  }

  // `sealed` to the power of the private exponent: a block of `size` bytes with its padding.
  [[nodiscard]] Bytes power(ByteView sealed) const {
    const x509::Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(pair.get(), nullptr));
    EVP_PKEY_decrypt_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
    Bytes out(size);
    std::size_t got = out.size();
    const int done = EVP_PKEY_decrypt(context.get(), out.data(), &got, sealed.data(), sealed.size());
    if (done != 1 || got != size) throw std::runtime_error("what was sealed does not open");
    return out;
  }

  x509::Handle<EVP_PKEY, EVP_PKEY_free> pair;
  Bytes certificate;  // DER; its own key signed it
};

}  // namespace certherald::codec::tls
