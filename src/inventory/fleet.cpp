#include "inventory/fleet.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"

namespace certherald::inventory {
namespace {

// Thousands of certificates may have a key in common: each names some of the others, not all.
constexpr std::size_t most_named = 20;

using Group = std::vector<const CertificateInUse*>;
using Names = std::set<std::string>;

Names names_of(const model::Certificate& certificate) {
  const auto names = model::subject_alternative_names(certificate);
  if (names.empty()) return {model::display_common_name(certificate)};
  return {names.begin(), names.end()};
}

std::set<model::EndpointKey> endpoints_of(const CertificateInUse& one) {
  std::set<model::EndpointKey> out;
  for (const Deployment& deployment : one.deployments) out.insert(deployment.endpoint);
  return out;
}

// `others` has one more than are named where there are more.
FleetFault fault(std::string_view check, const CertificateInUse& one, std::string reason,
                 const Group& others) {
  std::vector<std::string> lines;
  for (const CertificateInUse* other : others) {
    if (lines.size() == most_named) break;
    lines.push_back(
        fmt::format("{} ({})", model::display_common_name(other->certificate), other->certificate.sha256));
  }
  if (others.size() > most_named) lines.emplace_back("and more");
  return {std::string(check),
          one,
          std::move(reason),
          {{"certificate", one.certificate.sha256}, {"others", join(lines, "\n")}}};
}

template <class Key>
std::map<std::string, Group> groups_by(std::span<const CertificateInUse> alike, const Key& key) {
  std::map<std::string, Group> groups;
  for (const CertificateInUse& one : alike) groups[key(one.certificate)].push_back(&one);
  return groups;
}

// Of one key: those that have these names.
using ByNames = std::map<Names, Group>;

// At most one more than are named.
Group others_of(const CertificateInUse& one, const Names& names, const ByNames& by_names) {
  Group others;
  const auto endpoints = endpoints_of(one);
  for (const auto& [other_names, group] : by_names) {
    if (std::ranges::includes(names, other_names) || std::ranges::includes(other_names, names)) continue;
    for (const CertificateInUse* other : group) {
      const bool at_one_endpoint = std::ranges::any_of(
          other->deployments, [&](const Deployment& at) { return endpoints.contains(at.endpoint); });
      if (!at_one_endpoint) others.push_back(other);
      if (others.size() > most_named) return others;
    }
  }
  return others;
}

std::string shared_key_reason(std::size_t others) {
  if (others == 1) return "another certificate in use, for other names, has the same key";
  const std::string count =
      others > most_named ? fmt::format("more than {}", most_named) : std::to_string(others);
  return fmt::format("{} other certificates in use, for other names, have the same key", count);
}

void find_shared(const Group& same_key, std::vector<FleetFault>& out) {
  ByNames by_names;
  for (const CertificateInUse* one : same_key) by_names[names_of(one->certificate)].push_back(one);
  for (const auto& [names, group] : by_names) {
    for (const CertificateInUse* one : group) {
      const Group others = others_of(*one, names, by_names);
      if (others.empty()) continue;
      out.push_back(fault("shared_key", *one, shared_key_reason(others.size()), others));
    }
  }
}

std::string issued_as(const model::Certificate& certificate) {
  const std::string& key = certificate.key.spki_sha256;
  return fmt::format("{}\n{}\n{}", certificate.serial, certificate.self_signed ? key : "",
                     certificate.issuer);
}

}  // namespace

std::vector<FleetFault> shared_keys(std::span<const CertificateInUse> alike) {
  std::vector<FleetFault> out;
  const auto key = [](const model::Certificate& certificate) { return certificate.key.spki_sha256; };
  for (const auto& [spki, group] : groups_by(alike, key)) {
    if (!spki.empty()) find_shared(group, out);
  }
  return out;
}

std::vector<FleetFault> duplicate_serials(std::span<const CertificateInUse> alike) {
  std::vector<FleetFault> out;
  for (const auto& [serial, group] : groups_by(alike, issued_as)) {
    for (const CertificateInUse* one : group) {
      Group others;
      for (const CertificateInUse* other : group) {
        if (other != one) others.push_back(other);
        if (others.size() > most_named) break;
      }
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
