#include "codec/x509/pkcs.hpp"

#include <openssl/provider.h>

#include <algorithm>
#include <string>

#include "codec/x509/handles.hpp"

namespace certherald::codec::x509 {
namespace {

void free_pkcs7_stack(STACK_OF(PKCS7) * stack) { sk_PKCS7_pop_free(stack, PKCS7_free); }
void free_bag_stack(STACK_OF(PKCS12_SAFEBAG) * stack) {
  sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
}
void unload_provider(OSSL_PROVIDER* provider) { OSSL_PROVIDER_unload(provider); }

using Pkcs7Handle = Handle<PKCS7, PKCS7_free>;
using Pkcs12Handle = Handle<PKCS12, PKCS12_free>;
using SafesHandle = Handle<STACK_OF(PKCS7), free_pkcs7_stack>;
using BagsHandle = Handle<STACK_OF(PKCS12_SAFEBAG), free_bag_stack>;
using Pbes2Handle = Handle<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2Handle = Handle<PBKDF2PARAM, PBKDF2PARAM_free>;
using PbeHandle = Handle<PBEPARAM, PBEPARAM_free>;
using ProviderHandle = Handle<OSSL_PROVIDER, unload_provider>;
using LibraryHandle = Handle<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;

// Files of the time before OpenSSL 3, and of Windows, hide their certificates with 40-bit RC2, which
// only the legacy provider knows. It is loaded for the one file, not for the whole process.
struct Library {
  LibraryHandle context{OSSL_LIB_CTX_new()};
  ProviderHandle standard{OSSL_PROVIDER_load(context.get(), "default")};
  ProviderHandle legacy{OSSL_PROVIDER_load(context.get(), "legacy")};
};

Bytes der_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(certificate, &der);
  Bytes out;
  if (length > 0) out.assign(der, der + length);
  OPENSSL_free(der);
  return out;
}

long rounds_of(const ASN1_INTEGER* rounds) { return rounds == nullptr ? 1 : ASN1_INTEGER_get(rounds); }

template <class T>
T* unpack(const ASN1_ITEM* item, const ASN1_TYPE* type) {
  return static_cast<T*>(ASN1_TYPE_unpack_sequence(item, type));
}

// How often the passphrase is hashed to decrypt something; nothing for derivations that we do not do.
std::optional<long> derivation_rounds(const X509_ALGOR* algorithm) {
  if (OBJ_obj2nid(algorithm->algorithm) != NID_pbes2) {
    const PbeHandle pbe(unpack<PBEPARAM>(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter));
    if (!pbe) return std::nullopt;
    return rounds_of(pbe->iter);
  }
  const Pbes2Handle pbes2(unpack<PBE2PARAM>(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter));
  if (!pbes2 || OBJ_obj2nid(pbes2->keyfunc->algorithm) != NID_id_pbkdf2) return std::nullopt;
  const Pbkdf2Handle derivation(unpack<PBKDF2PARAM>(ASN1_ITEM_rptr(PBKDF2PARAM), pbes2->keyfunc->parameter));
  if (!derivation) return std::nullopt;
  return rounds_of(derivation->iter);
}

// "No passphrase" and "an empty one" give different keys (RFC 7292 appendix B.1).
struct Passphrase {
  const char* text = nullptr;
  int length = 0;
};

class Pkcs12Reader {
 public:
  Pkcs12Reader(PKCS12* file, std::optional<std::string_view> passphrase)
      : file_(file), given_(passphrase.has_value()) {
    if (passphrase) {
      given_text_ = *passphrase;
      candidates_ = {{given_text_.c_str(), static_cast<int>(given_text_.size())}};
    } else {
      candidates_ = {{"", 0}, {nullptr, 0}};
    }
  }

  ~Pkcs12Reader() { OPENSSL_cleanse(given_text_.data(), given_text_.size()); }
  Pkcs12Reader(const Pkcs12Reader&) = delete;
  Pkcs12Reader& operator=(const Pkcs12Reader&) = delete;

  [[nodiscard]] Result<std::vector<Bytes>> run() {
    if (Status status = check_integrity(); !status) return fail(status.error());
    const SafesHandle safes(PKCS12_unpack_authsafes(file_));
    if (!safes) return fail(ErrorKind::invalid_input, "the PKCS#12 file has no readable content");
    for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
      if (Status status = read_safe(sk_PKCS7_value(safes.get(), i)); !status) return fail(status.error());
    }
    return std::move(found_);
  }

 private:
  static constexpr int max_nesting = 4;

  // Leaves the one passphrase that fits.
  Status check_integrity() {
    if (PKCS12_mac_present(file_) != 1) return {};
    const ASN1_INTEGER* rounds = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    PKCS12_get0_mac(nullptr, &algorithm, nullptr, &rounds, file_);
    if (OBJ_obj2nid(algorithm->algorithm) == NID_pbmac1) {
      return fail(ErrorKind::invalid_input,
                  "the PKCS#12 file is protected by PBMAC1, which is not supported");
    }
    for (const Passphrase& candidate : candidates_) {
      if (Status status = spend(rounds_of(rounds)); !status) return status;
      if (PKCS12_verify_mac(file_, candidate.text, candidate.length) != 1) continue;
      candidates_ = {candidate};
      return {};
    }
    return wrong_passphrase();
  }

  Status read_safe(PKCS7* safe) {
    if (PKCS7_type_is_data(safe)) {
      const BagsHandle bags(PKCS12_unpack_p7data(safe));
      if (!bags) return fail(ErrorKind::invalid_input, "a part of the PKCS#12 file cannot be read");
      return read_bags(bags.get(), 0);
    }
    // Enveloped for somebody's key: there is no passphrase to it.
    if (!PKCS7_type_is_encrypted(safe) || safe->d.encrypted == nullptr) return {};
    const PKCS7_ENC_CONTENT* content = safe->d.encrypted->enc_data;
    const auto rounds = derivation_rounds(content->algorithm);
    if (!rounds || content->enc_data == nullptr) {
      return fail(ErrorKind::invalid_input,
                  "a part of the PKCS#12 file is encrypted in a way that is not supported");
    }
    for (const Passphrase& candidate : candidates_) {
      if (Status status = spend(*rounds); !status) return status;
      const BagsHandle bags(decrypt(*content, candidate));
      if (bags) return read_bags(bags.get(), 0);
    }
    return wrong_passphrase();
  }

  STACK_OF(PKCS12_SAFEBAG) * decrypt(const PKCS7_ENC_CONTENT& content, const Passphrase& passphrase) {
    if (!library_) library_.emplace();
    return static_cast<STACK_OF(PKCS12_SAFEBAG)*>(
        PKCS12_item_decrypt_d2i_ex(content.algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), passphrase.text,
                                   passphrase.length, content.enc_data, 1, library_->context.get(), nullptr));
  }

  Status read_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, int nesting) {
    if (nesting > max_nesting) return fail(ErrorKind::invalid_input, "the PKCS#12 file is nested too deep");
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
      const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
      if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag) {
        if (Status status = read_bags(PKCS12_SAFEBAG_get0_safes(bag), nesting + 1); !status) return status;
        continue;
      }
      if (PKCS12_SAFEBAG_get_nid(bag) != NID_certBag) continue;
      if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) continue;
      const X509Handle certificate(PKCS12_SAFEBAG_get1_cert(bag));
      if (!certificate) return fail(ErrorKind::invalid_input, "a certificate in the PKCS#12 file is broken");
      found_.push_back(der_of(certificate.get()));
    }
    return {};
  }

  Status spend(long rounds) {
    if (rounds > 0 && rounds <= budget_) {
      budget_ -= rounds;
      return {};
    }
    return fail(ErrorKind::too_large,
                "the PKCS#12 file asks for more than {} rounds of key derivation, which would take too long",
                max_key_derivation_rounds);
  }

  [[nodiscard]] Status wrong_passphrase() const {
    if (given_) return fail(ErrorKind::refused, "the passphrase is wrong, or the PKCS#12 file is damaged");
    return with_hint(fail(ErrorKind::refused, "the PKCS#12 file is protected by a passphrase"),
                     "give its passphrase");
  }

  PKCS12* file_;
  bool given_;
  std::string given_text_;
  long budget_ = max_key_derivation_rounds;
  std::vector<Passphrase> candidates_;
  std::optional<Library> library_;
  std::vector<Bytes> found_;
};

}  // namespace

std::optional<std::vector<Bytes>> pkcs7_certificates(ByteView ber) {
  const QuietErrors quiet;
  const Pkcs7Handle message = decode_whole<PKCS7, PKCS7_free, d2i_PKCS7>(ber);
  if (!message) return std::nullopt;
  const STACK_OF(X509)* certificates = nullptr;
  if (PKCS7_type_is_signed(message.get()) && message->d.sign != nullptr) {
    certificates = message->d.sign->cert;
  }
  std::vector<Bytes> out;
  out.reserve(static_cast<std::size_t>(std::max(sk_X509_num(certificates), 0)));
  for (int i = 0; i < sk_X509_num(certificates); ++i) out.push_back(der_of(sk_X509_value(certificates, i)));
  return out;
}

std::optional<Result<std::vector<Bytes>>> pkcs12_certificates(ByteView ber,
                                                              std::optional<std::string_view> passphrase) {
  const QuietErrors quiet;
  const Pkcs12Handle file = decode_whole<PKCS12, PKCS12_free, d2i_PKCS12>(ber);
  if (!file) return std::nullopt;
  return Pkcs12Reader(file.get(), passphrase).run();
}

}  // namespace certherald::codec::x509
