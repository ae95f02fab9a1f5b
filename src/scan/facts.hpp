#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "model/check.hpp"
#include "model/observation.hpp"
#include "model/verdict.hpp"

namespace certherald::scan {

// What is known about one protocol version of a server.
//   accepted  the server chose it: a ServerHello of that version was read
//   refused   it said no (alert, close or a lower version) and was seen to work before or after that
//   unknown   probed, but neither: silence, a reset of a server that then was gone, garbage
//   not_asked this scan did not probe it
enum class Acceptance : std::uint8_t { accepted, refused, unknown, not_asked };

// How it was proved that a suite is accepted: one hello and the answer to it.
struct ProbeEvidence {
  std::string sent;      // hex; of a long hello "sha256:<hex> (390 bytes)"
  std::string received;  // the first bytes of the answer in hex, at most 64
  std::string outcome;   // "accepted with TLS_RSA_WITH_AES_128_CBC_SHA"
  Millis round_trip{0};  // from sending to the first bytes of the answer
  int attempt = 1;       // which try of this hello
  int attempts = 1;      // of how many at most

  friend bool operator==(const ProbeEvidence&, const ProbeEvidence&) = default;
};

struct VersionFacts {
  model::ProtocolVersion version = model::ProtocolVersion::tls12;
  Acceptance acceptance = Acceptance::not_asked;
  std::vector<std::uint32_t> ciphers;  // in the order the server chose them
  std::vector<ProbeEvidence> proofs;   // of each of `ciphers`, in their order; empty where none was kept
  bool complete = false;               // every suite we know was offered, and the server refused the rest
  std::string ending;  // how probing it ended: "alert 70 protocol_version", "closed", "no answer in 5s", ...

  // How `cipher` was proved, or nullptr.
  [[nodiscard]] const ProbeEvidence* proof_of(std::uint32_t cipher) const;

  friend bool operator==(const VersionFacts&, const VersionFacts&) = default;
};

// What the probes of one address collected, before any judgement. Everything in it may be hostile text
// or bytes, except `ending`, `chain_missing` and `faults`, which are our own words.
struct Facts {
  model::Tier tier = model::Tier::inventory;
  std::vector<VersionFacts> versions;  // oldest first: SSL 3.0 to TLS 1.3, each exactly once
  std::vector<std::uint16_t> groups;   // named groups the server chose, in the order of its choice
  bool groups_complete = false;
  std::vector<Bytes> chain;                  // DER as presented, leaf first
  std::string chain_missing;                 // why `chain` is empty: one sentence; "" where it is not
  std::optional<bool> secure_renegotiation;  // RFC 5746, from a ServerHello up to TLS 1.2
  std::optional<bool> downgrade_sentinel;    // RFC 8446 section 4.1.3, from a TLS 1.2 ServerHello
  std::optional<int> dh_bits;                // smallest Diffie-Hellman prime seen in a ServerKeyExchange
  bool heartbeat = false;                    // RFC 6520: a ServerHello agreed to heartbeats
  bool asks_client_certificate = false;
  bool needs_no_sni = false;        // refused the server name with a fatal alert, answered without one
  Bytes not_tls_prefix;             // first bytes of what it spoke instead of TLS, at most 64
  std::vector<std::string> faults;  // odd answers: "chose suite c030 that was not offered", ...; unique

  // What probes of their own settled, each check at most once: see scan/probes. Bytes of the peer in the
  // evidence are in hex.
  std::vector<model::CheckResult> probed;

  [[nodiscard]] const VersionFacts& of(model::ProtocolVersion version) const;
  [[nodiscard]] VersionFacts& of(model::ProtocolVersion version);

  friend bool operator==(const Facts&, const Facts&) = default;
};

// Facts with each version not asked.
[[nodiscard]] Facts make_facts(model::Tier tier);

[[nodiscard]] std::string_view to_string(Acceptance acceptance);

}  // namespace certherald::scan
