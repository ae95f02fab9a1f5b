#include "codec/x509/timestamps.hpp"

#include <algorithm>

#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {
namespace {

constexpr std::uint8_t sha256_hash = 4;

using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using DigestHandle = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;

std::uint64_t join_words(std::uint32_t high, std::uint32_t low) { return (std::uint64_t{high} << 32U) | low; }

std::optional<SignedTimestamp> read_one(ByteView bytes) {
  ByteReader reader(bytes);
  SignedTimestamp out;
  const auto version = reader.u8();
  if (!version) return std::nullopt;
  out.version = *version;
  if (out.version != 0) return out;
  const auto log = reader.take(out.log.size());
  const auto high = log ? reader.u32() : std::nullopt;
  const auto low = high ? reader.u32() : std::nullopt;
  const auto extensions = low ? reader.vector16() : std::nullopt;
  const auto hash = extensions ? reader.u8() : std::nullopt;
  const auto algorithm = hash ? reader.u8() : std::nullopt;
  const auto signature = algorithm ? reader.vector16() : std::nullopt;
  if (!signature || !reader.empty()) return std::nullopt;
  std::ranges::copy(*log, out.log.begin());
  out.millis = join_words(*high, *low);
  out.extensions.assign(extensions->begin(), extensions->end());
  out.hash = *hash;
  out.algorithm = *algorithm;
  out.signature.assign(signature->begin(), signature->end());
  return out;
}

// What the log was shown: the certificate to be, without the timestamps (RFC 6962 section 3.2).
Bytes tbs_without_timestamps(ByteView leaf) {
  const X509Handle x509 = decode_x509(leaf);
  if (!x509) return {};
  const int at = X509_get_ext_by_NID(x509.get(), NID_ct_precert_scts, -1);
  if (at < 0) return {};
  X509_EXTENSION_free(X509_delete_ext(x509.get(), at));
  unsigned char* der = nullptr;
  const int length = i2d_re_X509_tbs(x509.get(), &der);
  if (length <= 0) return {};
  Bytes out(der, der + length);
  OPENSSL_free(der);
  return out;
}

Bytes key_hash(ByteView certificate) {
  const X509Handle x509 = decode_x509(certificate);
  if (!x509) return {};
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509.get()), &der);
  if (length <= 0) return {};
  Bytes out(32);
  const bool done =
      EVP_Digest(der, static_cast<std::size_t>(length), out.data(), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  return done ? out : Bytes();
}

// The digitally-signed struct of RFC 6962 section 3.2, for a precert_entry.
Bytes signed_text(const SignedTimestamp& timestamp, ByteView issuer_key, ByteView tbs) {
  constexpr std::uint8_t certificate_timestamp = 0;
  constexpr std::uint16_t precert_entry = 1;
  ByteWriter out;
  out.u8(timestamp.version).u8(certificate_timestamp);
  out.u32(static_cast<std::uint32_t>(timestamp.millis >> 32U));
  out.u32(static_cast<std::uint32_t>(timestamp.millis));
  out.u16(precert_entry).bytes(issuer_key).vector24(tbs).vector16(timestamp.extensions);
  return std::move(out).take();
}

KeyHandle read_key(ByteView spki) {
  const unsigned char* at = spki.data();
  return KeyHandle(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
}

}  // namespace

Instant SignedTimestamp::at() const {
  constexpr std::uint64_t latest = 253'402'300'799;
  return Instant(Seconds(static_cast<std::int64_t>(std::min(millis / 1000, latest))));
}

Result<std::vector<SignedTimestamp>> parse_timestamps(ByteView list) {
  ByteReader outer(list);
  const auto body = outer.vector16();
  if (!body || !outer.empty()) return fail(ErrorKind::invalid_input, "the list of timestamps is cut off");
  std::vector<SignedTimestamp> out;
  for (ByteReader reader(*body); !reader.empty();) {
    if (out.size() >= max_timestamps) {
      return fail(ErrorKind::too_large, "there are more than {} timestamps", max_timestamps);
    }
    const auto bytes = reader.vector16();
    auto one = bytes ? read_one(*bytes) : std::nullopt;
    if (!one) return fail(ErrorKind::invalid_input, "timestamp {} cannot be read", out.size() + 1);
    out.push_back(std::move(*one));
  }
  return out;
}

bool verify_timestamp(const SignedTimestamp& timestamp, ByteView leaf, ByteView issuer, ByteView log_key) {
  const QuietErrors quiet;
  if (timestamp.version != 0 || timestamp.hash != sha256_hash) return false;
  const KeyHandle key = read_key(log_key);
  const Bytes tbs = tbs_without_timestamps(leaf);
  const Bytes issuer_key = key_hash(issuer);
  const DigestHandle digest(EVP_MD_CTX_new());
  if (!key || !digest || tbs.empty() || issuer_key.empty()) return false;
  const Bytes text = signed_text(timestamp, issuer_key, tbs);
  if (EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(digest.get(), timestamp.signature.data(), timestamp.signature.size(), text.data(),
                          text.size()) == 1;
}

}  // namespace certherald::codec::x509
