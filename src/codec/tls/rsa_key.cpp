#include "codec/tls/rsa_key.hpp"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {

using x509::Handle;
using x509::QuietErrors;

std::optional<RsaKey> RsaKey::of_certificate(ByteView der) {
  constexpr int fewest_bits = 512;
  constexpr int most_bits = 16'384;
  const QuietErrors quiet;
  const unsigned char* at = der.data();
  const x509::X509Handle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate) return std::nullopt;
  RsaKey out;
  out.key_.reset(X509_get_pubkey(certificate.get()), EVP_PKEY_free);
  if (!out.key_ || EVP_PKEY_get_base_id(out.key_.get()) != EVP_PKEY_RSA) return std::nullopt;
  const int bits = EVP_PKEY_get_bits(out.key_.get());
  if (bits < fewest_bits || bits > most_bits) return std::nullopt;
  return out;
}

std::size_t RsaKey::size() const { return static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())); }

std::optional<Bytes> RsaKey::raw_encrypt(ByteView block) const {
  const QuietErrors quiet;
  const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  Bytes out(size());
  std::size_t written = out.size();
  const bool done = context != nullptr && EVP_PKEY_encrypt_init(context.get()) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
                    EVP_PKEY_encrypt(context.get(), out.data(), &written, block.data(), block.size()) == 1;
  if (!done) return std::nullopt;
  out.resize(written);
  return out;
}

}  // namespace certherald::codec::tls
