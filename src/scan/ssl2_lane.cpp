#include "scan/ssl2_lane.hpp"

#include <algorithm>

#include "codec/digest.hpp"
#include "codec/tls/ssl2.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

constexpr int failures_allowed = 1;

}  // namespace

std::optional<Probe> Ssl2Lane::next() {
  if (done_ || state_.stopped) return std::nullopt;
  std::array<std::uint8_t, 16> challenge{};
  state_.random->fill(challenge);
  return Probe{tls::build_ssl2_client_hello(challenge), ReadUntil::ssl2_hello, Millis(0), std::nullopt};
}

void Ssl2Lane::answered(const Outcome& outcome) {
  done_ = true;
  switch (outcome.kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
      return outcome.ssl2 ? accepted(outcome, *outcome.ssl2) : refused(outcome);
    case OutcomeKind::alert:
    case OutcomeKind::closed:
    case OutcomeKind::reset:
    case OutcomeKind::not_tls:
    case OutcomeKind::malformed:
    case OutcomeKind::too_large:
      return refused(outcome);
    case OutcomeKind::silent:
    case OutcomeKind::not_connected:
    case OutcomeKind::not_started:
    case OutcomeKind::gave_up:
      break;
  }
  VersionFacts& row = state_.facts.of(ssl2);
  row.acceptance = Acceptance::unknown;
  row.ending = describe(outcome);
  const bool again = outcome.kind == OutcomeKind::not_connected || outcome.kind == OutcomeKind::not_started;
  done_ = !again || failures_++ >= failures_allowed;
}

void Ssl2Lane::accepted(const Outcome& outcome, const tls::Ssl2ServerHello& hello) {
  VersionFacts& row = state_.facts.of(ssl2);
  row.acceptance = Acceptance::accepted;
  row.complete = true;
  row.ending.clear();
  for (const std::uint32_t code : hello.ciphers) {
    if (std::ranges::find(row.ciphers, code) == row.ciphers.end()) row.ciphers.push_back(code);
  }
  const std::size_t proofs = std::max<std::size_t>(row.ciphers.size(), 1);
  row.proofs.assign(proofs,
                    evidence_of(outcome, fmt::format("accepted with {} cipher specs", row.ciphers.size()),
                                {failures_ + 1, failures_allowed + 1}));
  if (!hello.certificate.empty()) {
    state_.facts.ssl2_certificate = codec::sha256_hex(hello.certificate);
  }
}

// The control of the whole scan tells whether a server that closed was still there.
void Ssl2Lane::refused(const Outcome& outcome) {
  VersionFacts& row = state_.facts.of(ssl2);
  row.acceptance = Acceptance::refused;
  row.complete = true;
  row.ending = outcome.accepted() ? "answered with TLS" : describe(outcome);
}

}  // namespace certherald::scan
