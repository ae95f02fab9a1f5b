#include "scan/probe_lane.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;
using model::Verdict;

constexpr int failures_allowed = 1;  // in a row

}  // namespace

std::optional<Probe> ProbeLane::next() {
  if (!done_ && state_.stopped) settle(Verdict::inconclusive, *state_.stopped);
  if (done_) return std::nullopt;
  if (pending_ && state_.known_good) return make_probe(state_, *state_.known_good, ReadUntil::server_hello);
  return ask();
}

void ProbeLane::answered(const Outcome& outcome) {
  auto result = std::exchange(pending_, std::nullopt);
  if (!result) return judge(outcome);
  if (outcome.accepted()) {
    return settle(result->verdict, std::move(result->reason), std::move(result->evidence));
  }
  settle(Verdict::inconclusive,
         fmt::format("{}, but a hello that had worked then did not: {}", result->reason, describe(outcome)));
}

void ProbeLane::settle(Verdict verdict, std::string reason, model::Evidence evidence) {
  settle_as(check_, verdict, std::move(reason), std::move(evidence));
}

void ProbeLane::settle_as(std::string_view check, Verdict verdict, std::string reason,
                          model::Evidence evidence) {
  done_ = true;
  state_.facts.probed.push_back({std::string(check), verdict, std::move(reason), std::move(evidence)});
}

void ProbeLane::settle_if_alive(Verdict verdict, std::string reason, model::Evidence evidence) {
  if (!state_.known_good) return settle(Verdict::inconclusive, "no hello was accepted to compare with");
  pending_ = {std::string(check_), verdict, std::move(reason), std::move(evidence)};
}

bool ProbeLane::try_again(const std::string& what) {
  if (failures_++ >= failures_allowed)
    settle(Verdict::inconclusive, fmt::format("the probe failed: {}", what));
  return true;
}

bool ProbeLane::came_to_nothing(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::silent:
    case OutcomeKind::not_connected:
    case OutcomeKind::not_started:
    case OutcomeKind::not_tls:
    case OutcomeKind::malformed:
    case OutcomeKind::too_large:
    case OutcomeKind::gave_up:
      return try_again(describe(outcome));
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
    case OutcomeKind::alert:
    case OutcomeKind::closed:
    case OutcomeKind::reset:
      return false;
  }
  return false;
}

bool ProbeLane::flight_missing(const Outcome& outcome) {
  if (outcome.kind != OutcomeKind::server_hello) return try_again(describe(outcome));
  if (!outcome.detail.empty()) return try_again(outcome.detail);
  failures_ = 0;
  return false;
}

void ProbeLane::settle_without_older_version() {
  for (const auto version : {ssl3, tls10, tls11, tls12}) {
    if (state_.facts.of(version).acceptance == Acceptance::refused) continue;
    return settle(Verdict::inconclusive,
                  fmt::format("whether {} is accepted could not be told", model::display_name(version)));
  }
  settle(Verdict::not_applicable, "no version below TLS 1.3 is accepted");
}

std::optional<Spoken> spoken_below_tls13(const Facts& facts) {
  for (const auto version : {tls12, tls11, tls10, ssl3}) {
    const VersionFacts& row = facts.of(version);
    if (row.acceptance != Acceptance::accepted || row.ciphers.empty()) continue;
    Spoken out{version, {}};
    for (const std::uint32_t code : row.ciphers) {
      if (out.ciphers.size() < short_list) out.ciphers.push_back(static_cast<std::uint16_t>(code));
    }
    return out;
  }
  return std::nullopt;
}

Probe make_follow_up(const ScanState& state, tls::HelloSpec spec, std::unique_ptr<Script> script) {
  Probe probe = make_probe(state, std::move(spec), ReadUntil::flight);
  probe.talk = std::make_shared<FollowUp>(HelloProbe(ReadUntil::flight), std::move(script));
  return probe;
}

Millis silence_of(const ScanState& state) {
  constexpr int round_trips = 4;
  return std::max(state.quiet, round_trips * state.round_trip);
}

Bytes make_record(tls::ContentType type, std::uint16_t version, ByteView fragment) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u16(version).vector16(fragment);
  return std::move(out).take();
}

Bytes random_bytes(Random& random, std::size_t count) {
  Bytes out(count);
  random.fill(out);
  return out;
}

model::Evidence evidence_of(const Outcome& outcome, const FollowUp& talk) {
  std::vector<std::string> sent = {sent_text(outcome.sent)};
  std::vector<std::string> came = {to_hex(outcome.received)};
  std::vector<std::string> told = {describe(outcome)};
  for (const Bytes& bytes : talk.sent()) sent.push_back(sent_text(bytes));
  for (const Reaction& reaction : talk.reactions()) {
    constexpr std::size_t enough = 64;
    came.push_back(to_hex(ByteView(reaction.fragment).first(std::min(enough, reaction.fragment.size()))));
    told.push_back(describe(reaction));
  }
  return {{"sent", join(sent, "\n")},
          {"received", join(came, "\n")},
          {"outcome", join(told, "\n")},
          {"round_trip", short_span(outcome.round_trip)}};
}

}  // namespace certherald::scan
