#include "scan/session_lane.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "codec/tls/record_cipher.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

std::vector<std::uint16_t> known_suites(const VersionFacts& row, bool cbc_only) {
  std::vector<std::uint16_t> out;
  if (row.version == ssl3 || row.version == ssl2 || row.version == tls13) return out;
  for (const std::uint32_t code : row.ciphers) {
    const auto suite = static_cast<std::uint16_t>(code);
    const tls::CipherInfo* info = tls::find_cipher_suite(suite);
    const bool fits = info != nullptr && (!cbc_only || info->cbc());
    if (fits && tls::find_record_suite(suite) != nullptr && out.size() < short_list) out.push_back(suite);
  }
  return out;
}

std::optional<Spoken> SessionLane::spoken_or_settle() {
  bool some = false;
  for (const auto version : {tls12, tls11, tls10}) {
    const VersionFacts& row = state_.facts.of(version);
    if (row.acceptance != Acceptance::accepted) continue;
    some = true;
    auto suites = known_suites(row);
    if (!suites.empty()) return Spoken{version, std::move(suites)};
  }
  if (some || state_.facts.of(ssl3).acceptance == Acceptance::accepted) {
    settle(Verdict::inconclusive, "no suite is accepted that a handshake below TLS 1.3 can be finished with");
  } else {
    settle_without_older_version();
  }
  return std::nullopt;
}

Handshake12 SessionLane::shake_hands(tls::HelloSpec spec, std::unique_ptr<SessionScript> script) {
  spec.encrypt_then_mac = false;
  state_.random->fill(spec.random);
  Handshake12 out;
  out.probe = {.hello = tls::build_client_hello(spec), .until = ReadUntil::flight};
  out.client = std::make_shared<tls::Tls12Client>(std::move(spec), *state_.random);
  out.talk = std::make_shared<SessionTalk>(out.client, std::move(script));
  out.probe.talk = out.talk;
  return out;
}

Handshake13 SessionLane::shake_hands_tls13(std::uint16_t group, std::unique_ptr<SessionScript> script) {
  tls::HelloSpec spec = make_hello(state_, tls13, suites_for(tls13), {group});
  // Others too, so that a server that does not like it can say what it likes.
  for (const std::uint16_t other : tls::KeyShare::groups()) {
    if (other != group) spec.groups.push_back(other);
  }
  Probe probe = make_certificate_probe(state_, spec, group);
  // The hello has random bytes that `spec` does not know.
  Handshake13 out;
  out.client = std::make_shared<tls::Tls13Client>(probe.hello, spec.ciphers, *probe.share);
  out.talk = std::make_shared<SessionTalk>(out.client, std::move(script));
  out.probe = {.hello = std::move(probe.hello), .until = ReadUntil::flight, .talk = out.talk};
  return out;
}

std::uint16_t SessionLane::share_group() const {
  constexpr std::uint16_t usual = 29;  // x25519
  if (wanted_group_) return *wanted_group_;
  const auto known = tls::KeyShare::groups();
  const auto& named = state_.facts.groups;
  const auto found = std::ranges::find_first_of(named, known);
  return found == named.end() ? usual : *found;
}

bool SessionLane::wants_other_group(const Outcome& outcome) {
  if (outcome.kind != OutcomeKind::retry_request || wanted_group_) return false;
  const auto group = outcome.server_hello().group;
  if (!group || *group == share_group() ||
      std::ranges::find(tls::KeyShare::groups(), *group) == tls::KeyShare::groups().end()) {
    return false;
  }
  wanted_group_ = group;
  return true;
}

model::Evidence SessionLane::evidence_of_session(const Outcome& outcome, const SessionTalk& talk,
                                                 std::string told) {
  std::vector<std::string> lines = {describe(outcome)};
  for (const Reaction& reaction : talk.reactions()) lines.push_back(describe(reaction));
  lines.push_back(std::move(told));
  return {{"sent", sent_text(outcome.sent)},
          {"received", to_hex(outcome.received)},
          {"outcome", join(lines, "\n")},
          {"round_trip", short_span(outcome.round_trip)}};
}

}  // namespace certherald::scan
