#include "codec/tls/aead.hpp"

#include "codec/tls/digests.hpp"
#include "codec/x509/handles.hpp"

namespace certherald::codec::tls {
namespace {

using x509::QuietErrors;
using CipherContext = x509::Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

// AES-CCM is told tag and length before anything else; the others take or give the tag last.
bool is_ccm(const Aead& use) { return EVP_CIPHER_get_mode(use.cipher) == EVP_CIPH_CCM_MODE; }

CipherContext begin(const Aead& use, bool encrypt, std::uint8_t* tag, int size) {
  CipherContext context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  EVP_CIPHER_CTX* on = context.get();
  const int nonce = static_cast<int>(use.nonce.size());
  const int tag_size = static_cast<int>(use.tag_size);
  const int way = encrypt ? 1 : 0;
  must(EVP_CipherInit_ex(on, use.cipher, nullptr, nullptr, nullptr, way) == 1 &&
       EVP_CIPHER_CTX_ctrl(on, EVP_CTRL_AEAD_SET_IVLEN, nonce, nullptr) == 1);
  if (tag != nullptr || is_ccm(use)) must(EVP_CIPHER_CTX_ctrl(on, EVP_CTRL_AEAD_SET_TAG, tag_size, tag) == 1);
  must(EVP_CipherInit_ex(on, nullptr, nullptr, use.key.data(), use.nonce.data(), way) == 1);
  int written = 0;
  if (is_ccm(use)) must(EVP_CipherUpdate(on, nullptr, &written, nullptr, size) == 1);
  must(EVP_CipherUpdate(on, nullptr, &written, use.header.data(), static_cast<int>(use.header.size())) == 1);
  return context;
}

}  // namespace

std::optional<Bytes> open_aead(const Aead& use, ByteView sealed) {
  if (sealed.size() < use.tag_size) return std::nullopt;
  const QuietErrors quiet;
  const ByteView body = sealed.first(sealed.size() - use.tag_size);
  const ByteView end = sealed.last(use.tag_size);
  Bytes tag(end.begin(), end.end());
  const auto size = static_cast<int>(body.size());
  const CipherContext context = begin(use, false, tag.data(), size);
  Bytes out(body.size() + 1);  // never without a buffer
  int written = 0;
  // CCM checks the tag here, and must be asked even for nothing.
  if (EVP_CipherUpdate(context.get(), out.data(), &written, body.data(), size) != 1) return std::nullopt;
  int rest = 0;
  if (!is_ccm(use) && EVP_CipherFinal_ex(context.get(), out.data() + written, &rest) != 1) {
    return std::nullopt;
  }
  out.resize(body.size());
  return out;
}

Bytes seal_aead(const Aead& use, ByteView plain) {
  const QuietErrors quiet;
  const auto size = static_cast<int>(plain.size());
  const CipherContext context = begin(use, true, nullptr, size);
  Bytes out(plain.size() + use.tag_size);
  const Bytes some(1);
  int written = 0;
  must(EVP_CipherUpdate(context.get(), out.data(), &written, plain.empty() ? some.data() : plain.data(),
                        size) == 1);
  int rest = 0;
  must(EVP_CipherFinal_ex(context.get(), out.data() + written, &rest) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(use.tag_size),
                           out.data() + plain.size()) == 1);
  return out;
}

}  // namespace certherald::codec::tls
