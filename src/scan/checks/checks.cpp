#include "scan/checks/checks.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "codec/x509/certificate.hpp"
#include "model/fleet.hpp"
#include "scan/checks/check_input.hpp"

namespace certherald::scan {
namespace {

// A `probe` check was settled on the wire: there is nothing left to judge.
enum class Needs : std::uint8_t { certificate, revocation, protocol, probe };

struct Row {
  std::string_view id;
  Needs needs;
  model::CheckResult (*check)(const CheckInput&);  // nullptr of a probe
};

// In the order of all_checks(), without those of the fleet; a test holds the two together.
constexpr std::array table = std::to_array<Row>({
    {"expiry", Needs::certificate, check_expiry},
    {"not_yet_valid", Needs::certificate, check_not_yet_valid},
    {"hostname_mismatch", Needs::certificate, check_hostname_mismatch},
    {"self_signed", Needs::certificate, check_self_signed},
    {"untrusted_chain", Needs::certificate, check_untrusted_chain},
    {"weak_signature", Needs::certificate, check_weak_signature},
    {"weak_key", Needs::certificate, check_weak_key},
    {"eku_mismatch", Needs::certificate, check_eku_mismatch},
    {"chain_order", Needs::certificate, check_chain_order},
    {"fermat", Needs::certificate, check_fermat},
    {"roca", Needs::certificate, check_roca},
    {"incomplete_chain", Needs::certificate, check_incomplete_chain},
    {"missing_san", Needs::certificate, check_missing_san},
    {"validity_too_long", Needs::certificate, check_validity_too_long},
    {"sct_missing", Needs::certificate, check_sct_missing},
    {"distrusted_ca", Needs::certificate, check_distrusted_ca},
    {"known_key", Needs::certificate, check_known_key},
    {"revoked_crl", Needs::revocation, check_revoked_crl},
    {"revoked_ocsp", Needs::revocation, check_revoked_ocsp},
    {"revocation_unavailable", Needs::revocation, check_revocation_unavailable},
    {"must_staple_violated", Needs::revocation, check_must_staple_violated},
    {"poodle_sslv3", Needs::protocol, check_poodle_sslv3},
    {"deprecated_protocol", Needs::protocol, check_deprecated_protocol},
    {"weak_ciphers", Needs::protocol, check_weak_ciphers},
    {"insecure_renegotiation", Needs::protocol, check_insecure_renegotiation},
    {"downgrade_sentinel", Needs::protocol, check_downgrade_sentinel},
    {"sslv2", Needs::protocol, check_sslv2},
    {"drown", Needs::protocol, check_drown},
    {"null_ciphers", Needs::protocol, check_null_ciphers},
    {"anonymous_ciphers", Needs::protocol, check_anonymous_ciphers},
    {"export_ciphers", Needs::protocol, check_export_ciphers},
    {"freak", Needs::protocol, check_freak},
    {"logjam", Needs::protocol, check_logjam},
    {"dh_weak", Needs::protocol, check_dh_weak},
    {"dh_reuse", Needs::protocol, check_dh_reuse},
    {"sweet32", Needs::protocol, check_sweet32},
    {"rc4", Needs::protocol, check_rc4},
    {"beast", Needs::protocol, check_beast},
    {"lucky13", Needs::protocol, check_lucky13},
    {"no_forward_secrecy", Needs::protocol, check_no_forward_secrecy},
    {"cipher_order", Needs::protocol, check_cipher_order},
    {"compression_crime", Needs::protocol, check_compression_crime},
    {"heartbleed", Needs::probe, nullptr},
    {"ccs_injection", Needs::probe, nullptr},
    {"fallback_scsv", Needs::probe, nullptr},
    {"robot", Needs::probe, nullptr},
    {"post_quantum", Needs::probe, nullptr},
    {"early_data", Needs::probe, nullptr},
    {"client_renegotiation", Needs::probe, nullptr},
    {"ticketbleed", Needs::probe, nullptr},
    {"poodle_tls", Needs::probe, nullptr},
    {"goldendoodle", Needs::probe, nullptr},
    {"zombie_poodle", Needs::probe, nullptr},
    {"breach", Needs::probe, nullptr},
    {"hsts", Needs::probe, nullptr},
});

std::string with_error(std::string_view what, const std::string& error) {
  return error.empty() ? std::string(what) : fmt::format("{}: {}", what, error);
}

// Why nothing can be said about this address at all.
std::optional<std::string> nothing_seen(const model::Observation& observation) {
  switch (observation.status) {
    case model::ScanStatus::scanned:
      return std::nullopt;
    case model::ScanStatus::unreachable:
      return with_error("the address was not reached", observation.error);
    case model::ScanStatus::not_tls:
      return with_error("the server did not answer with TLS", observation.error);
    case model::ScanStatus::blocked:
      return with_error("the server stopped answering", observation.error);
  }
  return "the scan did not end";
}

// Why the server's own certificate is not the first of the chain.
std::optional<std::string> no_certificate(const model::Observation& observation, const Facts& facts) {
  if (facts.chain.empty() && observation.chain.empty()) {
    return facts.chain_missing.empty() ? "no certificate was presented" : facts.chain_missing;
  }
  if (facts.chain.empty()) return std::nullopt;
  if (!observation.chain.empty() && observation.chain.front().der == facts.chain.front()) return std::nullopt;
  const auto certificate = codec::x509::parse_certificate(facts.chain.front());
  return with_error("the certificate could not be read",
                    certificate ? std::string() : certificate.error().message);
}

model::CheckResult probed(std::string_view id, const CheckInput& input) {
  const auto found = std::ranges::find(input.facts.probed, id, &model::CheckResult::id);
  if (found == input.facts.probed.end()) return inconclusive("it was not probed");
  model::CheckResult result = *found;
  if (result.verdict == model::Verdict::affected) result.evidence["address"] = input.observation.address;
  return result;
}

model::CheckResult run(const Row& row, const CheckInput& input) {
  if (const auto why = nothing_seen(input.observation)) return inconclusive(*why);
  if (row.needs == Needs::probe) return probed(row.id, input);
  if (row.needs != Needs::protocol) {
    if (const auto why = no_certificate(input.observation, input.facts)) return inconclusive(*why);
  }
  return row.check(input);
}

// Hostile names may be as long as a certificate; what is kept and shown of them is not.
void shorten(model::CheckResult& result) {
  result.reason = truncate(result.reason, 400);
  for (auto& [name, value] : result.evidence) value = truncate(value, 20'000);
}

bool is_wanted(std::string_view id, std::span<const std::string> wanted) {
  return wanted.empty() || std::ranges::find(wanted, id) != wanted.end();
}

}  // namespace

std::vector<model::CheckResult> run_checks(const model::Observation& observation, const Facts& facts,
                                           const CheckContext& context, model::Tier tier,
                                           std::span<const std::string> wanted) {
  std::vector<model::CheckResult> results;
  CertificateCache fresh;
  CertificateCache& certificates = context.cache == nullptr ? fresh : *context.cache;
  for (const Row& row : table) {
    const model::CheckInfo* info = model::find_check(row.id);
    if (info == nullptr || info->tier > tier || !is_wanted(row.id, wanted)) continue;
    model::CheckResult result = run(row, {observation, facts, context, certificates});
    result.id = row.id;
    shorten(result);
    results.push_back(std::move(result));
  }
  return results;
}

bool asks_revocation(model::Tier tier, std::span<const std::string> wanted) {
  return std::ranges::any_of(table, [&](const Row& row) {
    const model::CheckInfo* info = model::find_check(row.id);
    return row.needs == Needs::revocation && info != nullptr && info->tier <= tier &&
           is_wanted(row.id, wanted);
  });
}

std::vector<std::string> unknown_checks(std::span<const std::string> wanted) {
  std::vector<std::string> unknown;
  for (const std::string& id : wanted) {
    if (model::find_check(id) == nullptr || model::is_fleet_check(id)) unknown.push_back(id);
  }
  return unknown;
}

}  // namespace certherald::scan
