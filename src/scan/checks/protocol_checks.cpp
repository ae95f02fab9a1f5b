#include <array>

#include "base/text.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "scan/checks/suite_words.hpp"

namespace certherald::scan {
namespace {

using codec::tls::CipherInfo;
using codec::tls::WeakClasses;
using enum model::ProtocolVersion;

struct WeakClassName {
  bool WeakClasses::* holds;
  std::string_view name;
};

constexpr std::array class_names = std::to_array<WeakClassName>({
    {&WeakClasses::null_cipher, "no encryption"},
    {&WeakClasses::anonymous, "no authentication"},
    {&WeakClasses::export_grade, "export-grade keys"},
    {&WeakClasses::low, "DES, RC2, RC4 or MD5"},
    {&WeakClasses::block64, "64-bit blocks (3DES, IDEA)"},
});

struct WeakSuites {
  std::vector<std::string> lines;
  WeakClasses classes;        // all that occur
  std::vector<Proof> proofs;  // of the first of each version
};

WeakSuites weak_suites(const Facts& facts) {
  WeakSuites out;
  for (const VersionFacts& version : facts.versions) {
    for (const std::uint32_t code : version.ciphers) {
      const CipherInfo* info = codec::tls::find_cipher_suite(code);
      if (info == nullptr || !info->weak.any()) continue;
      out.lines.push_back(suite_line(version.version, code));
      if (out.proofs.empty() || out.proofs.back().version != version.version) {
        out.proofs.push_back({version.version, version.proof_of(code)});
      }
      for (const WeakClassName& row : class_names) {
        if (info->weak.*row.holds) out.classes.*row.holds = true;
      }
    }
  }
  return out;
}

std::vector<std::string> names_of(const WeakClasses& classes) {
  std::vector<std::string> out;
  for (const WeakClassName& row : class_names) {
    if (classes.*row.holds) out.emplace_back(row.name);
  }
  return out;
}

}  // namespace

model::CheckResult check_poodle_sslv3(const CheckInput& input) {
  const VersionFacts& facts = input.facts.of(ssl3);
  if (facts.acceptance == Acceptance::refused) return not_affected("SSL 3.0 is refused");
  if (facts.acceptance != Acceptance::accepted) return inconclusive(not_probed(facts));
  std::vector<std::string> lines;
  std::vector<Proof> proofs;
  for (const std::uint32_t code : facts.ciphers) {
    const CipherInfo* info = codec::tls::find_cipher_suite(code);
    if (info == nullptr || !info->cbc()) continue;
    lines.push_back(suite_line(ssl3, code));
    if (proofs.empty()) proofs.push_back({ssl3, facts.proof_of(code)});
  }
  if (!lines.empty()) {
    return affected(
        fmt::format("SSL 3.0 is accepted with {} CBC suite{}", lines.size(), lines.size() == 1 ? "" : "s"),
        with_proofs({{"ciphers", join(lines, "\n")}}, input, proofs));
  }
  if (!facts.complete) return inconclusive(cut_short(facts));
  return not_affected("SSL 3.0 is accepted, but without CBC suites");
}

model::CheckResult check_deprecated_protocol(const CheckInput& input) {
  std::vector<std::string> accepted;
  std::vector<Proof> proofs;
  const VersionFacts* open = nullptr;
  for (const model::ProtocolVersion version : {ssl3, tls10, tls11}) {
    const VersionFacts& facts = input.facts.of(version);
    if (facts.acceptance == Acceptance::accepted) {
      accepted.emplace_back(model::display_name(version));
      proofs.push_back({version, facts.proofs.empty() ? nullptr : &facts.proofs.front()});
    }
    if (!is_settled(facts) && open == nullptr) open = &facts;
  }
  if (!accepted.empty()) {
    return affected(fmt::format("{} {} accepted", join(accepted, ", "), accepted.size() == 1 ? "is" : "are"),
                    with_proofs({{"versions", join(accepted, "\n")}}, input, proofs));
  }
  if (open != nullptr) return inconclusive(not_probed(*open));
  return not_affected("SSL 3.0, TLS 1.0 and TLS 1.1 are refused");
}

model::CheckResult check_weak_ciphers(const CheckInput& input) {
  const WeakSuites weak = weak_suites(input.facts);
  if (!weak.lines.empty()) {
    const auto classes = names_of(weak.classes);
    return affected(fmt::format("{} weak suite{} accepted: {}", weak.lines.size(),
                                weak.lines.size() == 1 ? " is" : "s are", join(classes, "; ")),
                    with_proofs({{"ciphers", join(weak.lines, "\n")}, {"classes", join(classes, "\n")}},
                                input, weak.proofs));
  }
  if (const auto open = suites_not_told(input.facts)) return inconclusive(*open);
  return not_affected("no weak suite is accepted");
}

model::CheckResult check_insecure_renegotiation(const CheckInput& input) {
  if (const auto secure = input.facts.secure_renegotiation) {
    if (*secure) return not_affected("secure renegotiation is supported");
    return affected("a ServerHello came without the renegotiation_info that was asked for",
                    {{"renegotiation_info", "missing"}});
  }
  for (const model::ProtocolVersion version : {ssl3, tls10, tls11, tls12}) {
    const VersionFacts& facts = input.facts.of(version);
    if (!is_settled(facts)) return inconclusive(not_probed(facts));
  }
  return answer(model::Verdict::not_applicable, "no version below TLS 1.3 is accepted");
}

model::CheckResult check_downgrade_sentinel(const CheckInput& input) {
  for (const model::ProtocolVersion version : {tls12, tls13}) {
    const VersionFacts& facts = input.facts.of(version);
    if (!is_settled(facts)) return inconclusive(not_probed(facts));
    if (facts.acceptance == Acceptance::refused) {
      return answer(model::Verdict::not_applicable,
                    fmt::format("{} is refused", model::display_name(version)));
    }
  }
  if (!input.facts.downgrade_sentinel) return inconclusive("no ServerHello of TLS 1.2 was read");
  if (*input.facts.downgrade_sentinel) return not_affected("answers to TLS 1.2 are marked");
  return affected("TLS 1.3 is accepted, but answers to TLS 1.2 are not marked",
                  {{"downgrade_sentinel", "missing"}});
}

}  // namespace certherald::scan
