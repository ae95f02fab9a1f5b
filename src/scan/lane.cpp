#include "scan/lane.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "codec/digest.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "scan/dh_facts.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

bool may_choose(const tls::HelloSpec& spec, model::ProtocolVersion version) {
  return version == spec.version || (spec.lower_versions && version >= tls10 && version < spec.version);
}

// The end of the random of a server that could do TLS 1.3 and was asked for TLS 1.2 (RFC 8446 section 4.1.3).
bool warns_of_downgrade(const tls::ServerHello& hello) {
  constexpr std::array<std::uint8_t, 8> sentinel = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
  return std::ranges::equal(std::span(hello.random).last<sentinel.size()>(), sentinel);
}

void note_key_exchange(ScanState& state, const tls::HelloSpec& spec, const Outcome& outcome,
                       model::ProtocolVersion version) {
  Facts& facts = state.facts;
  if (const auto group = outcome.server_hello().group) {
    // With a share in its hand a server takes that group, whatever it would choose.
    if (!spec.key_share || outcome.server_hello().retry_request) note_group(facts, *group);
    if (std::ranges::find(spec.groups, *group) == spec.groups.end()) {
      note_fault(facts, fmt::format("asked for group {:04x}, which was not offered", *group));
    }
  }
  if (!outcome.keys) return;
  if (outcome.keys->group) note_group(facts, *outcome.keys->group);
  if (outcome.keys->dh_bits) {
    note_dh_group(facts, *outcome.keys, version, outcome.server_hello().cipher);
    if (!state.dh_spec) state.dh_spec = spec;
  }
  if (const auto bits = outcome.keys->rsa_bits) {
    facts.export_rsa_bits = std::min(facts.export_rsa_bits.value_or(*bits), *bits);
  }
}

void note_flight(ScanState& state, const tls::HelloSpec& spec, const Outcome& outcome) {
  Facts& facts = state.facts;
  if (outcome.asks_client_certificate) facts.asks_client_certificate = true;
  if (!facts.chain.empty()) return;
  if (outcome.chain) {
    facts.chain = *outcome.chain;
    const tls::CipherInfo* suite = tls::find_cipher_suite(outcome.server_hello().cipher);
    if (suite != nullptr) state.chain_for = suite->authentication;
    facts.staple_asked = spec.status_request;
    facts.staple = outcome.staple.value_or(Bytes());
    facts.chain_missing = facts.chain.empty() ? "the server sent an empty certificate list" : "";
    return;
  }
  if (!outcome.detail.empty()) {
    ++state.broken_flights;
    facts.chain_missing = fmt::format("the certificate did not arrive: {}", outcome.detail);
  }
}

}  // namespace

std::string sent_text(ByteView sent) {
  constexpr std::size_t much = 256;
  if (sent.size() <= much) return to_hex(sent);
  return fmt::format("sha256:{} ({} bytes)", codec::sha256_hex(sent), sent.size());
}

ProbeEvidence evidence_of(const Outcome& outcome, std::string said, Attempt attempt) {
  ProbeEvidence proof;
  proof.sent = sent_text(outcome.sent);
  proof.received = to_hex(outcome.received);
  proof.outcome = std::move(said);
  proof.round_trip = outcome.round_trip;
  proof.attempt = attempt.number;
  proof.attempts = attempt.most;
  return proof;
}

std::optional<Probe> LaneChain::next() {
  for (; at_ < lanes_.size(); ++at_) {
    if (auto probe = lanes_[at_]->next()) return probe;
  }
  return std::nullopt;
}

tls::HelloSpec make_hello(const ScanState& state, model::ProtocolVersion version,
                          std::vector<std::uint16_t> ciphers, std::vector<std::uint16_t> groups) {
  tls::HelloSpec spec;
  spec.version = version;
  spec.ciphers = std::move(ciphers);
  spec.groups = std::move(groups);
  spec.server_name = state.server_name;
  return spec;
}

Probe make_probe(const ScanState& state, tls::HelloSpec spec, ReadUntil until) {
  state.random->fill(spec.random);
  if (spec.version == tls13) state.random->fill(spec.session_id);
  return {.hello = tls::build_client_hello(spec), .until = until};
}

Probe make_certificate_probe(const ScanState& state, tls::HelloSpec& spec, std::uint16_t group) {
  auto share = tls::KeyShare::make(group);
  if (share) spec.key_share = {group, share->public_key()};
  Probe probe = make_probe(state, spec, ReadUntil::flight);
  probe.share = std::move(share);
  return probe;
}

HelloProbe make_reader(const Probe& probe) {
  if (!probe.share) return HelloProbe(probe.until);
  return HelloProbe(probe.until, tls::Tls13Flight(*probe.share, probe.hello));
}

bool wants_chain(const ScanState& state) {
  constexpr int enough = 3;
  return state.facts.chain.empty() && state.broken_flights < enough;
}

void note_fault(Facts& facts, std::string fault) {
  constexpr std::size_t enough = 16;
  if (facts.faults.size() >= enough || std::ranges::find(facts.faults, fault) != facts.faults.end()) return;
  facts.faults.push_back(std::move(fault));
}

void note_group(Facts& facts, std::uint16_t group) {
  if (std::ranges::find(facts.groups, group) == facts.groups.end()) facts.groups.push_back(group);
}

Choice note_answer(ScanState& state, const tls::HelloSpec& spec, const Outcome& outcome, Attempt attempt) {
  const tls::ServerHello& hello = outcome.server_hello();
  const auto version = tls::version_from_wire(hello.version);
  if (!version || *version > spec.version) {
    note_fault(state.facts, fmt::format("chose version {:04x}, which was not offered, when asked for {}",
                                        hello.version, model::display_name(spec.version)));
    return Choice::faulty;
  }
  if (std::ranges::find(spec.ciphers, hello.cipher) == spec.ciphers.end()) {
    note_fault(state.facts, fmt::format("chose suite {:04x}, which was not offered, when asked for {}",
                                        hello.cipher, model::display_name(spec.version)));
    return Choice::faulty;
  }
  if (!may_choose(spec, *version)) return Choice::lower_version;
  VersionFacts& row = state.facts.of(*version);
  row.acceptance = Acceptance::accepted;
  if (std::ranges::find(row.ciphers, hello.cipher) == row.ciphers.end()) {
    row.ciphers.push_back(hello.cipher);
    std::string said = fmt::format("{} with {}", describe(outcome), tls::cipher_suite_name(hello.cipher));
    row.proofs.push_back(evidence_of(outcome, std::move(said), attempt));
    if (hello.encrypt_then_mac) row.encrypt_then_mac.push_back(hello.cipher);
  }
  if (!state.known_good) state.known_good = spec;
  state.round_trip = std::max(state.round_trip, outcome.round_trip);
  state.facts.heartbeat |= hello.heartbeat;
  // Some servers answer SSL 3.0 without any extension, whatever they do in TLS.
  const bool speaks_of_renegotiation = *version != ssl3 || !state.facts.secure_renegotiation;
  if (*version < tls13 && speaks_of_renegotiation) {
    state.facts.secure_renegotiation = hello.secure_renegotiation;
  }
  if (*version == tls12) state.facts.downgrade_sentinel = warns_of_downgrade(hello);
  if (spec.compression && *version < tls13) state.facts.compression = hello.compression != 0;
  if (!hello.well_formed) note_fault(state.facts, "the extensions of a ServerHello make no sense");
  note_key_exchange(state, spec, outcome, *version);
  note_flight(state, spec, outcome);
  return Choice::taken;
}

}  // namespace certherald::scan
