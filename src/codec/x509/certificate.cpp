#include "codec/x509/certificate.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "codec/digest.hpp"
#include "codec/x509/fields.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/lenient.hpp"
#include "codec/x509/name.hpp"
#include "codec/x509/plain.hpp"

namespace certherald::codec::x509 {
namespace {

// The size of the field, which is what "EC of 224 bits" means; the order may be a bit shorter.
int field_bits(EVP_PKEY* key) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_P, &raw) != 1) return EVP_PKEY_get_bits(key);
  const BignumHandle field(raw);
  std::array<char, 64> type{};
  EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_FIELD_TYPE, type.data(), type.size(), nullptr);
  // For GF(2^m) the parameter is the reduction polynomial, which has degree m.
  const bool binary = std::string_view(type.data()) == SN_X9_62_characteristic_two_field;
  return BN_num_bits(field.get()) - (binary ? 1 : 0);
}

void describe_ec(EVP_PKEY* key, model::PublicKeyInfo& info) {
  std::array<char, 80> group{};
  info.type = "ec";
  info.bits = field_bits(key);
  const bool named = EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1;
  info.curve = named ? curve_text(group.data()) : "explicit";
}

// What the algorithm identifier alone tells, for keys that the library cannot read.
void describe_unread(X509_PUBKEY* spki, model::PublicKeyInfo& info) {
  ASN1_OBJECT* object = nullptr;
  X509_ALGOR* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(&object, nullptr, nullptr, &algorithm, spki) != 1) return;
  const int nid = OBJ_obj2nid(object);
  if (nid == NID_rsaEncryption || nid == NID_rsassaPss) info.type = "rsa";
  if (nid == NID_dsa) info.type = "dsa";
  if (nid != NID_X9_62_id_ecPublicKey) return;
  info.type = "ec";
  int type = 0;
  const void* parameter = nullptr;
  X509_ALGOR_get0(nullptr, &type, &parameter, algorithm);
  if (type == V_ASN1_OBJECT) info.curve = oid_text(static_cast<const ASN1_OBJECT*>(parameter));
}

model::PublicKeyInfo key_info(X509* certificate) {
  model::PublicKeyInfo info;
  info.type = "unknown";
  X509_PUBKEY* spki = X509_get_X509_PUBKEY(certificate);
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(spki, &der);
  if (length > 0) info.spki_sha256 = sha256_hex({der, static_cast<std::size_t>(length)});
  OPENSSL_free(der);

  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) {
    describe_unread(spki, info);
    return info;
  }
  info.bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      info.type = "rsa";
      break;
    case EVP_PKEY_EC:
      describe_ec(key, info);
      break;
    case EVP_PKEY_DSA:
      info.type = "dsa";
      break;
    case EVP_PKEY_ED25519:
      info.type = "ed25519";
      break;
    case EVP_PKEY_ED448:
      info.type = "ed448";
      break;
    default:
      break;
  }
  return info;
}

// Parameters that are written out but equal a known curve still have a group name: the encoding tells.
bool written_out(EVP_PKEY* key) {
  std::array<char, 32> encoding{};
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), encoding.size(),
                                        nullptr) == 1 &&
         std::string_view(encoding.data()) == OSSL_PKEY_EC_ENCODING_EXPLICIT;
}

bool signed_by_itself(X509* certificate) {
  if (X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) != 0) return false;
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  return key != nullptr && X509_verify(certificate, key) == 1;
}

bool is_authority(X509* certificate) {
  constexpr std::uint32_t both = EXFLAG_BCONS | EXFLAG_CA;
  return (X509_get_extension_flags(certificate) & both) == both;
}

// The reason that helps most for bytes that are not exactly one certificate.
std::unexpected<Error> refuse(ByteView der) {
  const unsigned char* at = der.data();
  const X509Handle first(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!first) return fail(ErrorKind::invalid_input, "not an X.509 certificate in DER");
  const auto used = static_cast<std::size_t>(at - der.data());
  return fail(ErrorKind::invalid_input, "{} bytes follow the end of the certificate", der.size() - used);
}

KeyDetails key_details(X509* x509) {
  KeyDetails out;
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr) return out;
  out.readable = true;
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_EC) out.explicit_curve = written_out(key);
  if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_RSA_PSS) return out;
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &number) == 1) {
    const BignumHandle modulus(number);
    out.even_modulus = BN_is_odd(modulus.get()) == 0;
    out.modulus.resize(static_cast<std::size_t>(BN_num_bytes(modulus.get())));
    BN_bn2bin(modulus.get(), out.modulus.data());
  }
  number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &number) == 1) {
    const BignumHandle exponent(number);
    char* hex = BN_bn2hex(exponent.get());
    out.exponent = lower_ascii(hex == nullptr ? "" : hex);
    OPENSSL_free(hex);
    out.exponent.erase(0, std::min(out.exponent.find_first_not_of('0'), out.exponent.size()));
  }
  return out;
}

PurposeDetails purpose_details(X509* x509) {
  constexpr std::uint32_t serves = XKU_SSL_SERVER | XKU_ANYEKU;
  if ((X509_get_extension_flags(x509) & EXFLAG_XKUSAGE) == 0) return {};
  return {.limited = true, .tls_server = (X509_get_extended_key_usage(x509) & serves) != 0};
}

SignatureDetails signature_details(X509* x509) {
  SignatureDetails out;
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(nullptr, &outer, x509);
  const X509_ALGOR* inner = X509_get0_tbs_sigalg(x509);
  out.algorithm = algorithm_text(inner);
  out.mismatch = X509_ALGOR_cmp(outer, inner) != 0;

  int digest = NID_undef;
  // Follows the parameters of RSASSA-PSS (RFC 4055), where the hash does not stand in the OID.
  if (X509_get_signature_info(x509, &digest, nullptr, nullptr, nullptr) == 1 && digest != NID_undef) {
    out.hash = lower_ascii(OBJ_nid2sn(digest));
    return out;
  }
  if (OBJ_find_sigid_algs(OBJ_obj2nid(inner->algorithm), &digest, nullptr) == 1 && digest != NID_undef) {
    out.hash = lower_ascii(OBJ_nid2sn(digest));
  }
  return out;
}

CertificateDetails details_of(X509* x509) {
  return {key_details(x509), signature_details(x509), purpose_details(x509), issuance_details(x509)};
}

model::Certificate certificate_of(X509* x509, ByteView der) {
  model::Certificate out;
  out.sha256 = sha256_hex(der);
  out.der.assign(der.begin(), der.end());
  out.subject = name_text(X509_get_subject_name(x509));
  out.common_name = last_common_name(X509_get_subject_name(x509));
  out.issuer = name_text(X509_get_issuer_name(x509));
  AlternativeNames names = alternative_names(X509_get0_extensions(x509));
  out.dns_names = std::move(names.dns);
  out.ip_addresses = std::move(names.ip);
  out.serial = serial_text(X509_get0_serialNumber(x509));
  out.not_before = instant_of(X509_get0_notBefore(x509), latest);
  out.not_after = instant_of(X509_get0_notAfter(x509), earliest);
  out.signature_algorithm = algorithm_text(X509_get0_tbs_sigalg(x509));
  out.key = key_info(x509);
  out.is_ca = is_authority(x509);
  out.self_signed = signed_by_itself(x509);
  return out;
}

Result<LenientX509> decode_bounded(ByteView der) {
  if (der.size() > max_certificate_size) {
    return fail(ErrorKind::too_large, "a certificate of {} bytes is larger than {} bytes", der.size(),
                max_certificate_size);
  }
  LenientX509 x509 = decode_leniently(der);
  if (!x509.handle) return refuse(der);
  return x509;
}

}  // namespace

Result<model::Certificate> parse_certificate(ByteView der) {
  const QuietErrors quiet;
  if (der.size() <= max_certificate_size) {
    if (auto plain = read_plain(der)) return std::move(*plain);
  }
  const auto x509 = decode_bounded(der);
  if (!x509) return fail(x509.error());
  return certificate_of(x509->handle.get(), der);
}

Result<CertificateReading> read_certificate(ByteView der) {
  const QuietErrors quiet;
  auto x509 = decode_bounded(der);
  if (!x509) return fail(x509.error());
  X509* handle = x509->handle.get();
  CertificateReading out{certificate_of(handle, der), details_of(handle), nullptr};
  if (!x509->changed) out.decoded = std::move(x509->handle);
  return out;
}

CertificateDetails certificate_details(ByteView der) {
  const QuietErrors quiet;
  const LenientX509 x509 = decode_leniently(der);
  if (!x509.handle) return {};
  return details_of(x509.handle.get());
}

}  // namespace certherald::codec::x509
