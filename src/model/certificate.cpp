#include "model/certificate.hpp"

namespace certherald::model {

std::string display_common_name(const Certificate& certificate) {
  if (!certificate.common_name.empty()) return certificate.common_name;
  if (!certificate.dns_names.empty()) return certificate.dns_names.front();
  if (!certificate.ip_addresses.empty()) return certificate.ip_addresses.front();
  return "serial " + certificate.serial;
}

std::string display_domain_name(const Certificate& certificate) {
  if (!certificate.dns_names.empty()) return certificate.dns_names.front();
  if (!certificate.ip_addresses.empty()) return certificate.ip_addresses.front();
  return display_common_name(certificate);
}

std::vector<std::string> subject_alternative_names(const Certificate& certificate) {
  std::vector<std::string> names = certificate.dns_names;
  names.insert(names.end(), certificate.ip_addresses.begin(), certificate.ip_addresses.end());
  return names;
}

std::string subject_text(const Certificate& certificate) { return "cert:" + certificate.sha256; }

}  // namespace certherald::model
