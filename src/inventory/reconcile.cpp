#include "inventory/reconcile.hpp"

#include <algorithm>
#include <iterator>

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

std::string chain_text(const std::vector<model::Certificate>& chain) {
  std::vector<std::string> prints;
  prints.reserve(chain.size());
  for (const model::Certificate& certificate : chain) prints.push_back(certificate.sha256);
  return join(prints, ",");
}

// A line of its own for each, and none where there are none.
std::string others_text(const Observation& observation) {
  std::vector<std::string> chains;
  chains.reserve(observation.other_chains.size());
  for (const model::OtherChain& other : observation.other_chains) {
    chains.push_back("\nother=" + chain_text(other.chain));
  }
  std::ranges::sort(chains);
  return join(chains, "");
}

std::string verdicts_text(const Observation& observation) {
  std::vector<std::string> verdicts;
  verdicts.reserve(observation.checks.size());
  for (const model::CheckResult& result : observation.checks) {
    verdicts.push_back(fmt::format("{}:{}", result.id, to_string(result.verdict)));
  }
  return join(verdicts, ",");
}

std::vector<std::string> leaves_of(const Observation& observation) {
  std::vector<std::string> leaves;
  if (observation.status != ScanStatus::scanned || observation.chain.empty()) return leaves;
  leaves.push_back(observation.chain.front().sha256);
  for (const model::OtherChain& other : observation.other_chains) {
    if (other.for_name) leaves.push_back(other.chain.front().sha256);
  }
  std::ranges::sort(leaves);
  leaves.erase(std::ranges::unique(leaves).begin(), leaves.end());
  return leaves;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  std::vector<std::string> out;
  std::ranges::set_difference(all, some, std::back_inserter(out));
  return out;
}

}  // namespace

Changes reconcile(const KnownAddress& known, const Observation& observation) {
  const auto& digests = known.facts_digests;
  Changes changes;
  if (const auto leaves = leaves_of(observation); !leaves.empty()) {
    changes.started = without(leaves, known.current_leaves);
    changes.continued = without(leaves, changes.started);
    const bool all_seen = observation.others_asked || known.current_leaves.size() == 1;
    if (all_seen) changes.ended = without(known.current_leaves, leaves);
  }
  changes.facts_changed = std::ranges::find(digests, facts_digest(observation)) == digests.end();
  return changes;
}

std::string facts_digest(const Observation& observation) {
  if (observation.status != ScanStatus::scanned)
    return fmt::format("status={}", to_string(observation.status));
  return fmt::format("status={}\nversions={}\ngroups={}\nchain={}{}\nchecks={}",
                     to_string(observation.status), versions_text(observation),
                     groups_text(observation.groups), chain_text(observation.chain), others_text(observation),
                     verdicts_text(observation));
}

std::string scan_scope(const Observation& observation) {
  std::vector<std::string> ids;
  ids.reserve(observation.checks.size());
  for (const model::CheckResult& result : observation.checks) ids.push_back(result.id);
  return join(ids, ",");
}

}  // namespace certherald::inventory
