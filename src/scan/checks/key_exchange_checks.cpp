#include <algorithm>

#include "base/text.hpp"
#include "codec/tls/dh_group.hpp"
#include "scan/checks/suite_words.hpp"

namespace certherald::scan {
namespace {

using codec::tls::CipherInfo;
using codec::tls::KeyExchange;
using enum model::ProtocolVersion;

// Within reach of a state, and for primes of 512 bits of anybody (weakdh.org, 2015).
constexpr int breakable_bits = 1024;
// NIST SP 800-57 part 1, table 2: 112 bits of security.
constexpr int least_bits = 2048;

// "TLS 1.2 TLS_DHE_RSA_WITH_AES_128_CBC_SHA, 1024 bits, RFC 2409 Oakley group 2"
std::string group_line(const DhGroup& group) {
  std::string line = fmt::format("{}, {} bits", suite_line(group.version, group.cipher), group.bits);
  if (const auto name = codec::tls::known_dh_prime(group.prime); !name.empty())
    line += fmt::format(", {}", name);
  return line;
}

Proof proof_of(const CheckInput& input, const DhGroup& group) {
  return {group.version, input.facts.of(group.version).proof_of(group.cipher)};
}

// One of each version.
void add_proof(std::vector<Proof>& proofs, const CheckInput& input, const DhGroup& group) {
  if (std::ranges::find(proofs, group.version, &Proof::version) == proofs.end()) {
    proofs.push_back(proof_of(input, group));
  }
}

bool uses_finite_field(const CipherInfo& info) { return info.finite_field(); }

struct Uses {
  std::vector<std::string> lines;
  std::vector<Proof> proofs;
};

template <class Counts>
Uses suites_that(const Facts& facts, Counts counts) {
  Uses out;
  for (const VersionFacts& row : facts.versions) {
    for (const std::uint32_t code : row.ciphers) {
      const CipherInfo* info = codec::tls::find_cipher_suite(code);
      if (info == nullptr || !counts(*info)) continue;
      out.lines.push_back(suite_line(row.version, code));
      if (out.proofs.empty() || out.proofs.back().version != row.version) {
        out.proofs.push_back({row.version, row.proof_of(code)});
      }
    }
  }
  return out;
}

// What is to be said where no bad group was seen.
model::CheckResult no_bad_group(const CheckInput& input, std::string_view fine) {
  if (const auto open = suites_not_told(input.facts)) return inconclusive(*open);
  const Uses uses = suites_that(input.facts, uses_finite_field);
  if (uses.lines.empty()) return not_affected("no suite with ephemeral Diffie-Hellman is accepted");
  if (input.facts.dh_groups.empty()) return inconclusive("the server's Diffie-Hellman group was not read");
  return not_affected(std::string(fine));
}

// What is wrong with a group of good size or not, "" for nothing.
std::string fault_of(const DhGroup& group) {
  if (group.trivial_value) return "a public value makes the secret known";
  if (!group.prime.empty()) {
    if (const auto fault = codec::tls::dh_group_fault(group.prime, group.generator); !fault.empty()) {
      return std::string(fault);
    }
  }
  return group.bits < least_bits ? "the prime is short" : "";
}

}  // namespace

model::CheckResult check_freak(const CheckInput& input) {
  const Uses uses = suites_that(
      input.facts, [](const CipherInfo& info) { return info.key_exchange == KeyExchange::rsa_export; });
  if (uses.lines.empty()) {
    if (const auto open = suites_not_told(input.facts)) return inconclusive(*open);
    return not_affected("no RSA EXPORT suite is accepted");
  }
  model::Evidence evidence = {{"ciphers", join(uses.lines, "\n")}};
  std::string with;
  if (const auto bits = input.facts.export_rsa_bits) {
    evidence["temporary_rsa_bits"] = fmt::format("{}", *bits);
    with = fmt::format(", with a temporary key of {} bits", *bits);
  }
  return affected(fmt::format("{} RSA EXPORT suite{} accepted{}", uses.lines.size(),
                              uses.lines.size() == 1 ? " is" : "s are", with),
                  with_proofs(std::move(evidence), input, uses.proofs));
}

model::CheckResult check_logjam(const CheckInput& input) {
  Uses uses = suites_that(input.facts, [](const CipherInfo& info) {
    return info.key_exchange == KeyExchange::dhe_export || info.key_exchange == KeyExchange::dh_anon_export;
  });
  std::vector<std::string> reasons;
  if (!uses.lines.empty()) reasons.emplace_back("Diffie-Hellman EXPORT suites are accepted");
  model::Evidence evidence;
  if (!uses.lines.empty()) evidence["ciphers"] = join(uses.lines, "\n");
  std::vector<std::string> groups;
  int smallest = breakable_bits + 1;
  for (const DhGroup& group : input.facts.dh_groups) {
    if (group.bits > breakable_bits) continue;
    smallest = std::min(smallest, group.bits);
    groups.push_back(group_line(group));
    add_proof(uses.proofs, input, group);
  }
  if (!groups.empty()) {
    reasons.push_back(fmt::format("a Diffie-Hellman prime has {} bits", smallest));
    evidence["groups"] = join(groups, "\n");
  }
  if (reasons.empty()) return no_bad_group(input, "every Diffie-Hellman prime seen has more than 1024 bits");
  return affected(join(reasons, "; "), with_proofs(std::move(evidence), input, uses.proofs));
}

model::CheckResult check_dh_weak(const CheckInput& input) {
  std::vector<std::string> faults;
  std::vector<std::string> groups;
  std::vector<Proof> proofs;
  for (const DhGroup& group : input.facts.dh_groups) {
    const std::string fault = fault_of(group);
    if (fault.empty()) continue;
    if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(fault);
    groups.push_back(fmt::format("{}: {}", group_line(group), fault));
    add_proof(proofs, input, group);
  }
  if (groups.empty()) return no_bad_group(input, "every Diffie-Hellman group seen has 2048 bits or more");
  return affected(fmt::format("{} weak Diffie-Hellman group{} used: {}", groups.size(),
                              groups.size() == 1 ? " is" : "s are", join(faults, "; ")),
                  with_proofs({{"groups", join(groups, "\n")}}, input, proofs));
}

model::CheckResult check_dh_reuse(const CheckInput& input) {
  bool compared = false;
  for (const DhGroup& group : input.facts.dh_groups) {
    std::vector<std::string> values = group.values;
    std::ranges::sort(values);
    const auto twin = std::ranges::adjacent_find(values);
    compared = compared || values.size() > 1;
    if (twin == values.end()) continue;
    const auto times = std::ranges::count(values, *twin);
    return affected(
        fmt::format("the same Diffie-Hellman key came in {} of {} connections", times, values.size()),
        with_proofs({{"groups", group_line(group)}, {"public_value_sha256", *twin}}, input,
                    {proof_of(input, group)}));
  }
  if (!input.facts.dh_groups.empty() && !compared) {
    return inconclusive("a Diffie-Hellman key was read in one connection only");
  }
  return no_bad_group(input, "every connection had a Diffie-Hellman key of its own");
}

}  // namespace certherald::scan
