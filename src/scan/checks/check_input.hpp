#pragma once

// What the single checks share. Only for this folder.

#include <string>

#include "scan/checks/checks.hpp"

namespace certherald::scan {

struct CheckInput {
  const model::Observation& observation;
  const Facts& facts;
  const CheckContext& context;
  CertificateCache& certificates;
};

// A verdict without its id, which the table adds.
[[nodiscard]] inline model::CheckResult answer(model::Verdict verdict, std::string reason,
                                               model::Evidence evidence = {}) {
  return {{}, verdict, std::move(reason), std::move(evidence)};
}
[[nodiscard]] inline model::CheckResult affected(std::string reason, model::Evidence evidence) {
  return answer(model::Verdict::affected, std::move(reason), std::move(evidence));
}
[[nodiscard]] inline model::CheckResult not_affected(std::string reason) {
  return answer(model::Verdict::not_affected, std::move(reason));
}
[[nodiscard]] inline model::CheckResult inconclusive(std::string reason) {
  return answer(model::Verdict::inconclusive, std::move(reason));
}

// A name that counts: common names do not (RFC 9525 section 2).
[[nodiscard]] inline bool has_names(const model::Certificate& certificate) {
  return !certificate.dns_names.empty() || !certificate.ip_addresses.empty();
}

// Of the certificate. Each is given a chain whose first certificate is the one the server presented.
[[nodiscard]] model::CheckResult check_expiry(const CheckInput& input);
[[nodiscard]] model::CheckResult check_not_yet_valid(const CheckInput& input);
[[nodiscard]] model::CheckResult check_hostname_mismatch(const CheckInput& input);
[[nodiscard]] model::CheckResult check_self_signed(const CheckInput& input);
[[nodiscard]] model::CheckResult check_untrusted_chain(const CheckInput& input);
[[nodiscard]] model::CheckResult check_weak_signature(const CheckInput& input);
[[nodiscard]] model::CheckResult check_weak_key(const CheckInput& input);
[[nodiscard]] model::CheckResult check_eku_mismatch(const CheckInput& input);
[[nodiscard]] model::CheckResult check_chain_order(const CheckInput& input);
[[nodiscard]] model::CheckResult check_fermat(const CheckInput& input);
[[nodiscard]] model::CheckResult check_roca(const CheckInput& input);

// Of how the certificate was issued; the same holds.
[[nodiscard]] model::CheckResult check_incomplete_chain(const CheckInput& input);
[[nodiscard]] model::CheckResult check_missing_san(const CheckInput& input);
[[nodiscard]] model::CheckResult check_validity_too_long(const CheckInput& input);
[[nodiscard]] model::CheckResult check_sct_missing(const CheckInput& input);
[[nodiscard]] model::CheckResult check_distrusted_ca(const CheckInput& input);
[[nodiscard]] model::CheckResult check_known_key(const CheckInput& input);

// Of its revocation.
[[nodiscard]] model::CheckResult check_revoked_crl(const CheckInput& input);
[[nodiscard]] model::CheckResult check_revoked_ocsp(const CheckInput& input);
[[nodiscard]] model::CheckResult check_revocation_unavailable(const CheckInput& input);
[[nodiscard]] model::CheckResult check_must_staple_violated(const CheckInput& input);

// Of the protocol.
[[nodiscard]] model::CheckResult check_poodle_sslv3(const CheckInput& input);
[[nodiscard]] model::CheckResult check_deprecated_protocol(const CheckInput& input);
[[nodiscard]] model::CheckResult check_weak_ciphers(const CheckInput& input);
[[nodiscard]] model::CheckResult check_insecure_renegotiation(const CheckInput& input);
[[nodiscard]] model::CheckResult check_downgrade_sentinel(const CheckInput& input);

// Of suites and key exchange.
[[nodiscard]] model::CheckResult check_null_ciphers(const CheckInput& input);
[[nodiscard]] model::CheckResult check_anonymous_ciphers(const CheckInput& input);
[[nodiscard]] model::CheckResult check_export_ciphers(const CheckInput& input);
[[nodiscard]] model::CheckResult check_rc4(const CheckInput& input);
[[nodiscard]] model::CheckResult check_sweet32(const CheckInput& input);
[[nodiscard]] model::CheckResult check_beast(const CheckInput& input);
[[nodiscard]] model::CheckResult check_lucky13(const CheckInput& input);
[[nodiscard]] model::CheckResult check_no_forward_secrecy(const CheckInput& input);
[[nodiscard]] model::CheckResult check_cipher_order(const CheckInput& input);
[[nodiscard]] model::CheckResult check_compression_crime(const CheckInput& input);
[[nodiscard]] model::CheckResult check_freak(const CheckInput& input);
[[nodiscard]] model::CheckResult check_logjam(const CheckInput& input);
[[nodiscard]] model::CheckResult check_dh_weak(const CheckInput& input);
[[nodiscard]] model::CheckResult check_dh_reuse(const CheckInput& input);
[[nodiscard]] model::CheckResult check_sslv2(const CheckInput& input);
[[nodiscard]] model::CheckResult check_drown(const CheckInput& input);

}  // namespace certherald::scan
