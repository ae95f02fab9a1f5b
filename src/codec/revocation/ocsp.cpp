#include "codec/revocation/ocsp.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>

#include "codec/revocation/handles.hpp"

namespace certherald::codec::revocation {
namespace {

using RequestHandle = Handle<OCSP_REQUEST, OCSP_REQUEST_free>;
using ResponseHandle = Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using BasicHandle = Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using IdHandle = Handle<OCSP_CERTID, OCSP_CERTID_free>;
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using x509::BorrowedStack;

constexpr int most_parts = 64;  // single responses and certificates that are looked at

std::string refusal(int status) {
  constexpr auto names = std::to_array<std::string_view>(
      {"successful", "malformedRequest", "internalError", "tryLater", "", "sigRequired", "unauthorized"});
  const auto at = static_cast<std::size_t>(status);
  if (status < 0 || at >= names.size() || names[at].empty())
    return fmt::format("the responder says {}", status);
  return fmt::format("the responder says {}", names[at]);
}

// Whether a certID means this certificate, by whatever of the usual hashes it was made.
bool is_about(const OCSP_SINGLERESP* single, const X509* certificate, const X509* issuer) {
  const OCSP_CERTID* id = OCSP_SINGLERESP_get0_id(single);
  ASN1_OBJECT* hash = nullptr;
  OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, const_cast<OCSP_CERTID*>(id));
  const int nid = OBJ_obj2nid(hash);
  const EVP_MD* known = nullptr;
  if (nid == NID_sha1) known = EVP_sha1();
  if (nid == NID_sha256) known = EVP_sha256();
  if (nid == NID_sha384) known = EVP_sha384();
  if (nid == NID_sha512) known = EVP_sha512();
  if (known == nullptr) return false;
  const IdHandle ours(OCSP_cert_to_id(known, certificate, issuer));
  return ours && OCSP_id_cmp(ours.get(), id) == 0;
}

OCSP_SINGLERESP* find_part(OCSP_BASICRESP* basic, const X509* certificate, const X509* issuer) {
  const int count = std::min(OCSP_resp_count(basic), most_parts);
  for (int i = 0; i < count; ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    if (is_about(single, certificate, issuer)) return single;
  }
  return nullptr;
}

// By the issuer itself, or by a responder that it vouches for; nobody else is trusted.
bool is_signed(OCSP_BASICRESP* basic, X509* issuer, Instant now) {
  const StoreHandle store(X509_STORE_new());
  const BorrowedStack known(sk_X509_new_null());
  if (!store || !known || X509_STORE_add_cert(store.get(), issuer) != 1) return false;
  if (sk_X509_push(known.get(), issuer) == 0) return false;
  if (sk_X509_num(OCSP_resp_get0_certs(basic)) > most_parts) return false;
  X509_VERIFY_PARAM* rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(rules, now.time_since_epoch().count());
  X509_VERIFY_PARAM_set_auth_level(rules, 0);  // weak hashes and keys are judged elsewhere
  return OCSP_basic_verify(basic, known.get(), store.get(), 0) == 1;
}

RevocationAnswer read_part(OCSP_SINGLERESP* single, Instant now) {
  int reason = -1;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* from = nullptr;
  ASN1_GENERALIZEDTIME* until = nullptr;
  const int status = OCSP_single_get0_status(single, &reason, &revoked, &from, &until);
  const auto this_update = instant_of(from);
  const auto next_update = instant_of(until);
  if (!this_update || (until != nullptr && !next_update)) return cannot_tell("its dates cannot be read");
  if (auto late = out_of_time(*this_update, next_update, now)) return cannot_tell(*late);
  RevocationAnswer out;
  out.this_update = *this_update;
  out.next_update = next_update;
  switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
      out.state = RevocationState::good;
      return out;
    case V_OCSP_CERTSTATUS_REVOKED:
      out.state = RevocationState::revoked;
      out.revoked_at = instant_of(revoked).value_or(*this_update);
      if (reason >= 0) out.reason = reason_name(reason);
      return out;
    default:
      return cannot_tell("the responder does not know the certificate");
  }
}

bool has_other_nonce(ByteView request, OCSP_BASICRESP* basic) {
  constexpr int differs = 0;
  if (request.empty()) return false;
  const auto asked = decode_whole<OCSP_REQUEST, OCSP_REQUEST_free, d2i_OCSP_REQUEST>(request);
  return asked && OCSP_check_nonce(asked.get(), basic) == differs;
}

}  // namespace

Result<Bytes> ocsp_request(ByteView certificate, ByteView issuer, ByteView nonce) {
  const QuietErrors quiet;
  const X509Handle below = decode_x509(certificate);
  const X509Handle above = decode_x509(issuer);
  if (!below || !above) return fail(ErrorKind::invalid_input, "the certificate breaks the rules of X.509");
  const RequestHandle request(OCSP_REQUEST_new());
  IdHandle id(OCSP_cert_to_id(EVP_sha1(), below.get(), above.get()));
  if (!request || !id || OCSP_request_add0_id(request.get(), id.get()) == nullptr) {
    return fail(ErrorKind::internal, "the request cannot be made");
  }
  std::ignore = id.release();  // the request's now
  if (!nonce.empty()) {
    Bytes copy(nonce.begin(), nonce.end());
    OCSP_request_add1_nonce(request.get(), copy.data(), static_cast<int>(copy.size()));
  }
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_REQUEST(request.get(), &der);
  if (size <= 0) return fail(ErrorKind::internal, "the request cannot be made");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

RevocationAnswer read_ocsp(ByteView response, ByteView certificate, ByteView issuer, Instant now,
                           ByteView request) {
  const QuietErrors quiet;
  if (response.size() > max_ocsp_size) {
    return cannot_tell(fmt::format("a response of {} bytes is too large", response.size()));
  }
  const X509Handle below = decode_x509(certificate);
  const X509Handle above = decode_x509(issuer);
  if (!below || !above) return cannot_tell("the certificate breaks the rules of X.509");
  const auto whole = decode_whole<OCSP_RESPONSE, OCSP_RESPONSE_free, d2i_OCSP_RESPONSE>(response);
  if (!whole) return cannot_tell("it is no OCSP response");
  const int status = OCSP_response_status(whole.get());
  if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL) return cannot_tell(refusal(status));
  const BasicHandle basic(OCSP_response_get1_basic(whole.get()));
  if (!basic) return cannot_tell("it is an OCSP response of an unknown kind");
  OCSP_SINGLERESP* part = find_part(basic.get(), below.get(), above.get());
  if (part == nullptr) return cannot_tell("it is about another certificate");
  if (!is_signed(basic.get(), above.get(), now)) {
    return cannot_tell("it is not signed by the issuer, nor by a responder that the issuer vouches for");
  }
  if (has_other_nonce(request, basic.get())) return cannot_tell("it answers another request");
  return read_part(part, now);
}

}  // namespace certherald::codec::revocation
