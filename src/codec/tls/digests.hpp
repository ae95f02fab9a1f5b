#pragma once

// What the key schedules share. Only for .cpp files of this folder.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>

#include "base/bytes.hpp"

namespace certherald::codec::tls {

// What libcrypto refuses where this is asked is memory alone.
inline void must(bool done) {
  if (!done) throw std::bad_alloc();
}

[[nodiscard]] inline Bytes digest(const EVP_MD* kind, ByteView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(kind)));
  must(EVP_Digest(data.data(), data.size(), out.data(), nullptr, kind, nullptr) == 1);
  return out;
}

[[nodiscard]] inline Bytes hmac(const EVP_MD* kind, ByteView key, ByteView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(kind)));
  must(HMAC(kind, key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), nullptr) !=
       nullptr);
  return out;
}

inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace certherald::codec::tls
