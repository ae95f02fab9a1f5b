#include "inventory/reconcile.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace certherald::inventory {
namespace {

using model::Observation;
using model::ScanStatus;

std::string versions_text(const Observation& observation) {
  std::vector<std::string> versions;
  versions.reserve(observation.versions.size());
  for (const model::VersionCiphers& accepted : observation.versions) {
    std::vector<std::string> ciphers;
    ciphers.reserve(accepted.ciphers.size());
    for (const model::CipherSuite& suite : accepted.ciphers)
      ciphers.push_back(fmt::format("{:04x}", suite.code));
    versions.push_back(fmt::format("{}:{}", to_string(accepted.version), join(ciphers, ",")));
  }
  return join(versions, ";");
}

// The order in which a server happened to choose groups says nothing.
std::string groups_text(std::vector<std::string> groups) {
  std::ranges::sort(groups);
  groups.erase(std::ranges::unique(groups).begin(), groups.end());
  return join(groups, ",");
}

std::string chain_text(const Observation& observation) {
  std::vector<std::string> prints;
  prints.reserve(observation.chain.size());
  for (const model::Certificate& certificate : observation.chain) prints.push_back(certificate.sha256);
  return join(prints, ",");
}

std::string verdicts_text(const Observation& observation) {
  std::vector<std::string> verdicts;
  verdicts.reserve(observation.checks.size());
  for (const model::CheckResult& result : observation.checks) {
    verdicts.push_back(fmt::format("{}:{}", result.id, to_string(result.verdict)));
  }
  return join(verdicts, ",");
}

DeploymentChange deployment_change(const KnownAddress& known, const Observation& observation) {
  if (observation.status != ScanStatus::scanned || observation.chain.empty()) return DeploymentChange::none;
  if (!known.current_leaf) return DeploymentChange::started;
  const bool same = *known.current_leaf == observation.chain.front().sha256;
  return same ? DeploymentChange::continued : DeploymentChange::replaced;
}

}  // namespace

Changes reconcile(const KnownAddress& known, const Observation& observation) {
  const auto& digests = known.facts_digests;
  Changes changes;
  changes.deployment = deployment_change(known, observation);
  changes.facts_changed = std::ranges::find(digests, facts_digest(observation)) == digests.end();
  return changes;
}

std::string facts_digest(const Observation& observation) {
  if (observation.status != ScanStatus::scanned)
    return fmt::format("status={}", to_string(observation.status));
  return fmt::format("status={}\nversions={}\ngroups={}\nchain={}\nchecks={}", to_string(observation.status),
                     versions_text(observation), groups_text(observation.groups), chain_text(observation),
                     verdicts_text(observation));
}

std::string scan_scope(const Observation& observation) {
  std::vector<std::string> ids;
  ids.reserve(observation.checks.size());
  for (const model::CheckResult& result : observation.checks) ids.push_back(result.id);
  return join(ids, ",");
}

}  // namespace certherald::inventory
