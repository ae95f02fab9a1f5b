#include "scan/facts.hpp"

#include <algorithm>
#include <array>

#include "base/enum_names.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;

constexpr std::array probed_versions = {ssl2, ssl3, tls10, tls11, tls12, tls13};
constexpr EnumNames<Acceptance, 4> acceptances = {{"accepted", "refused", "unknown", "not asked"}};

}  // namespace

const ProbeEvidence* VersionFacts::proof_of(std::uint32_t cipher) const {
  const auto at = static_cast<std::size_t>(std::ranges::find(ciphers, cipher) - ciphers.begin());
  return at < proofs.size() ? &proofs[at] : nullptr;
}

Facts make_facts(model::Tier tier) {
  Facts facts;
  facts.tier = tier;
  for (const model::ProtocolVersion version : probed_versions) {
    VersionFacts row;
    row.version = version;
    facts.versions.push_back(std::move(row));
  }
  return facts;
}

const VersionFacts& Facts::of(model::ProtocolVersion version) const {
  static const VersionFacts none;
  for (const VersionFacts& row : versions) {
    if (row.version == version) return row;
  }
  return none;
}

VersionFacts& Facts::of(model::ProtocolVersion version) {
  for (VersionFacts& row : versions) {
    if (row.version == version) return row;
  }
  VersionFacts row;
  row.version = version;
  versions.push_back(std::move(row));
  return versions.back();
}

std::string_view to_string(Acceptance acceptance) { return acceptances.name(acceptance); }

}  // namespace certherald::scan
