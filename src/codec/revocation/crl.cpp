#include "codec/revocation/crl.hpp"

#include <algorithm>

#include "base/time_text.hpp"
#include "codec/revocation/der.hpp"
#include "codec/revocation/handles.hpp"
#include "codec/revocation/sources.hpp"
#include "codec/x509/pem.hpp"

namespace certherald::codec::revocation {
namespace {

using AlgorithmHandle = Handle<X509_ALGOR, X509_ALGOR_free>;
using NameHandle = Handle<X509_NAME, X509_NAME_free>;
using TimeHandle = Handle<ASN1_TIME, ASN1_TIME_free>;
using StringHandle = Handle<ASN1_STRING, ASN1_STRING_free>;
using ScopeHandle = Handle<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free>;
using EnumHandle = Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;

// The content of the OIDs under 2.5.29, of one arc each.
constexpr std::string_view id_ce = "\x55\x1d";
constexpr char issuer_alt_name = 18;
constexpr char crl_number = 20;
constexpr char reason_code = 21;
constexpr char delta_indicator = 27;
constexpr char issuing_point = 28;
constexpr char certificate_issuer = 29;
constexpr char authority_key = 35;
constexpr char freshest = 46;
constexpr char expired_certificates = 60;

constexpr long remove_from_crl = 8;

std::optional<Instant> read_time(ByteView whole) {
  const QuietErrors quiet;
  const auto time = decode_whole<ASN1_TIME, ASN1_TIME_free, d2i_ASN1_TIME>(whole);
  return instant_of(time.get());
}

ByteView without_zeros(ByteView number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return number;
}

struct Extension {
  std::string_view oid;
  bool critical = false;
  ByteView value;
};

std::optional<Extension> read_one(ByteView whole) {
  DerReader reader(whole);
  const auto oid = reader.next(der_oid);
  const auto critical = reader.next(der_boolean);
  const auto value = reader.next(der_octets);
  if (!oid || !value || !reader.empty()) return std::nullopt;
  const bool is_critical = critical && !critical->content.empty() && critical->content.front() != 0;
  return Extension{as_text(oid->content), is_critical, value->content};
}

char arc_of(std::string_view oid) {
  return oid.size() == id_ce.size() + 1 && oid.starts_with(id_ce) ? oid.back() : '\0';
}

std::vector<std::string> uris_of(const DIST_POINT_NAME* name) {
  std::vector<std::string> out;
  if (name == nullptr || name->type != 0) return out;
  for (int i = 0; i < sk_GENERAL_NAME_num(name->name.fullname); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(name->name.fullname, i), &type));
    if (type != GEN_URI || value == nullptr) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
  }
  return out;
}

// One entry of revokedCertificates; false where it is none.
bool read_entry(DerReader& list, ByteView& serial, Crl::Entry& entry) {
  const auto whole = list.next(der_sequence);
  if (!whole) return false;
  DerReader reader(whole->content);
  const auto number = reader.next(der_integer);
  const auto time = reader.next();
  if (!number || !time || !is_time(time->tag)) return false;
  serial = number->content;
  entry = {time->whole, {}};
  if (reader.empty()) return true;
  const auto extensions = reader.next(der_sequence);
  if (!extensions || !reader.empty()) return false;
  entry.extensions = extensions->content;
  return true;
}

// What an entry's extensions say (RFC 5280 section 5.3).
struct EntryDetails {
  std::optional<long> reason;
  bool other_issuer = false;
  bool unknown = false;
};

EntryDetails read_details(ByteView extensions) {
  EntryDetails out;
  DerReader list(extensions);
  while (!list.empty()) {
    const auto element = list.next(der_sequence);
    const auto one = element ? read_one(element->content) : std::nullopt;
    if (!one) {
      out.unknown = true;
      return out;
    }
    const char arc = arc_of(one->oid);
    if (arc == reason_code) {
      const auto code = decode_whole<ASN1_ENUMERATED, ASN1_ENUMERATED_free, d2i_ASN1_ENUMERATED>(one->value);
      if (code) out.reason = ASN1_ENUMERATED_get(code.get());
    } else if (arc == certificate_issuer) {
      out.other_issuer = true;
    } else if (one->critical) {
      out.unknown = true;
    }
  }
  return out;
}

Result<std::string> undo_pem(std::string bytes) {
  constexpr std::string_view begin = "-----BEGIN";
  if (bytes.substr(0, 64).find(begin) == std::string::npos) return bytes;
  const auto blocks = x509::pem_blocks(bytes);
  if (!blocks) return fail(blocks.error());
  const auto crl = std::ranges::find(*blocks, "X509 CRL", &x509::PemBlock::label);
  if (crl == blocks->end()) return fail(ErrorKind::invalid_input, "the PEM text holds no CRL");
  const auto der = x509::decode_pem(*crl);
  if (!der) return fail(der.error());
  return std::string(as_text(*der));
}

std::unexpected<Error> not_by(std::string_view why) { return fail(ErrorKind::refused, "{}", why); }

// Why the list does not cover the certificate.
std::optional<std::string> outside(const Crl& crl, const X509* certificate, const RevocationSources& named) {
  const CrlScope& scope = crl.scope();
  const bool authority = X509_check_ca(const_cast<X509*>(certificate)) == 1;
  if (crl.is_delta()) return "it is a delta, which says nothing alone";
  if (scope.indirect) return "it is an indirect one, which is not read";
  if (scope.attributes_only) return "it is about attribute certificates";
  if (scope.users_only && authority) return "it is about certificates of no authority";
  if (scope.authorities_only && !authority) return "it is about certificates of authorities";
  if (crl.has_unknown()) return "it has a critical extension that is not understood";
  const bool shard_of_another =
      !scope.urls.empty() && std::ranges::find_first_of(scope.urls, named.crl) == scope.urls.end();
  if (shard_of_another) return "it is about certificates that name another list";
  return std::nullopt;
}

}  // namespace

Result<Crl> Crl::parse(std::string bytes) {
  if (bytes.size() > max_crl_size) {
    return fail(ErrorKind::too_large, "a CRL of {} bytes is larger than {}", bytes.size(), max_crl_size);
  }
  const QuietErrors quiet;
  auto der = undo_pem(std::move(bytes));
  if (!der) return fail(der.error());
  Crl crl;
  crl.bytes_ = std::make_shared<const std::string>(std::move(*der));
  if (!crl.read(as_bytes(*crl.bytes_))) return fail(ErrorKind::invalid_input, "it is no CRL");
  return crl;
}

bool Crl::read(ByteView whole) {
  DerReader outer(whole);
  const auto list = outer.next(der_sequence);
  if (!list || !outer.empty()) return false;
  DerReader parts(list->content);
  const auto body = parts.next(der_sequence);
  const auto algorithm = parts.next(der_sequence);
  const auto signature = parts.next(der_bits);
  if (!body || !algorithm || !signature || !parts.empty()) return false;
  const bool whole_bytes = !signature->content.empty() && signature->content.front() == 0;
  if (!whole_bytes) return false;
  signed_part_ = body->whole;
  algorithm_ = algorithm->whole;
  signature_ = signature->content.subspan(1);
  return read_signed_part();
}

bool Crl::read_signed_part() {
  DerReader outer(signed_part_);
  const auto body = outer.next();
  if (!body) return false;
  DerReader reader(body->content);
  const auto version = reader.next(der_integer);  // absent in version 1
  const auto algorithm = reader.next(der_sequence);
  const auto issuer = reader.next(der_sequence);
  const auto this_update = reader.next();
  if (!algorithm || !issuer || !this_update || !is_time(this_update->tag)) return false;
  inner_algorithm_ = algorithm->whole;
  issuer_ = issuer->whole;
  const auto at = read_time(this_update->whole);
  if (!at) return false;
  this_update_ = *at;
  if (is_time(reader.peek())) {
    const auto next = reader.next();
    next_update_ = next ? read_time(next->whole) : std::nullopt;
    if (!next_update_) return false;
  }
  if (reader.peek() == der_sequence) {
    const auto revoked = reader.next();
    if (!revoked) return false;
    revoked_ = revoked->content;
  }
  if (!read_entries()) return false;
  if (reader.empty()) return true;
  const auto extensions = reader.next(der_context_0);
  return extensions && reader.empty() && version && read_extensions(extensions->content);
}

bool Crl::read_entries() {
  DerReader list(revoked_);
  ByteView serial;
  Entry entry;
  for (; !list.empty(); ++entries_) {
    if (!read_entry(list, serial, entry)) return false;
  }
  return true;
}

bool Crl::read_extensions(ByteView list) {
  DerReader outer(list);
  const auto sequence = outer.next(der_sequence);
  if (!sequence || !outer.empty()) return false;
  DerReader reader(sequence->content);
  while (!reader.empty()) {
    const auto element = reader.next(der_sequence);
    const auto one = element ? read_one(element->content) : std::nullopt;
    if (!one || !read_extension(one->oid, one->value, one->critical)) return false;
  }
  return true;
}

bool Crl::read_extension(std::string_view oid, ByteView value, bool critical) {
  switch (arc_of(oid)) {
    case delta_indicator:
      delta_ = true;
      return true;
    case issuing_point: {
      const auto point =
          decode_whole<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free, d2i_ISSUING_DIST_POINT>(value);
      if (!point) return false;
      scope_ = {
          uris_of(point->distpoint),         point->onlyuser > 0,   point->onlyCA > 0, point->onlyattr > 0,
          point->onlysomereasons != nullptr, point->indirectCRL > 0};
      return true;
    }
    case issuer_alt_name:
    case crl_number:
    case authority_key:
    case freshest:
    case expired_certificates:
      return true;
    default:
      unknown_ = unknown_ || critical;
      return true;
  }
}

Status Crl::verify(ByteView issuer) const {
  const QuietErrors quiet;
  const X509Handle signer = decode_x509(issuer);
  EVP_PKEY* key = signer ? X509_get0_pubkey(signer.get()) : nullptr;
  if (key == nullptr) return not_by("the issuer's certificate or its key cannot be read");
  const auto name = decode_whole<X509_NAME, X509_NAME_free, d2i_X509_NAME>(issuer_);
  if (!name || X509_NAME_cmp(name.get(), X509_get_subject_name(signer.get())) != 0) {
    return not_by("it is a list of another issuer");
  }
  if ((X509_get_key_usage(signer.get()) & KU_CRL_SIGN) == 0) return not_by("its issuer may not sign CRLs");
  const auto algorithm = decode_whole<X509_ALGOR, X509_ALGOR_free, d2i_X509_ALGOR>(algorithm_);
  if (!algorithm || !std::ranges::equal(algorithm_, inner_algorithm_)) {
    return not_by("its two signature algorithms differ");
  }
  const StringHandle bits(ASN1_STRING_type_new(V_ASN1_BIT_STRING));
  const StringHandle body(ASN1_STRING_type_new(V_ASN1_SEQUENCE));
  if (!bits || !body ||
      ASN1_STRING_set(bits.get(), signature_.data(), static_cast<int>(signature_.size())) != 1 ||
      ASN1_STRING_set(body.get(), signed_part_.data(), static_cast<int>(signed_part_.size())) != 1) {
    return not_by("its signature cannot be examined");
  }
  // ASN1_SEQUENCE writes the bytes as they came, tag included.
  if (ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), algorithm.get(), bits.get(), body.get(), key) != 1) {
    return not_by("its signature does not verify with the issuer's key");
  }
  return {};
}

std::optional<Crl::Entry> Crl::find(ByteView serial) const {
  const ByteView wanted = without_zeros(serial);
  DerReader list(revoked_);
  ByteView number;
  Entry entry;
  while (!list.empty() && read_entry(list, number, entry)) {
    if (std::ranges::equal(without_zeros(number), wanted)) return entry;
  }
  return std::nullopt;
}

RevocationAnswer look_up(const Crl& crl, ByteView certificate, Instant now) {
  const QuietErrors quiet;
  const X509Handle x509 = decode_x509(certificate);
  if (!x509) return cannot_tell("the certificate breaks the rules of X.509");
  if (auto late = out_of_time(crl.this_update(), crl.next_update(), now)) return cannot_tell(*late);
  if (auto why = outside(crl, x509.get(), revocation_sources(certificate))) return cannot_tell(*why);
  const ASN1_INTEGER* number = X509_get0_serialNumber(x509.get());
  if (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER) {
    return cannot_tell("the certificate's serial number is negative");
  }
  RevocationAnswer out;
  out.this_update = crl.this_update();
  out.next_update = crl.next_update();
  const auto entry =
      crl.find({ASN1_STRING_get0_data(number), static_cast<std::size_t>(ASN1_STRING_length(number))});
  if (!entry) {
    if (crl.scope().some_reasons) return cannot_tell("it knows only some of the reasons for revoking");
    out.state = RevocationState::good;
    return out;
  }
  const EntryDetails details = read_details(entry->extensions);
  if (details.other_issuer) return cannot_tell("the entry is of another issuer");
  if (details.unknown) return cannot_tell("the entry has a critical extension that is not understood");
  if (details.reason == remove_from_crl) {
    out.state = RevocationState::good;
    out.detail = "the certificate was taken off the list again";
    return out;
  }
  const auto since = read_time(entry->revocation_date);
  if (!since) return cannot_tell("the entry has no date that can be read");
  out.state = RevocationState::revoked;
  out.revoked_at = *since;
  if (details.reason) out.reason = reason_name(*details.reason);
  return out;
}

}  // namespace certherald::codec::revocation
