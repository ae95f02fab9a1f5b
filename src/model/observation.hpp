#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/certificate.hpp"
#include "model/endpoint.hpp"
#include "model/verdict.hpp"

namespace certherald::model {

// Ordered from oldest to newest. SSL 2.0 has no place in the wire numbering of the others.
enum class ProtocolVersion : std::uint8_t { ssl2, ssl3, tls10, tls11, tls12, tls13 };

struct CipherSuite {
  std::uint32_t code = 0;  // 16 bits; 24 for SSL 2.0
  std::string name;        // IANA name, or "unknown" with the code in hex

  friend bool operator==(const CipherSuite&, const CipherSuite&) = default;
};

struct VersionCiphers {
  ProtocolVersion version = ProtocolVersion::tls12;
  std::vector<CipherSuite> ciphers;  // in the order the server chose them; empty where not enumerated

  friend bool operator==(const VersionCiphers&, const VersionCiphers&) = default;
};

enum class ScanStatus : std::uint8_t { scanned, unreachable, not_tls, blocked };

// A certificate that an address presents beside the usual one.
struct OtherChain {
  std::string way;                 // how it was got: "for RSA", "without a server name", "in another look"
  bool for_name = false;           // its leaf is made out for the endpoint's server name
  std::vector<Certificate> chain;  // as presented, leaf first; never empty

  friend bool operator==(const OtherChain&, const OtherChain&) = default;
};

// The result of scanning one address of one endpoint once: facts, and the answer to each check asked.
struct Observation {
  EndpointKey endpoint;
  std::string address;  // that was connected to, canonical text; "" where the name did not resolve
  Instant at{};         // when the scan of this address began
  ScanStatus status = ScanStatus::unreachable;
  std::string error;                     // for every status but scanned: what went wrong, one line
  std::vector<VersionCiphers> versions;  // accepted ones, oldest first
  std::vector<std::string> groups;       // named groups the server chose, IANA names in lower case
  std::vector<Certificate> chain;        // as presented, leaf first
  std::vector<OtherChain> other_chains;  // each leaf once, none that of `chain`
  bool others_asked = false;             // for them: without it an empty `other_chains` says nothing
  std::vector<CheckResult> checks;       // in the order of all_checks()
  int connections = 0;
  std::uint64_t bytes_received = 0;
  Millis duration{0};

  friend bool operator==(const Observation&, const Observation&) = default;
};

[[nodiscard]] std::string_view to_string(ProtocolVersion version);     // "tls1.2"
[[nodiscard]] std::string_view display_name(ProtocolVersion version);  // "TLS 1.2"
[[nodiscard]] std::optional<ProtocolVersion> protocol_version_from(std::string_view text);
[[nodiscard]] std::string_view to_string(ScanStatus status);
[[nodiscard]] std::optional<ScanStatus> scan_status_from(std::string_view text);

// Whether the address presented a certificate of this fingerprint as its own, in `chain` or beside it.
[[nodiscard]] bool presents(const Observation& observation, std::string_view sha256);

[[nodiscard]] const CheckResult* find_check_result(const Observation& observation, std::string_view id);

}  // namespace certherald::model
