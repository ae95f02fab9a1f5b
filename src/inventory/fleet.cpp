#include "inventory/fleet.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace certherald::inventory {
namespace {

using Group = std::vector<const CertificateInUse*>;

std::vector<std::string> names_of(const model::Certificate& certificate) {
  auto names = model::subject_alternative_names(certificate);
  if (names.empty()) names.push_back(model::display_common_name(certificate));
  std::ranges::sort(names);
  return names;
}

std::string others_text(const Group& others) {
  std::vector<std::string> lines;
  for (const CertificateInUse* other : others) {
    lines.push_back(
        fmt::format("{} ({})", model::display_common_name(other->certificate), other->certificate.sha256));
  }
  return join(lines, "\n");
}

template <class Key>
std::map<std::string, Group> groups_by(std::span<const CertificateInUse> alike, const Key& key) {
  std::map<std::string, Group> groups;
  for (const CertificateInUse& one : alike) groups[key(one.certificate)].push_back(&one);
  return groups;
}

FleetFault fault(std::string_view check, const CertificateInUse& one, std::string reason,
                 const Group& others) {
  return {std::string(check),
          one,
          std::move(reason),
          {{"certificate", one.certificate.sha256}, {"others", others_text(others)}}};
}

}  // namespace

std::vector<FleetFault> shared_keys(std::span<const CertificateInUse> alike) {
  std::vector<FleetFault> out;
  for (const auto& [key, group] :
       groups_by(alike, [](const model::Certificate& c) { return c.key.spki_sha256; })) {
    for (const CertificateInUse* one : group) {
      Group others;
      std::ranges::copy_if(group, std::back_inserter(others), [one](const CertificateInUse* other) {
        return names_of(other->certificate) != names_of(one->certificate);
      });
      if (others.empty()) continue;
      out.push_back(fault(
          "shared_key", *one,
          others.size() == 1 ? "another certificate in use, for other names, has the same key"
                             : fmt::format("{} other certificates in use, for other names, have the same key",
                                           others.size()),
          others));
    }
  }
  return out;
}

std::vector<FleetFault> duplicate_serials(std::span<const CertificateInUse> alike) {
  std::vector<FleetFault> out;
  const auto key = [](const model::Certificate& c) { return c.serial + "\n" + c.issuer; };
  for (const auto& [serial, group] : groups_by(alike, key)) {
    for (const CertificateInUse* one : group) {
      Group others;
      std::ranges::copy_if(group, std::back_inserter(others),
                           [one](const CertificateInUse* other) { return other != one; });
      if (others.empty()) continue;
      out.push_back(fault("duplicate_serial", *one,
                          fmt::format("its issuer gave the serial number {} to another certificate too",
                                      one->certificate.serial),
                          others));
    }
  }
  return out;
}

std::vector<FleetFault> shared_primes(std::span<const CertificateInUse> broken) {
  std::vector<FleetFault> out;
  for (const CertificateInUse& one : broken) {
    out.push_back(
        {"batch_gcd",
         one,
         "its RSA key shares a prime with another key of the inventory",
         {{"certificate", one.certificate.sha256}, {"spki_sha256", one.certificate.key.spki_sha256}}});
  }
  return out;
}

}  // namespace certherald::inventory
