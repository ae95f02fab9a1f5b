#pragma once

// Owners of OpenSSL objects. Only for .cpp files of this module.

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/bytes.hpp"

namespace certherald::codec::x509 {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freed<Free>>;

inline void free_general_names(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
inline void free_x509_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }

using X509Handle = Handle<X509, X509_free>;
using BignumHandle = Handle<BIGNUM, BN_free>;
using GeneralNamesHandle = Handle<GENERAL_NAMES, free_general_names>;
using BorrowedStack = Handle<STACK_OF(X509), free_x509_stack>;  // owns the stack, not what is in it

// OpenSSL's error queue is a thread's; what we provoked must not be read by somebody else as theirs.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

// Decodes an object that ends exactly where the bytes end; nullptr otherwise.
template <class T, auto Free, auto Decode>
[[nodiscard]] Handle<T, Free> decode_whole(ByteView der) {
  const QuietErrors quiet;
  const unsigned char* at = der.data();
  Handle<T, Free> object(Decode(nullptr, &at, static_cast<long>(der.size())));
  if (object && at != der.data() + der.size()) object.reset();
  return object;
}

[[nodiscard]] inline X509Handle decode_x509(ByteView der) {
  return decode_whole<X509, X509_free, d2i_X509>(der);
}

}  // namespace certherald::codec::x509
