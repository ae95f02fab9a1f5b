#include "codec/tls/prf.hpp"

#include "codec/tls/digests.hpp"

namespace certherald::codec::tls {
namespace {

// P_hash of RFC 5246 section 5.
Bytes expand(const EVP_MD* kind, ByteView secret, ByteView seed, std::size_t size) {
  Bytes out;
  Bytes link(seed.begin(), seed.end());
  while (out.size() < size) {
    link = hmac(kind, secret, link);
    Bytes input = link;
    append(input, seed);
    append(out, hmac(kind, secret, input));
  }
  out.resize(size);
  return out;
}

}  // namespace

Bytes prf(PrfHash kind, ByteView secret, std::string_view label, ByteView seed, std::size_t size) {
  Bytes input;
  append(input, as_bytes(label));
  append(input, seed);
  if (kind == PrfHash::sha256) return expand(EVP_sha256(), secret, input, size);
  if (kind == PrfHash::sha384) return expand(EVP_sha384(), secret, input, size);
  // The halves share the byte in the middle of an odd secret.
  const std::size_t half = (secret.size() + 1) / 2;
  Bytes out = expand(EVP_md5(), secret.first(half), input, size);
  const Bytes other = expand(EVP_sha1(), secret.last(half), input, size);
  for (std::size_t i = 0; i < size; ++i) out[i] ^= other[i];
  return out;
}

Bytes transcript_hash(PrfHash kind, ByteView messages) {
  if (kind == PrfHash::sha256) return digest(EVP_sha256(), messages);
  if (kind == PrfHash::sha384) return digest(EVP_sha384(), messages);
  Bytes out = digest(EVP_md5(), messages);
  append(out, digest(EVP_sha1(), messages));
  return out;
}

}  // namespace certherald::codec::tls
