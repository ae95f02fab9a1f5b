#include "app/fleet.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <utility>

#include "app/settings.hpp"
#include "codec/x509/batch_gcd.hpp"
#include "codec/x509/certificate.hpp"
#include "inventory/fleet.hpp"
#include "policy/assess_fleet.hpp"

namespace certherald::app {
namespace {

using inventory::Alike;
using inventory::FleetFault;
using inventory::RsaCertificate;

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

std::size_t RsaKeys::Hash::operator()(const Print& print) const {
  std::size_t out = 0;
  std::memcpy(&out, print.data(), sizeof out);
  return out;
}

Result<std::vector<RsaCertificate>> RsaKeys::next(store::Session& session) const {
  constexpr std::size_t at_once = 500;
  return session.rsa_certificates(after_, at_once);
}

void RsaKeys::add(const std::vector<RsaCertificate>& certificates) {
  for (const RsaCertificate& certificate : certificates) {
    after_ = certificate.row;
    const auto bytes = from_hex(certificate.spki_sha256);
    Print print{};
    if (!bytes || bytes->size() != print.size()) continue;
    std::ranges::copy(*bytes, print.begin());
    if (seen_.contains(print)) continue;
    Bytes modulus = codec::x509::certificate_details(certificate.der).key.modulus;
    if (modulus.empty()) continue;
    seen_.insert(print);
    keys_.push_back({std::move(modulus), print});
  }
}

std::vector<std::string> RsaKeys::take_broken(const std::stop_token& stop) {
  seen_ = {};
  std::vector<Key> keys = std::exchange(keys_, {});
  // The same modulus with another exponent or padding is another key, but shares no prime.
  std::ranges::sort(keys, {}, &Key::modulus);
  std::vector<ByteView> moduli;
  std::vector<std::size_t> first;  // its first key, of each modulus
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0 && keys[i].modulus == keys[i - 1].modulus) continue;
    moduli.emplace_back(keys[i].modulus);
    first.push_back(i);
  }
  std::vector<std::string> out;
  for (const std::size_t index : codec::x509::sharing_a_factor(moduli, {.stop = stop})) {
    const std::size_t end = index + 1 < first.size() ? first[index + 1] : keys.size();
    for (std::size_t i = first[index]; i < end; ++i) out.push_back(to_hex(keys[i].spki_sha256));
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
  std::vector<model::Finding> findings;
  for (policy::FindingChange& change : policy::assess_fleet(candidates, *known, rules, now)) {
    findings.push_back(std::move(change.after));
  }
  const auto saved = session.save_all(findings);
  if (!saved) return fail(saved.error());
  return {};
}

}  // namespace certherald::app
