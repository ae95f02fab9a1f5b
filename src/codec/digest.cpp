#include "codec/digest.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <new>

namespace certherald::codec {

std::string sha256_hex(ByteView data) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(data.data(), data.size(), digest.data());
  return to_hex(digest);
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* made) const { EVP_MD_CTX_free(made); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

// It fails only where memory ran out.
Sha256::Sha256() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}
Sha256::~Sha256() = default;

void Sha256::add(ByteView data) {
  if (EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) != 1) throw std::bad_alloc();
}

std::string Sha256::hex() const {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  const State copy;
  if (!copy.context || EVP_MD_CTX_copy_ex(copy.context.get(), state_->context.get()) != 1 ||
      EVP_DigestFinal_ex(copy.context.get(), digest.data(), nullptr) != 1)
    throw std::bad_alloc();
  return to_hex(digest);
}

}  // namespace certherald::codec
