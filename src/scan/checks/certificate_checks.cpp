#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/hostname.hpp"
#include "codec/x509/weak_modulus.hpp"
#include "scan/checks/check_input.hpp"

namespace certherald::scan {
namespace {

// Clocks differ a little; a certificate installed the moment it was issued is no fault.
constexpr Seconds clock_skew{300};

const model::Certificate& leaf(const CheckInput& input) { return input.observation.chain.front(); }

Seconds warning_time(const model::Within& within, const model::Certificate& certificate) {
  if (const auto* duration = std::get_if<Duration>(&within)) return duration->elapsed();
  const int percent = std::get<model::ValidityShare>(within).percent;
  return (certificate.not_after - certificate.not_before) * percent / 100;
}

// Is it the end of a chain by its own word? Roots are trusted by being known, not by their signature.
bool is_root(const model::Certificate& certificate) {
  return certificate.self_signed || certificate.subject == certificate.issuer;
}

bool is_weak_hash(std::string_view hash) {
  constexpr std::array weak =
      std::to_array<std::string_view>({"md2", "md4", "md5", "sha1", "md5-sha1", "mdc2"});
  return std::ranges::find(weak, hash) != weak.end();
}

bool is_unknown_algorithm(const codec::x509::SignatureDetails& signature) {
  const bool dotted = !signature.algorithm.empty() && signature.algorithm.front() >= '0' &&
                      signature.algorithm.front() <= '9' &&
                      signature.algorithm.find('.') != std::string::npos;
  return signature.hash.empty() && (dotted || signature.algorithm.empty());
}

std::string key_text(const model::PublicKeyInfo& key) {
  if (key.type == "rsa") return fmt::format("RSA {} bits", key.bits);
  if (key.type == "dsa") return fmt::format("DSA {} bits", key.bits);
  if (key.type == "ec") return fmt::format("EC {} ({} bits)", key.curve, key.bits);
  return key.type;
}

std::vector<std::string> rsa_faults(const model::PublicKeyInfo& key, const codec::x509::KeyDetails& details) {
  std::vector<std::string> faults;
  if (key.bits < 2048) faults.push_back(fmt::format("an RSA key of {} bits is shorter than 2048", key.bits));
  if (details.even_modulus) faults.emplace_back("the RSA modulus is even");
  const std::string& exponent = details.exponent;
  const bool even =
      exponent.empty() || std::string_view("02468ace").find(exponent.back()) != std::string_view::npos;
  if (exponent == "1") faults.emplace_back("the RSA public exponent is 1");
  if (even) faults.emplace_back("the RSA public exponent is even");
  return faults;
}

std::vector<std::string> key_faults(const model::PublicKeyInfo& key, const codec::x509::KeyDetails& details) {
  if (key.type == "rsa") return rsa_faults(key, details);
  if (key.type == "dsa") return {"DSA keys are no longer considered safe"};
  std::vector<std::string> faults;
  if (key.type == "ec" && key.bits < 224) {
    faults.push_back(fmt::format("an elliptic curve of {} bits is smaller than 224", key.bits));
  }
  if (details.explicit_curve) faults.emplace_back("the curve is written out instead of named");
  return faults;
}

bool explicitly_trusted(const CheckInput& input) {
  const auto* trust = input.context.trust;
  return trust != nullptr &&
         input.certificates.verify(*trust, input.observation.chain, input.context.now).trusted;
}

// Serving TLS is none of what the certificate allows.
bool is_for_others(const CheckInput& input) {
  const auto purpose = input.certificates.details(leaf(input)).purpose;
  return purpose.limited && !purpose.tls_server;
}

// Of a modulus that gives the private key away.
model::CheckResult judge_modulus(const CheckInput& input, bool (*is_weak)(ByteView), std::string_view weak,
                                 std::string_view sound) {
  const model::Certificate& certificate = leaf(input);
  if (certificate.key.type != "rsa") {
    return answer(model::Verdict::not_applicable, "the certificate's key is not RSA");
  }
  const Bytes modulus = input.certificates.details(certificate).key.modulus;
  if (modulus.size() > codec::x509::max_modulus_size) {
    return inconclusive(fmt::format("an RSA key of {} bits is too long to examine", certificate.key.bits));
  }
  if (!is_weak(modulus)) return not_affected(std::string(sound));
  return affected(std::string(weak),
                  {{"certificate", certificate.sha256}, {"key", key_text(certificate.key)}});
}

std::string sans_text(const model::Certificate& certificate) {
  return join(model::subject_alternative_names(certificate), "\n");
}

}  // namespace

model::CheckResult check_expiry(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  const Instant now = input.context.now;
  const Instant end = certificate.not_after;
  const std::string when = fmt::format("{}, {}", relative(end, now), to_utc_text(end));
  model::Evidence evidence = {{"certificate", certificate.sha256}, {"not_after", to_iso8601(end)}};
  if (end < now) return affected("the certificate expired " + when, std::move(evidence));
  if (end - now <= warning_time(input.context.within, certificate)) {
    return affected("the certificate expires " + when, std::move(evidence));
  }
  return not_affected("the certificate expires " + when);
}

model::CheckResult check_not_yet_valid(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  const Instant start = certificate.not_before;
  if (start > input.context.now + clock_skew) {
    return affected(fmt::format("the certificate becomes valid {}, {}", relative(start, input.context.now),
                                to_utc_text(start)),
                    {{"certificate", certificate.sha256}, {"not_before", to_iso8601(start)}});
  }
  return not_affected("the certificate is valid since " + to_utc_text(start));
}

model::CheckResult check_hostname_mismatch(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  const std::string name = model::domain_name(input.observation.endpoint);
  if (codec::x509::names_host(certificate, name)) return not_affected("the certificate names " + name);
  if (!has_names(certificate)) {
    return answer(model::Verdict::not_applicable,
                  "the certificate has no subject alternative name, which is told separately");
  }
  return affected(fmt::format("no name in the certificate matches {}", name),
                  {{"certificate", certificate.sha256},
                   {"name", name},
                   {"common_name", certificate.common_name},
                   {"sans", sans_text(certificate)}});
}

model::CheckResult check_self_signed(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  if (!certificate.self_signed) return not_affected("the certificate was signed by " + certificate.issuer);
  if (explicitly_trusted(input))
    return not_affected("the certificate is self-signed and among the trusted ones");
  return affected("the certificate is signed with its own key",
                  {{"certificate", certificate.sha256}, {"subject", certificate.subject}});
}

model::CheckResult check_untrusted_chain(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  if (input.context.trust == nullptr) return inconclusive("there are no trusted roots to judge by");
  const auto result =
      input.certificates.verify(*input.context.trust, input.observation.chain, input.context.now);
  if (result.trusted) return not_affected(result.reason);
  if (certificate.self_signed) {
    return answer(model::Verdict::not_applicable, "the certificate is self-signed, which is told separately");
  }
  if (is_for_others(input)) {
    return answer(model::Verdict::not_applicable,
                  "the certificate is not meant for servers, which is told separately");
  }
  return affected(result.reason, {{"certificate", certificate.sha256},
                                  {"issuer", certificate.issuer},
                                  {"path", join(result.path, "\n")}});
}

model::CheckResult check_weak_signature(const CheckInput& input) {
  const auto& chain = input.observation.chain;
  std::vector<std::string> weak;
  std::string unknown;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (i > 0 && is_root(chain[i])) continue;
    const auto signature = input.certificates.details(chain[i]).signature;
    if (is_weak_hash(signature.hash)) {
      weak.push_back(fmt::format("{}: {} ({})", chain[i].subject, signature.algorithm, signature.hash));
    }
    if (is_unknown_algorithm(signature)) unknown = signature.algorithm;
  }
  if (!weak.empty()) {
    return affected(weak.size() == 1 ? "a certificate of the chain is signed with a weak hash"
                                     : fmt::format("{} certificates of the chain are signed with weak hashes",
                                                   weak.size()),
                    {{"certificate", chain.front().sha256}, {"signatures", join(weak, "\n")}});
  }
  if (!unknown.empty()) return inconclusive("the signature algorithm " + unknown + " is not known");
  return not_affected("no certificate of the chain is signed with a weak hash");
}

model::CheckResult check_weak_key(const CheckInput& input) {
  const model::Certificate& certificate = leaf(input);
  const auto details = input.certificates.details(certificate).key;
  if (!details.readable && certificate.key.type != "dsa") {
    return inconclusive("the certificate's key is of a kind that is not known");
  }
  const auto faults = key_faults(certificate.key, details);
  const std::string key = key_text(certificate.key);
  if (faults.empty()) return not_affected("the certificate's key is " + key);
  return affected(join(faults, ", and "),
                  {{"certificate", certificate.sha256}, {"key", key}, {"faults", join(faults, "\n")}});
}

model::CheckResult check_eku_mismatch(const CheckInput& input) {
  if (!is_for_others(input)) return not_affected("the certificate may serve TLS");
  return affected("the certificate's extended key usage does not allow TLS servers",
                  {{"certificate", leaf(input).sha256}, {"subject", leaf(input).subject}});
}

// RFC 5246 section 7.4.2: each certificate certifies the one before it. RFC 8446 section 4.4.2 lets TLS 1.3
// be less strict, but clients of old stacks go on failing.
model::CheckResult check_chain_order(const CheckInput& input) {
  const auto& chain = input.observation.chain;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (chain[i - 1].issuer == chain[i].subject) continue;
    std::vector<std::string> presented;
    presented.reserve(chain.size());
    for (const model::Certificate& certificate : chain) presented.push_back(certificate.subject);
    return affected(fmt::format("certificate {} of the chain does not certify the one before it", i + 1),
                    {{"certificate", chain.front().sha256}, {"presented", join(presented, "\n")}});
  }
  return not_affected("each certificate of the chain certifies the one before it");
}

model::CheckResult check_fermat(const CheckInput& input) {
  return judge_modulus(
      input, [](ByteView modulus) { return codec::x509::has_close_primes(modulus); },
      "the primes of the RSA key are so close that Fermat's method finds them at once",
      "Fermat's method does not find the primes of the RSA key");
}

model::CheckResult check_roca(const CheckInput& input) {
  return judge_modulus(input, codec::x509::has_roca_fingerprint,
                       "the RSA key bears the mark of Infineon's broken RSALib",
                       "the RSA key does not bear the mark of Infineon's RSALib");
}

}  // namespace certherald::scan
