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

// Who decides which suite is taken where both sides have several.
enum class SuiteOrder : std::uint8_t { not_told, server, client };

// A group that a server used for Diffie-Hellman below TLS 1.3.
struct DhGroup {
  Bytes prime;  // empty where it is longer than 2 KB
  Bytes generator;
  int bits = 0;
  model::ProtocolVersion version = model::ProtocolVersion::tls12;  // with which it was seen first
  std::uint32_t cipher = 0;                                        // the same
  std::vector<std::string> values;  // SHA-256 of what the server sent for each connection, in their order
  bool trivial_value = false;       // one of them was 0, 1 or prime - 1

  friend bool operator==(const DhGroup&, const DhGroup&) = default;
};

struct VersionFacts {
  model::ProtocolVersion version = model::ProtocolVersion::tls12;
  Acceptance acceptance = Acceptance::not_asked;
  std::vector<std::uint32_t> ciphers;  // in the order the server chose them
  std::vector<ProbeEvidence> proofs;   // of each of `ciphers`, in their order; empty where none was kept
  bool complete = false;               // every suite we know was offered, and the server refused the rest
  std::vector<std::uint32_t> encrypt_then_mac;  // those of `ciphers` with which it agreed to that (RFC 7366)
  SuiteOrder order = SuiteOrder::not_told;
  std::string order_unknown;  // why `order` was asked for and is not told: "alert 40 handshake_failure", ...
  std::string ending;  // how probing it ended: "alert 70 protocol_version", "closed", "no answer in 5s", ...

  // How `cipher` was proved, or nullptr.
  [[nodiscard]] const ProbeEvidence* proof_of(std::uint32_t cipher) const;

  friend bool operator==(const VersionFacts&, const VersionFacts&) = default;
};

// A chain that came for another kind of key, or without a server name.
struct OtherFacts {
  std::string way;           // "for RSA", "for ECDSA", "without a server name"
  std::vector<Bytes> chain;  // DER as presented, leaf first; never empty

  friend bool operator==(const OtherFacts&, const OtherFacts&) = default;
};

// What the probes of one address collected, before any judgement. Everything in it may be hostile text
// or bytes, except `ending`, `chain_missing` and `faults`, which are our own words.
struct Facts {
  model::Tier tier = model::Tier::inventory;
  std::vector<VersionFacts> versions;  // oldest first: SSL 2.0 to TLS 1.3, each exactly once
  std::vector<std::uint16_t> groups;   // named groups the server chose, in the order of its choice
  bool groups_complete = false;
  std::vector<Bytes> chain;                  // DER as presented, leaf first
  std::string chain_missing;                 // why `chain` is empty: one sentence; "" where it is not
  std::vector<OtherFacts> other_chains;      // each leaf once, none that of `chain`
  bool others_asked = false;                 // every question for them was answered
  bool staple_asked = false;                 // the hello that got the chain asked for an OCSP response
  Bytes staple;                              // that response, DER; empty where none came
  std::optional<bool> secure_renegotiation;  // RFC 5746, from a ServerHello up to TLS 1.2
  std::optional<bool> downgrade_sentinel;    // RFC 8446 section 4.1.3, from a TLS 1.2 ServerHello
  std::vector<DhGroup> dh_groups;            // each once, at most 16
  std::optional<int> export_rsa_bits;        // of the smallest temporary key that came with an EXPORT suite
  std::optional<bool> compression;           // whether it took DEFLATE when that was offered
  std::string ssl2_certificate;              // SHA-256 of what SSL 2.0 presented, "" for none
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
