#include "scan/opening.hpp"

#include <algorithm>
#include <utility>

#include "scan/suite_order.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

constexpr int repeats_allowed = 1;
constexpr Millis pause_before_repeat{200};
constexpr std::uint16_t usual_group = 29;  // x25519

bool is_static_diffie_hellman(const tls::CipherInfo& info) {
  return info.key_exchange == tls::KeyExchange::dh || info.key_exchange == tls::KeyExchange::dh_export ||
         info.key_exchange == tls::KeyExchange::ecdh;
}

// Every suite of TLS 1.3, and of the older ones that the first hello left out those that send a certificate
// and that some server still has.
std::vector<std::uint16_t> other_suites() {
  std::vector<std::uint16_t> out = suites_for(tls13);
  const std::vector<std::uint16_t> all = suites_for(tls12);
  for (std::size_t i = usual_suites().size(); i < all.size() && out.size() < long_list; ++i) {
    const tls::CipherInfo& info = *tls::find_cipher_suite(all[i]);
    if (info.sends_certificate() && !is_static_diffie_hellman(info)) out.push_back(all[i]);
  }
  return out;
}

std::vector<std::uint16_t> first_of(std::vector<std::uint16_t> list) {
  list.resize(std::min(list.size(), short_list));
  return list;
}

}  // namespace

std::size_t OpeningLane::steps() const { return state_.facts.tier == model::Tier::inventory ? 2 : 4; }

tls::HelloSpec OpeningLane::hello_of_step() const {
  const auto usual = usual_suites();
  switch (step_) {
    case 0:
      return make_hello(state_, tls12, {usual.begin(), usual.end()}, groups_for(tls12));
    case 1: {
      auto spec = make_hello(state_, tls13, other_suites(), groups_for(tls13));
      spec.lower_versions = true;
      return spec;
    }
    case 2:
      return make_hello(state_, tls10, first_of(suites_for(tls10)), groups_for(tls10));
    default:
      return make_hello(state_, ssl3, first_of(suites_for(ssl3)), {});
  }
}

std::optional<Probe> OpeningLane::next() {
  if (done_ || state_.stopped || step_ >= steps()) return std::nullopt;
  spec_ = hello_of_step();
  spec_.status_request = spec_.version >= tls10;  // SSL 3.0 has no extensions
  Probe probe = spec_.version == tls13 ? make_certificate_probe(state_, spec_, usual_group)
                                       : make_probe(state_, spec_, ReadUntil::flight);
  if (repeats_ > 0 && told_ &&
      (told_->kind == OutcomeKind::not_connected || told_->kind == OutcomeKind::not_started)) {
    probe.wait_before = pause_before_repeat;
  }
  return probe;
}

void OpeningLane::answered(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request: {
      const Attempt attempt{repeats_ + 1, repeats_allowed + 1};
      const Choice choice = note_answer(state_, spec_, outcome, attempt);
      if (choice == Choice::lower_version) {
        // It answers the highest version it has: that one holds as well as if it had been asked for.
        tls::HelloSpec as_chosen = spec_;
        as_chosen.version = tls::version_from_wire(outcome.server_hello().version).value_or(ssl3);
        as_chosen.lower_versions = false;
        VersionFacts& asked = state_.facts.of(spec_.version);
        asked.acceptance = Acceptance::refused;
        asked.ending = fmt::format("chose {} instead", model::display_name(as_chosen.version));
        asked.complete = true;
        state_.surely_refused.insert(spec_.version);
        note_answer(state_, as_chosen, outcome, attempt);
        state_.known_good = spec_;
      }
      if (choice == Choice::faulty) {
        refused(outcome);
        return;
      }
      done_ = true;
      return;
    }
    case OutcomeKind::silent:
    case OutcomeKind::not_connected:
      remember(outcome);
      done_ = repeats_++ >= repeats_allowed;
      return;
    case OutcomeKind::not_started:
      remember(outcome);
      // A server that said no would say it again, and one that turned us away would like it still less.
      done_ = outcome.status != model::ScanStatus::unreachable || repeats_++ >= repeats_allowed;
      return;
    case OutcomeKind::not_tls:
    case OutcomeKind::malformed:
    case OutcomeKind::too_large:
    case OutcomeKind::gave_up:
      state_.facts.not_tls_prefix = outcome.prefix;
      remember(outcome);
      done_ = true;
      return;
    case OutcomeKind::alert:
    case OutcomeKind::closed:
    case OutcomeKind::reset:
      refused(outcome);
      return;
  }
}

void OpeningLane::remember(const Outcome& outcome) {
  // An alert is TLS, whatever came before or after it; and having given up tells least.
  const bool tells_less =
      told_ && (told_->kind == OutcomeKind::alert || outcome.kind == OutcomeKind::gave_up);
  if (!tells_less) told_ = outcome;
  const bool gone = outcome.kind == OutcomeKind::silent || outcome.kind == OutcomeKind::not_connected ||
                    outcome.kind == OutcomeKind::reset || outcome.kind == OutcomeKind::not_started;
  if (gone && told_->kind == OutcomeKind::alert) cut_off_ = outcome;
}

void OpeningLane::refused(const Outcome& outcome) {
  remember(outcome);
  const bool name_refused = outcome.alert && outcome.alert->description == tls::alert_unrecognized_name;
  if (name_refused && !state_.server_name.empty()) {
    state_.server_name.clear();
    state_.facts.needs_no_sni = true;
    return;
  }
  ++step_;
}

model::ScanStatus OpeningLane::status() const {
  if (state_.known_good) return model::ScanStatus::scanned;
  if (!told_) return model::ScanStatus::unreachable;
  if (cut_off_) return model::ScanStatus::blocked;
  switch (told_->kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
    case OutcomeKind::alert:
      return model::ScanStatus::scanned;
    case OutcomeKind::reset:
    case OutcomeKind::closed:
    case OutcomeKind::not_tls:
    case OutcomeKind::malformed:
    case OutcomeKind::too_large:
      return model::ScanStatus::not_tls;
    case OutcomeKind::not_started:
      return told_->status;
    case OutcomeKind::silent:
    case OutcomeKind::not_connected:
    case OutcomeKind::gave_up:
      return model::ScanStatus::unreachable;
  }
  return model::ScanStatus::unreachable;
}

std::string OpeningLane::error() const {
  if (speaks_tls()) return "";
  if (!told_) return state_.stopped.value_or("it was not asked");
  if (cut_off_) {
    return fmt::format("refused a TLS hello ({}) and then was gone: {}", describe(*told_),
                       describe(*cut_off_));
  }
  switch (told_->kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
    case OutcomeKind::alert:
      return "";
    case OutcomeKind::reset:
      return "resets the connection when asked for TLS: no TLS on this port, or a filter in between";
    case OutcomeKind::closed:
      return "closes the connection when asked for TLS: no TLS on this port, or a filter in between";
    case OutcomeKind::not_tls:
      return describe_not_tls(told_->prefix);
    case OutcomeKind::malformed:
      return fmt::format("answers with TLS that makes no sense: {}", told_->detail);
    case OutcomeKind::too_large:
      return fmt::format("sends {}; reading stopped there", told_->detail);
    case OutcomeKind::silent:
      return fmt::format("connected, but the answer to a TLS hello did not come: {}", told_->detail);
    case OutcomeKind::not_connected:
    case OutcomeKind::not_started:
    case OutcomeKind::gave_up:
      return told_->detail;
  }
  return told_->detail;
}

bool CertificateLane::needed() const {
  const Facts& facts = state_.facts;
  return facts.chain.empty() && facts.chain_missing.empty() &&
         facts.of(tls13).acceptance == Acceptance::accepted && group().has_value();
}

// The first that the server named and we have keys for.
std::optional<std::uint16_t> CertificateLane::group() const {
  const auto known = tls::KeyShare::groups();
  const auto& named = state_.facts.groups;
  const auto found = std::ranges::find_first_of(named, known);
  return found == named.end() ? std::nullopt : std::optional(*found);
}

std::optional<Probe> CertificateLane::next() {
  if (done_ || state_.stopped || !needed()) return std::nullopt;
  const std::uint16_t wanted = group().value_or(usual_group);
  spec_ = make_hello(state_, tls13, suites_for(tls13), {wanted});
  spec_.status_request = true;
  return make_certificate_probe(state_, spec_, wanted);
}

void CertificateLane::answered(const Outcome& outcome) {
  const bool nothing_came = outcome.kind == OutcomeKind::silent || outcome.kind == OutcomeKind::not_connected;
  done_ = !nothing_came || std::exchange(failed_once_, true);
  if (outcome.accepted()) {
    note_answer(state_, spec_, outcome);
  } else if (done_) {
    state_.facts.chain_missing = fmt::format("the certificate did not arrive: {}", describe(outcome));
  }
}

}  // namespace certherald::scan
