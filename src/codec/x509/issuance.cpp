#include "codec/x509/issuance.hpp"

#include "base/text.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/name.hpp"

namespace certherald::codec::x509 {
namespace {

using AccessHandle = Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using OctetsHandle = Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

// The extension's value is an OCTET STRING around the list (RFC 6962 section 3.3).
Bytes embedded_timestamps(const X509* x509) {
  const int at = X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1);
  if (at < 0) return {};
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(x509, at));
  const unsigned char* bytes = ASN1_STRING_get0_data(value);
  const OctetsHandle inner(d2i_ASN1_OCTET_STRING(nullptr, &bytes, ASN1_STRING_length(value)));
  if (!inner) return {};
  const unsigned char* data = ASN1_STRING_get0_data(inner.get());
  return {data, data + ASN1_STRING_length(inner.get())};
}

std::vector<std::string> issuer_urls(const X509* x509) {
  constexpr std::size_t most = 8;
  std::vector<std::string> out;
  const AccessHandle access(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(x509, NID_info_access, nullptr, nullptr)));
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()) && out.size() < most; ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = one->location->d.uniformResourceIdentifier;
    const ByteView bytes(ASN1_STRING_get0_data(uri), static_cast<std::size_t>(ASN1_STRING_length(uri)));
    std::string text = to_utf8(as_text(bytes));
    if (text.starts_with("http://") || text.starts_with("https://")) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace

IssuanceDetails issuance_details(const X509* certificate) {
  return {last_common_name(X509_get_issuer_name(certificate)), embedded_timestamps(certificate),
          issuer_urls(certificate)};
}

}  // namespace certherald::codec::x509
