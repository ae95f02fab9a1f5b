#include "codec/revocation/sources.hpp"

#include <algorithm>
#include <ctime>

#include "base/text.hpp"
#include "codec/digest.hpp"
#include "codec/revocation/handles.hpp"

namespace certherald::codec::revocation {
namespace {

constexpr std::size_t most_urls = 8;
constexpr std::size_t longest_url = 2048;
constexpr long status_request = 5;  // RFC 6066 section 8

template <class T>
T* extension(const X509* certificate, int nid) {
  return static_cast<T*>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr));
}

// A URI that can be fetched: http or https, printable ASCII.
bool is_fetchable(std::string_view uri) {
  const std::string lower = lower_ascii(uri.substr(0, 8));
  const bool printable = std::ranges::all_of(uri, [](char c) { return c > ' ' && c < '\x7f'; });
  return printable && uri.size() <= longest_url && (lower.starts_with("http://") || lower == "https://");
}

// Adds the URI, or counts what cannot be used.
void add(const GENERAL_NAME* name, std::vector<std::string>& to, int& unusable) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (type != GEN_URI || value == nullptr) {
    ++unusable;
    return;
  }
  const std::string uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                        static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (!is_fetchable(uri)) {
    ++unusable;
  } else if (to.size() < most_urls && std::ranges::find(to, uri) == to.end()) {
    to.push_back(uri);
  }
}

void read_points(const X509* certificate, RevocationSources& out) {
  constexpr int full_name = 0;
  const PointsHandle points(extension<STACK_OF(DIST_POINT)>(certificate, NID_crl_distribution_points));
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->CRLissuer != nullptr) {
      out.other_crl_issuer = true;
      continue;
    }
    if (point->reasons != nullptr) out.reasons_split = true;
    if (point->distpoint == nullptr || point->distpoint->type != full_name) {
      ++out.unusable;  // relative to the name of a CRL issuer: for directories
      continue;
    }
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int j = 0; j < sk_GENERAL_NAME_num(names); ++j) {
      add(sk_GENERAL_NAME_value(names, j), out.crl, out.unusable);
    }
  }
}

void read_access(const X509* certificate, RevocationSources& out) {
  const AccessHandle access(extension<AUTHORITY_INFO_ACCESS>(certificate, NID_info_access));
  int ignored = 0;
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    const int method = OBJ_obj2nid(one->method);
    if (method == NID_ad_OCSP) add(one->location, out.ocsp, out.unusable);
    if (method == NID_ad_ca_issuers) add(one->location, out.issuer, ignored);
  }
}

bool wants_staple(const X509* certificate) {
  auto* features = extension<TLS_FEATURE>(certificate, NID_tlsfeature);
  bool found = false;
  for (int i = 0; i < sk_ASN1_INTEGER_num(features); ++i) {
    found = found || ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == status_request;
  }
  TLS_FEATURE_free(features);
  return found;
}

}  // namespace

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm civil{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &civil) != 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(civil.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(civil.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(civil.tm_mday))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(civil.tm_hour) +
         std::chrono::minutes(civil.tm_min) + Seconds(civil.tm_sec);
}

RevocationSources revocation_sources(ByteView certificate) {
  const QuietErrors quiet;
  RevocationSources out;
  const X509Handle x509 = decode_x509(certificate);
  if (!x509) return out;
  read_points(x509.get(), out);
  read_access(x509.get(), out);
  out.must_staple = wants_staple(x509.get());
  out.delta_named = X509_get_ext_by_NID(x509.get(), NID_freshest_crl, -1) >= 0;
  return out;
}

bool issued_by(ByteView certificate, ByteView issuer) {
  const QuietErrors quiet;
  const X509Handle below = decode_x509(certificate);
  const X509Handle above = decode_x509(issuer);
  if (!below || !above || X509_check_issued(above.get(), below.get()) != X509_V_OK) return false;
  EVP_PKEY* key = X509_get0_pubkey(above.get());
  return key != nullptr && X509_verify(below.get(), key) == 1;
}

std::string status_key(ByteView certificate, ByteView issuer) {
  const QuietErrors quiet;
  const X509Handle below = decode_x509(certificate);
  const X509Handle above = decode_x509(issuer);
  if (!below || !above) return {};
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(above.get()), &der);
  if (size <= 0) return {};
  std::string key = sha256_hex({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  const ASN1_INTEGER* serial = X509_get0_serialNumber(below.get());
  const ByteView bytes(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
  return key + (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? " -" : " ") + to_hex(bytes);
}

}  // namespace certherald::codec::revocation
