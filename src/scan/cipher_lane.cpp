#include "scan/cipher_lane.hpp"

#include <algorithm>

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

constexpr std::size_t implausible = 150;  // suites accepted without one refusal; no TLS stack has so many
constexpr int failures_allowed = 1;       // in a row, before a lane gives up

}  // namespace

CipherLane::CipherLane(ScanState& state, model::ProtocolVersion version)
    : state_(state), version_(version), remaining_(suites_for(version)) {
  std::erase_if(remaining_, [this](std::uint16_t code) {
    return std::ranges::find(row().ciphers, code) != row().ciphers.end();
  });
  done_ = row().acceptance == Acceptance::refused;
}

std::size_t CipherLane::list_size() {
  const bool stands_long =
      state_.long_list_stood || (row().acceptance == Acceptance::accepted && !long_list_fails_);
  const std::size_t size = stands_long ? long_list : short_list;
  return version_ == ssl3 ? std::min(size, tls::max_ssl3_ciphers) : size;
}

std::optional<Probe> CipherLane::next() {
  if (!done_ && state_.stopped) give_up(*state_.stopped);
  if (done_) return std::nullopt;
  if (!unconfirmed_.empty() && state_.known_good) {
    return make_probe(state_, *state_.known_good, ReadUntil::server_hello);
  }
  if (remaining_.empty()) {
    finish();
    return std::nullopt;
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(list_size(), remaining_.size()));
  offer_ =
      make_hello(state_, version_, {remaining_.begin(), remaining_.begin() + count}, groups_for(version_));
  const bool want_chain = version_ < tls13 && wants_chain(state_);
  return make_probe(state_, offer_, want_chain ? ReadUntil::flight : ReadUntil::server_hello);
}

void CipherLane::answered(const Outcome& outcome) {
  if (!unconfirmed_.empty()) {
    answered_control(outcome);
    return;
  }
  switch (outcome.kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
      accepted(outcome);
      return;
    case OutcomeKind::alert:
      refused(describe(outcome), outcome.alert && outcome.alert->description == tls::alert_protocol_version);
      return;
    case OutcomeKind::closed:
    case OutcomeKind::reset:
      if (state_.known_good) {
        unconfirmed_ = describe(outcome);
        return;
      }
      refused(describe(outcome), false);
      return;
    case OutcomeKind::silent:
    case OutcomeKind::not_connected:
    case OutcomeKind::not_started:
      no_answer(outcome);
      return;
    case OutcomeKind::not_tls:
    case OutcomeKind::malformed:
    case OutcomeKind::too_large:
    case OutcomeKind::gave_up:
      give_up(describe(outcome));
      return;
  }
}

void CipherLane::accepted(const Outcome& outcome) {
  switch (note_answer(state_, offer_, outcome, {failures_ + 1, failures_allowed + 1})) {
    case Choice::taken:
      taken(outcome.server_hello().cipher);
      return;
    case Choice::faulty:
      refused("chose what was not offered", false);
      return;
    case Choice::lower_version:
      break;
  }
  if (row().acceptance != Acceptance::accepted) state_.surely_refused.insert(version_);
  const auto chosen = tls::version_from_wire(outcome.server_hello().version).value_or(ssl3);
  refused(fmt::format("chose {} instead", model::display_name(chosen)), true);
}

void CipherLane::answered_control(const Outcome& outcome) {
  const std::string how = std::exchange(unconfirmed_, "");
  if (outcome.accepted()) {
    refused(how, false);
    return;
  }
  give_up(fmt::format("{}, and a hello that had worked then did not: {}", how, describe(outcome)));
}

void CipherLane::taken(std::uint16_t cipher) {
  failures_ = 0;
  if (offer_.ciphers.size() > short_list) state_.long_list_stood = true;
  std::erase(remaining_, cipher);
  if (list_refused_ || row().ciphers.size() < implausible) return;
  // Something in between says yes to whatever is asked. What the server would say cannot be seen.
  note_fault(state_.facts, fmt::format("accepts every suite of {} that it is offered, which no server does",
                                       model::display_name(version_)));
  row().ciphers.clear();
  row().proofs.clear();
  give_up("it says yes to every suite, so a device in between answers");
}

void CipherLane::refused(const std::string& how, bool whole_version) {
  failures_ = 0;
  row().ending = how;
  if (whole_version && row().acceptance != Acceptance::accepted) {
    finish();
    return;
  }
  if (offer_.ciphers.size() > short_list && !state_.long_list_stood) {
    long_list_fails_ = true;  // it may be the length that it refuses: once more in short lists
    return;
  }
  list_refused_ = true;
  remaining_.erase(remaining_.begin(),
                   remaining_.begin() + static_cast<std::ptrdiff_t>(offer_.ciphers.size()));
  if (remaining_.empty()) finish();
}

void CipherLane::no_answer(const Outcome& outcome) {
  if (++failures_ > failures_allowed) give_up(describe(outcome));
}

void CipherLane::finish() {
  done_ = true;
  if (row().acceptance != Acceptance::accepted) row().acceptance = Acceptance::refused;
  row().complete = true;
}

void CipherLane::give_up(const std::string& why) {
  done_ = true;
  if (row().acceptance != Acceptance::accepted) row().acceptance = Acceptance::unknown;
  row().complete = false;
  row().ending = why;
}

bool GroupLane::prepare() {
  prepared_ = true;
  for (const std::uint32_t code : state_.facts.of(version_).ciphers) {
    const tls::CipherInfo* info = tls::find_cipher_suite(code);
    const bool fits = info != nullptr && (version_ == tls13 || info->key_exchange == tls::KeyExchange::ecdhe);
    if (fits && ciphers_.size() < short_list) ciphers_.push_back(static_cast<std::uint16_t>(code));
  }
  remaining_ = groups_for(version_);
  std::erase_if(remaining_, [this](std::uint16_t code) {
    return std::ranges::find(state_.facts.groups, code) != state_.facts.groups.end();
  });
  return !ciphers_.empty();
}

std::optional<Probe> GroupLane::next() {
  if (done_ || state_.stopped) return std::nullopt;
  if (!prepared_ && !prepare()) return std::nullopt;
  if (ciphers_.empty() || remaining_.empty()) return std::nullopt;
  offer_ = make_hello(state_, version_, ciphers_, remaining_);
  return make_probe(state_, offer_, ReadUntil::key_exchange);
}

std::optional<std::uint16_t> GroupLane::chosen_group(const Outcome& outcome) const {
  if (!outcome.hello) return std::nullopt;
  if (version_ == tls13) return outcome.hello->group;
  return outcome.keys ? outcome.keys->group : std::nullopt;
}

void GroupLane::answered(const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::silent || outcome.kind == OutcomeKind::not_connected ||
      outcome.kind == OutcomeKind::not_started) {
    done_ = std::exchange(failed_once_, true);
    return;
  }
  if (!outcome.accepted()) {
    done_ = true;
    // An ECDSA key's own curve must be among those offered (RFC 8422 section 5.1): with that one taken out
    // a refusal says nothing.
    const bool only_ecdsa =
        version_ != tls13 && std::ranges::all_of(ciphers_, [](std::uint16_t code) {
          return tls::find_cipher_suite(code)->authentication == tls::Authentication::ecdsa;
        });
    if (only_ecdsa) return;
    state_.facts.groups_complete = outcome.kind == OutcomeKind::alert ||
                                   outcome.kind == OutcomeKind::closed || outcome.kind == OutcomeKind::reset;
    return;
  }
  const auto group = chosen_group(outcome);
  const Choice choice = note_answer(state_, offer_, outcome);
  if (choice != Choice::taken || !group || std::erase(remaining_, *group) == 0) {
    // It does not look at what is offered, or went on without a group: no more can be learnt this way.
    done_ = true;
    state_.facts.groups_complete = choice != Choice::faulty;
    return;
  }
  if (remaining_.empty()) state_.facts.groups_complete = true;
}

bool ControlLane::needed() const {
  return std::ranges::any_of(state_.facts.versions, [this](const VersionFacts& row) {
    return row.complete && !state_.surely_refused.contains(row.version);
  });
}

std::optional<Probe> ControlLane::next() {
  if (done_ || !needed()) return std::nullopt;
  if (!state_.known_good || state_.stopped) {
    Outcome none;
    none.detail = state_.stopped.value_or("no hello was accepted at all");
    failures_ = failures_allowed;
    answered(none);
    return std::nullopt;
  }
  return make_probe(state_, *state_.known_good, ReadUntil::server_hello);
}

void ControlLane::answered(const Outcome& outcome) {
  if (outcome.accepted()) {
    done_ = true;
    return;
  }
  if (failures_++ < failures_allowed) return;
  done_ = true;
  state_.facts.groups_complete = false;
  for (VersionFacts& row : state_.facts.versions) {
    if (!row.complete || state_.surely_refused.contains(row.version)) continue;
    row.complete = false;
    if (row.acceptance == Acceptance::refused) row.acceptance = Acceptance::unknown;
    row.ending = state_.known_good ? fmt::format("{}, but a hello that had worked then did not: {}",
                                                 row.ending, describe(outcome))
                                   : fmt::format("{}, but {}", row.ending, outcome.detail);
  }
}

}  // namespace certherald::scan
