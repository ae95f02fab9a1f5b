#include "codec/x509/fields.hpp"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <algorithm>
#include <ctime>

#include "base/bytes.hpp"
#include "codec/x509/handles.hpp"
#include "codec/x509/name.hpp"

namespace certherald::codec::x509 {

Instant instant_of(const ASN1_TIME* time, Instant when_unreadable) {
  std::tm civil{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &civil) != 1) return when_unreadable;
  const std::chrono::year_month_day date{std::chrono::year(civil.tm_year + 1900),
                                         std::chrono::month(static_cast<unsigned>(civil.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(civil.tm_mday))};
  if (!date.ok()) return when_unreadable;
  const Instant instant = std::chrono::sys_days(date) + std::chrono::hours(civil.tm_hour) +
                          std::chrono::minutes(civil.tm_min) + Seconds(civil.tm_sec);
  return std::clamp(instant, earliest, latest);
}

std::string serial_text(const ASN1_INTEGER* serial) {
  const BignumHandle number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (!number) return "00";
  const bool negative = BN_is_negative(number.get()) == 1;
  Bytes magnitude(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), magnitude.data());
  if (magnitude.empty()) magnitude.push_back(0);
  return (negative ? "-" : "") + to_hex(magnitude);
}

std::string algorithm_text(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  const int nid = OBJ_obj2nid(object);
  return nid == NID_undef ? oid_text(object) : OBJ_nid2ln(nid);
}

std::string curve_text(std::string_view group) {
  const int nid = OBJ_txt2nid(std::string(group).c_str());
  if (nid == NID_undef) return std::string(group);
  if (const char* nist = EC_curve_nid2nist(nid)) return nist;
  return OBJ_nid2sn(nid);
}

}  // namespace certherald::codec::x509
