#include "app/fleet.hpp"

#include <map>
#include <unordered_set>

#include "app/settings.hpp"
#include "codec/digest.hpp"
#include "codec/x509/batch_gcd.hpp"
#include "codec/x509/certificate.hpp"
#include "inventory/fleet.hpp"
#include "model/fleet.hpp"
#include "policy/assess_fleet.hpp"

namespace certherald::app {
namespace {

using inventory::Alike;
using inventory::FleetFault;

policy::FleetCandidate candidate_of(const FleetFault& fault) {
  policy::FleetCandidate out{
      fault.check, fault.certificate.certificate.sha256, fault.reason, fault.evidence, {}};
  for (const inventory::Deployment& deployment : fault.certificate.deployments) {
    out.places.push_back({deployment.endpoint, deployment.address, deployment.last_seen});
  }
  return out;
}

Result<std::vector<FleetFault>> faults_of(store::Session& session, const std::vector<std::string>& broken) {
  const auto keys = session.in_use_alike(Alike::key);
  if (!keys) return fail(keys.error());
  const auto serials = session.in_use_alike(Alike::serial);
  if (!serials) return fail(serials.error());
  const auto weak = session.in_use_with_keys(broken);
  if (!weak) return fail(weak.error());
  std::vector<FleetFault> out = inventory::shared_keys(*keys);
  std::ranges::move(inventory::duplicate_serials(*serials), std::back_inserter(out));
  std::ranges::move(inventory::shared_primes(*weak), std::back_inserter(out));
  return out;
}

// Those that are not resolved, and those of the candidates.
Result<std::vector<model::Finding>> known_findings(store::Session& session,
                                                   const std::vector<policy::FleetCandidate>& candidates) {
  std::map<std::string, std::vector<model::Subject>> subjects;
  for (const policy::FleetCandidate& one : candidates) {
    subjects[one.check].push_back({model::SubjectKind::certificate, "cert:" + one.sha256});
  }
  auto known = session.unresolved_findings();
  if (!known) return known;
  for (const auto& [check, of_check] : subjects) {
    auto more = session.findings_of(check, of_check);
    if (!more) return more;
    std::ranges::move(*more, std::back_inserter(*known));
  }
  return known;
}

}  // namespace

Result<RsaKeys> read_rsa_keys(store::Store& store) {
  RsaKeys out;
  std::unordered_set<std::string> seen;
  const Status read = store.read([&](store::Session& session) {
    return session.each_rsa_key([&](const std::string& spki_sha256, ByteView der) -> Status {
      Bytes modulus = codec::x509::certificate_details(der).key.modulus;
      // The same modulus with another exponent is no shared prime.
      if (!seen.insert(codec::sha256_hex(modulus)).second) return {};
      out.spki_sha256.push_back(spki_sha256);
      out.moduli.push_back(std::move(modulus));
      return {};
    });
  });
  if (!read) return fail(read.error());
  return out;
}

std::vector<std::string> broken_keys(const RsaKeys& keys) {
  std::vector<std::string> out;
  for (const std::size_t index : codec::x509::sharing_a_factor(keys.moduli)) {
    out.push_back(keys.spki_sha256[index]);
  }
  return out;
}

Status assess_fleet(store::Session& session, const std::vector<std::string>& broken, Instant now) {
  const auto settings = load_settings(session);
  if (!settings) return fail(settings.error());
  const auto faults = faults_of(session, broken);
  if (!faults) return fail(faults.error());
  std::vector<policy::FleetCandidate> candidates;
  for (const FleetFault& fault : *faults) candidates.push_back(candidate_of(fault));
  const auto known = known_findings(session, candidates);
  if (!known) return fail(known.error());
  const policy::AssessRules rules{settings->scan.verify_after.elapsed()};
  for (const policy::FindingChange& change : policy::assess_fleet(candidates, *known, rules, now)) {
    const auto saved = session.save(change.after);
    if (!saved) return fail(saved.error());
  }
  return {};
}

}  // namespace certherald::app
