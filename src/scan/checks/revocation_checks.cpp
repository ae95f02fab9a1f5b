#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "scan/checks/check_input.hpp"
#include "scan/revocation.hpp"

namespace certherald::scan {
namespace {

using codec::revocation::RevocationAnswer;
using codec::revocation::RevocationState;
using Answer = std::optional<RevocationAnswer>;

// The answer where it is `state`, else nullptr.
const RevocationAnswer* saying(const Answer& answer, RevocationState state) {
  return answer && answer->state == state ? &*answer : nullptr;
}
bool counts(const Answer& answer) { return answer && answer->state != RevocationState::unknown; }

model::CheckResult not_applicable(std::string reason) {
  return answer(model::Verdict::not_applicable, std::move(reason));
}

model::CheckResult switched_off() { return inconclusive("looking up revocation is switched off"); }

const RevocationFacts& facts_of(const CheckInput& input) {
  static const RevocationFacts none;
  return input.context.revocation == nullptr ? none : *input.context.revocation;
}

// "revoked since 2026-10-01 12:00:00 UTC (keyCompromise)", "good", "no answer that counts: ...".
std::string text_of(const RevocationAnswer& answer) {
  switch (answer.state) {
    case RevocationState::good:
      return "good";
    case RevocationState::revoked:
      return fmt::format("revoked since {}{}", to_utc_text(answer.revoked_at),
                         answer.reason.empty() ? "" : " (" + answer.reason + ")");
    case RevocationState::unknown:
      return "no answer that counts: " + answer.detail;
  }
  return "no answer that counts";
}

void record(model::Evidence& evidence, const char* name, const Answer& answer) {
  if (!answer) return;
  const std::string from = answer->source.empty() ? "" : answer->source + ": ";
  evidence[name] = from + text_of(*answer);
}

// All three sources, so that whoever disagrees is seen.
model::Evidence evidence_of(const RevocationFacts& facts, const CertificateRevocation& subject) {
  model::Evidence evidence = {{"certificate", subject.sha256}};
  if (&subject == &facts.path.front()) record(evidence, "staple", facts.staple);
  record(evidence, "crl", subject.crl);
  record(evidence, "ocsp", subject.ocsp);
  return evidence;
}

std::string whom(const RevocationFacts& facts, const CertificateRevocation& subject) {
  if (&subject == &facts.path.front()) return "the certificate";
  return fmt::format("the issuing certificate '{}'", truncate(subject.subject, 120));
}

model::CheckResult revoked_by(const RevocationFacts& facts, const CertificateRevocation& subject,
                              const RevocationAnswer& answer, std::string_view who) {
  return affected(fmt::format("{} is {}, says {}", whom(facts, subject), text_of(answer), who),
                  evidence_of(facts, subject));
}

// Why no list was asked about a certificate that names none we can use; nothing where there is no reason.
std::string unasked(const CertificateRevocation& subject, std::string_view what) {
  const auto& sources = subject.sources;
  if (!subject.issuer_known) return "the issuer's certificate was not presented and is no trusted root";
  if (sources.other_crl_issuer) return fmt::format("it names {} of another issuer, which is not read", what);
  if (sources.unusable > 0) return fmt::format("it names {} by other means than HTTP", what);
  return "";
}

// What stands against calling a path good; "" for nothing.
std::string crl_doubt(const RevocationFacts& facts, const CertificateRevocation& subject) {
  if (subject.crl) {
    if (counts(subject.crl)) return "";
    return fmt::format("the CRL {} of {} gives {}", subject.crl->source, whom(facts, subject),
                       text_of(*subject.crl));
  }
  if (subject.sources.crl.empty() && !subject.sources.other_crl_issuer) return "";
  return fmt::format("no CRL tells about {}: {}", whom(facts, subject), unasked(subject, "a CRL"));
}

std::string until(const RevocationAnswer& answer) {
  return answer.next_update ? ", good until " + to_utc_text(*answer.next_update) : "";
}

// Certificates so short-lived that the rules of public authorities ask for no revocation (CA/Browser Forum
// ballot SC-063): ten days, seven from 2026-03-15 on.
bool is_short_lived(const model::Certificate& certificate) {
  using std::chrono::days;
  constexpr Instant shorter_from = std::chrono::sys_days(std::chrono::year(2026) / 3 / 15);
  const Seconds longest = certificate.not_before < shorter_from ? days(10) : days(7);
  const Seconds life = certificate.not_after - certificate.not_before + Seconds(1);  // the last second counts
  return life > Seconds(0) && life <= longest;
}

bool ends_in_public_root(const CheckInput& input) {
  const auto* trust = input.context.trust;
  if (trust == nullptr) return false;
  const auto result = input.certificates.verify(*trust, input.observation.chain, input.context.now);
  return result.publicly;
}

}  // namespace

model::CheckResult check_revoked_crl(const CheckInput& input) {
  const RevocationFacts& facts = facts_of(input);
  if (!facts.asked) return switched_off();
  if (facts.path.empty())
    return not_applicable("the certificate is self-signed: nobody else could revoke it");
  for (const CertificateRevocation& one : facts.path) {
    if (const auto* bad = saying(one.crl, RevocationState::revoked)) {
      return revoked_by(facts, one, *bad, "the CRL " + bad->source);
    }
  }
  const CertificateRevocation& leaf = facts.path.front();
  for (const CertificateRevocation& one : facts.path) {
    if (std::string doubt = crl_doubt(facts, one); !doubt.empty()) return inconclusive(std::move(doubt));
  }
  if (!leaf.crl && leaf.sources.unusable > 0) return inconclusive(unasked(leaf, "revocation"));
  if (!leaf.crl) return not_applicable("the certificate names no CRL");
  return not_affected(fmt::format("the CRL {} does not list it{}", leaf.crl->source, until(*leaf.crl)));
}

model::CheckResult check_revoked_ocsp(const CheckInput& input) {
  const RevocationFacts& facts = facts_of(input);
  if (facts.path.empty()) {
    if (!facts.asked) return switched_off();
    return not_applicable("the certificate is self-signed: nobody else could revoke it");
  }
  const CertificateRevocation& leaf = facts.path.front();
  if (const auto* staple = saying(facts.staple, RevocationState::revoked)) {
    return revoked_by(facts, leaf, *staple, "the OCSP response that the server staples");
  }
  if (const auto* told = saying(leaf.ocsp, RevocationState::revoked)) {
    return revoked_by(facts, leaf, *told, "the OCSP responder " + told->source);
  }
  if (const auto* staple = saying(facts.staple, RevocationState::good)) {
    return not_affected("the OCSP response that the server staples says good" + until(*staple));
  }
  if (const auto* told = saying(leaf.ocsp, RevocationState::good)) {
    return not_affected(fmt::format("the OCSP responder {} says good{}", told->source, until(*told)));
  }
  if (leaf.ocsp) {
    return inconclusive(
        fmt::format("the OCSP responder {} gives {}", leaf.ocsp->source, text_of(*leaf.ocsp)));
  }
  if (facts.staple) return inconclusive("the staple gives " + text_of(*facts.staple));
  if (!facts.asked) return switched_off();
  if (leaf.sources.ocsp.empty()) return not_applicable("the certificate names no OCSP responder");
  return inconclusive(unasked(leaf, "OCSP"));
}

model::CheckResult check_revocation_unavailable(const CheckInput& input) {
  const RevocationFacts& facts = facts_of(input);
  if (!facts.asked) return switched_off();
  if (facts.path.empty())
    return not_applicable("the certificate is self-signed: nobody else could revoke it");
  const CertificateRevocation& leaf = facts.path.front();
  if (counts(facts.staple) || counts(leaf.crl) || counts(leaf.ocsp)) {
    return not_affected("whether it was revoked could be looked up");
  }
  if (!leaf.sources.none()) {
    return inconclusive("it names where revocation can be looked up, but no answer came that counts");
  }
  if (is_short_lived(input.observation.chain.front())) {
    return not_affected("the certificate is too short-lived to need revocation");
  }
  if (!ends_in_public_root(input)) {
    return not_applicable(
        "the certificate names no CRL and no OCSP responder, which only public authorities owe");
  }
  return affected(
      "the certificate names no CRL and no OCSP responder: clients cannot tell when it is revoked",
      evidence_of(facts, leaf));
}

model::CheckResult check_must_staple_violated(const CheckInput& input) {
  const RevocationFacts& facts = facts_of(input);
  const model::Certificate& certificate = input.observation.chain.front();
  if (!codec::revocation::revocation_sources(certificate.der).must_staple) {
    return not_applicable("the certificate does not demand a stapled OCSP response");
  }
  model::Evidence evidence = {{"certificate", certificate.sha256}};
  record(evidence, "staple", facts.staple);
  if (input.facts.staple.empty()) {
    if (!input.facts.staple_asked) return inconclusive("the server was not asked for an OCSP response");
    return affected("the certificate demands a stapled OCSP response, but the server sent none",
                    std::move(evidence));
  }
  if (counts(facts.staple)) return not_affected("the server staples an OCSP response that counts");
  const bool can_tell = !facts.path.empty() && facts.path.front().issuer_known && facts.staple;
  if (!can_tell) return inconclusive("the stapled OCSP response could not be verified without the issuer");
  return affected("the stapled OCSP response gives " + text_of(*facts.staple), std::move(evidence));
}

}  // namespace certherald::scan
