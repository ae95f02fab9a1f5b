#pragma once

// What the checks of versions and suites share. Only for this folder.

#include <optional>
#include <string>
#include <vector>

#include "codec/tls/cipher_suites.hpp"
#include "scan/checks/check_input.hpp"

namespace certherald::scan {

// "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA": tickets carry these lines word for word.
[[nodiscard]] std::string suite_line(model::ProtocolVersion version, std::uint32_t code);

[[nodiscard]] std::string not_probed(const VersionFacts& facts);  // why acceptance is not told
[[nodiscard]] std::string cut_short(const VersionFacts& facts);   // why there may be more suites
[[nodiscard]] bool is_settled(const VersionFacts& facts);         // accepted or refused

// Why there may be suites that were not seen, nothing where all are known. SSL 2.0 counts where it is
// accepted only: a server that is silent about it would leave every question about TLS open.
[[nodiscard]] std::optional<std::string> suites_not_told(const Facts& facts);

// What proves that one version counts.
struct Proof {
  model::ProtocolVersion version = model::ProtocolVersion::tls12;
  const ProbeEvidence* probe = nullptr;  // may be none
};

// Adds how it was proved on the wire, a line for each version.
[[nodiscard]] model::Evidence with_proofs(model::Evidence evidence, const CheckInput& input,
                                          const std::vector<Proof>& proofs);

}  // namespace certherald::scan
