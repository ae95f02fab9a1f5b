#include "codec/x509/plain.hpp"

#include <openssl/ec.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <utility>

#include "codec/digest.hpp"
#include "codec/x509/fields.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/name.hpp"

namespace certherald::codec::x509 {
namespace {

using Algorithm = Handle<X509_ALGOR, X509_ALGOR_free>;
using Name = Handle<X509_NAME, X509_NAME_free>;
using Validity = Handle<X509_VAL, X509_VAL_free>;
using Integer = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using BitString = Handle<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using Constraints = Handle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using Group = Handle<EC_GROUP, EC_GROUP_free>;
using Point = Handle<EC_POINT, EC_POINT_free>;
void free_extensions(X509_EXTENSIONS* extensions) {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
using Extensions = Handle<X509_EXTENSIONS, free_extensions>;

// Tags of DER (X.690 section 8).
constexpr std::uint8_t integer_tag = 0x02;
constexpr std::uint8_t bit_string_tag = 0x03;
constexpr std::uint8_t sequence_tag = 0x30;
constexpr std::uint8_t version_tag = 0xa0;
constexpr std::uint8_t extensions_tag = 0xa3;

struct Element {
  ByteView whole;
  ByteView body;
};

// The length in its one shortest form (X.690 section 10.1), up to 65,535.
std::optional<std::size_t> read_length(ByteReader& reader) {
  const auto first = reader.u8();
  if (!first) return std::nullopt;
  if (*first < 0x80) return *first;
  if (*first == 0x81) {
    const auto length = reader.u8();
    return length && *length >= 0x80 ? std::optional<std::size_t>(*length) : std::nullopt;
  }
  if (*first != 0x82) return std::nullopt;
  const auto length = reader.u16();
  return length && *length >= 0x100 ? std::optional<std::size_t>(*length) : std::nullopt;
}

// The next element where it has this tag.
std::optional<Element> read(ByteReader& reader, std::uint8_t tag) {
  const ByteView from = reader.rest();
  if (reader.u8() != tag) return std::nullopt;
  const auto length = read_length(reader);
  if (!length) return std::nullopt;
  const auto body = reader.take(*length);
  if (!body) return std::nullopt;
  return Element{from.first(from.size() - reader.left()), *body};
}

// An element that is all there is.
std::optional<Element> read_only(ByteView bytes, std::uint8_t tag) {
  ByteReader reader(bytes);
  auto element = read(reader, tag);
  if (!reader.empty()) return std::nullopt;
  return element;
}

// Certificate and TBSCertificate (RFC 5280 section 4.1), each part as it is encoded.
struct Parts {
  ByteView serial;
  ByteView algorithm;
  ByteView issuer;
  ByteView validity;
  ByteView subject;
  Element key;
  ByteView extensions;
  ByteView outer_algorithm;
  ByteView signature;
};

std::optional<ByteView> whole(ByteReader& reader, std::uint8_t tag) {
  const auto element = read(reader, tag);
  return element ? std::optional(element->whole) : std::nullopt;
}

std::optional<Parts> split_signed(ByteView body) {
  constexpr std::array<std::uint8_t, 3> version_3 = {integer_tag, 1, 2};
  ByteReader reader(body);
  const auto version = read(reader, version_tag);
  if (!version || !std::ranges::equal(version->body, version_3)) return std::nullopt;
  const auto serial = whole(reader, integer_tag);
  const auto algorithm = whole(reader, sequence_tag);
  const auto issuer = whole(reader, sequence_tag);
  const auto validity = whole(reader, sequence_tag);
  const auto subject = whole(reader, sequence_tag);
  const auto key = read(reader, sequence_tag);
  const auto extensions = read(reader, extensions_tag);
  if (!serial || !algorithm || !issuer || !validity || !subject || !key || !extensions || !reader.empty()) {
    return std::nullopt;
  }
  return Parts{*serial, *algorithm, *issuer, *validity, *subject, *key, extensions->body, {}, {}};
}

std::optional<Parts> split(ByteView der) {
  const auto certificate = read_only(der, sequence_tag);
  if (!certificate) return std::nullopt;
  ByteReader reader(certificate->body);
  const auto tbs = read(reader, sequence_tag);
  const auto algorithm = whole(reader, sequence_tag);
  const auto signature = whole(reader, bit_string_tag);
  if (!tbs || !algorithm || !signature || !reader.empty()) return std::nullopt;
  auto parts = split_signed(tbs->body);
  if (!parts) return std::nullopt;
  parts->outer_algorithm = *algorithm;
  parts->signature = *signature;
  return parts;
}

struct Fields {
  Integer serial;
  Algorithm algorithm;
  Name issuer;
  Validity validity;
  Name subject;
  Algorithm key_algorithm;
  Extensions extensions;
};

// Each part as libcrypto would have read it within the whole.
std::optional<Fields> decode(const Parts& parts, ByteView key_algorithm) {
  Fields out{decode_whole<ASN1_INTEGER, ASN1_INTEGER_free, d2i_ASN1_INTEGER>(parts.serial),
             decode_whole<X509_ALGOR, X509_ALGOR_free, d2i_X509_ALGOR>(parts.algorithm),
             decode_whole<X509_NAME, X509_NAME_free, d2i_X509_NAME>(parts.issuer),
             decode_whole<X509_VAL, X509_VAL_free, d2i_X509_VAL>(parts.validity),
             decode_whole<X509_NAME, X509_NAME_free, d2i_X509_NAME>(parts.subject),
             decode_whole<X509_ALGOR, X509_ALGOR_free, d2i_X509_ALGOR>(key_algorithm),
             decode_whole<X509_EXTENSIONS, free_extensions, d2i_X509_EXTENSIONS>(parts.extensions)};
  const auto outer = decode_whole<X509_ALGOR, X509_ALGOR_free, d2i_X509_ALGOR>(parts.outer_algorithm);
  const auto signature =
      decode_whole<ASN1_BIT_STRING, ASN1_BIT_STRING_free, d2i_ASN1_BIT_STRING>(parts.signature);
  if (!out.serial || !out.algorithm || !out.issuer || !out.validity || !out.subject || !out.key_algorithm ||
      !out.extensions || !outer || !signature) {
    return std::nullopt;
  }
  return out;
}

// A positive number in its one shortest form, without the zero that keeps it positive.
std::optional<ByteView> positive(const std::optional<Element>& integer) {
  if (!integer || integer->body.empty()) return std::nullopt;
  ByteView body = integer->body;
  if (body[0] >= 0x80) return std::nullopt;
  if (body[0] != 0) return body;
  body = body.subspan(1);
  return !body.empty() && body[0] >= 0x80 ? std::optional(body) : std::nullopt;
}

// RSAPublicKey (RFC 8017 appendix A.1.1): the bits of its modulus.
std::optional<int> rsa_bits(ByteView key) {
  const auto sequence = read_only(key, sequence_tag);
  if (!sequence) return std::nullopt;
  ByteReader reader(sequence->body);
  const auto modulus = positive(read(reader, integer_tag));
  const auto exponent = positive(read(reader, integer_tag));
  if (!modulus || !exponent || !reader.empty() || exponent->size() > 8) return std::nullopt;
  return static_cast<int>(modulus->size() * 8) - std::countl_zero((*modulus)[0]);
}

struct Curve {
  int nid;
  int bits;
};
constexpr std::array curves =
    std::to_array<Curve>({{NID_X9_62_prime256v1, 256}, {NID_secp384r1, 384}, {NID_secp521r1, 521}});

// Whether libcrypto would take the point (RFC 5480 section 2.2, uncompressed) for one of the curve.
bool is_on_curve(const Curve& curve, ByteView key) {
  constexpr std::uint8_t uncompressed = 4;
  if (key.empty() || key[0] != uncompressed) return false;
  thread_local std::array<Group, curves.size()> groups;
  Group& group = groups[static_cast<std::size_t>(&curve - curves.data())];
  if (!group) group.reset(EC_GROUP_new_by_curve_name(curve.nid));
  const Point point(EC_POINT_new(group.get()));
  return point && EC_POINT_oct2point(group.get(), point.get(), key.data(), key.size(), nullptr) == 1;
}

std::optional<model::PublicKeyInfo> rsa_key(int parameter_type, ByteView key) {
  const auto bits = rsa_bits(key);
  if (parameter_type != V_ASN1_NULL || !bits) return std::nullopt;
  return model::PublicKeyInfo{"rsa", *bits, "", ""};
}

std::optional<model::PublicKeyInfo> ec_key(int parameter_type, const void* parameter, ByteView key) {
  if (parameter_type != V_ASN1_OBJECT) return std::nullopt;
  const int nid = OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter));
  const auto* const curve = std::ranges::find(curves, nid, &Curve::nid);
  if (curve == curves.end() || !is_on_curve(*curve, key)) return std::nullopt;
  return model::PublicKeyInfo{"ec", curve->bits, curve_text(OBJ_nid2sn(nid)), ""};
}

// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), whose key is a BIT STRING of whole bytes.
std::optional<model::PublicKeyInfo> key_info(const X509_ALGOR* algorithm, ByteView bit_string) {
  if (bit_string.empty() || bit_string[0] != 0) return std::nullopt;
  const ByteView key = bit_string.subspan(1);
  const ASN1_OBJECT* object = nullptr;
  int parameter_type = 0;
  const void* parameter = nullptr;
  X509_ALGOR_get0(&object, &parameter_type, &parameter, algorithm);
  switch (OBJ_obj2nid(object)) {
    case NID_rsaEncryption:
      return rsa_key(parameter_type, key);
    case NID_X9_62_id_ecPublicKey:
      return ec_key(parameter_type, parameter, key);
    default:
      return std::nullopt;
  }
}

bool is_authority(const X509_EXTENSIONS* extensions) {
  const Constraints constraints(
      static_cast<BASIC_CONSTRAINTS*>(X509V3_get_d2i(extensions, NID_basic_constraints, nullptr, nullptr)));
  return constraints && constraints->ca != 0;
}

}  // namespace

std::optional<model::Certificate> read_plain(ByteView der) {
  const auto parts = split(der);
  if (!parts) return std::nullopt;
  ByteReader spki(parts->key.body);
  const auto key_algorithm = whole(spki, sequence_tag);
  const auto key = read(spki, bit_string_tag);
  if (!key_algorithm || !key || !spki.empty()) return std::nullopt;
  const auto fields = decode(*parts, *key_algorithm);
  // One that names itself as its issuer has a signature to be checked.
  if (!fields || X509_NAME_cmp(fields->subject.get(), fields->issuer.get()) == 0) return std::nullopt;
  auto info = key_info(fields->key_algorithm.get(), key->body);
  if (!info) return std::nullopt;

  model::Certificate out;
  out.key = std::move(*info);
  out.key.spki_sha256 = sha256_hex(parts->key.whole);
  out.sha256 = sha256_hex(der);
  out.der.assign(der.begin(), der.end());
  out.subject = name_text(fields->subject.get());
  out.common_name = last_common_name(fields->subject.get());
  out.issuer = name_text(fields->issuer.get());
  AlternativeNames names = alternative_names(fields->extensions.get());
  out.dns_names = std::move(names.dns);
  out.ip_addresses = std::move(names.ip);
  out.serial = serial_text(fields->serial.get());
  out.not_before = instant_of(fields->validity->notBefore, latest);
  out.not_after = instant_of(fields->validity->notAfter, earliest);
  out.signature_algorithm = algorithm_text(fields->algorithm.get());
  out.is_ca = is_authority(fields->extensions.get());
  return out;
}

}  // namespace certherald::codec::x509
