#include "scan/alternate_lane.hpp"

#include <algorithm>
#include <utility>

#include "codec/tls/named_groups.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

constexpr std::uint16_t usual_group = 29;  // x25519

std::optional<model::ProtocolVersion> newest_below_tls13(const Facts& facts) {
  for (const auto version : {tls12, tls11, tls10}) {
    if (facts.of(version).acceptance == Acceptance::accepted) return version;
  }
  return std::nullopt;
}

bool is_for(std::uint32_t code, tls::Authentication key) {
  const tls::CipherInfo* info = tls::find_cipher_suite(code);
  return info != nullptr && info->authentication == key && info->sends_certificate();
}

// Suites that need this key: those the server is known to accept, the usual ones where none were counted.
std::vector<std::uint16_t> suites_that_need(tls::Authentication key, const VersionFacts& row) {
  std::vector<std::uint16_t> out;
  if (row.complete) {
    for (const std::uint32_t code : row.ciphers) {
      if (is_for(code, key)) out.push_back(static_cast<std::uint16_t>(code));
    }
    return out;
  }
  std::ranges::copy_if(usual_suites(), std::back_inserter(out),
                       [key](std::uint16_t code) { return is_for(code, key); });
  return out;
}

// One that the server took and we have keys for.
std::uint16_t share_group(const Facts& facts) {
  const auto found = std::ranges::find_first_of(facts.groups, tls::KeyShare::groups());
  return found == facts.groups.end() ? usual_group : *found;
}

}  // namespace

void AlternateLane::ask_by_suites(tls::Authentication key, std::string way) {
  if (state_.chain_for == key) return;
  const auto version = *newest_below_tls13(state_.facts);
  auto suites = suites_that_need(key, state_.facts.of(version));
  if (suites.empty()) return;
  questions_.push_back({std::move(way), make_hello(state_, version, std::move(suites), groups_for(version))});
}

void AlternateLane::ask_by_signatures(std::vector<std::uint16_t> signatures, std::string way) {
  auto hello = make_hello(state_, tls13, suites_for(tls13), {share_group(state_.facts)});
  hello.signatures = std::move(signatures);
  questions_.push_back({std::move(way), std::move(hello)});
}

void AlternateLane::prepare() {
  prepared_ = true;
  const Facts& facts = state_.facts;
  if (facts.chain.empty()) {
    all_answered_ = false;
    return;
  }
  const auto version = newest_below_tls13(facts);
  if (version) {
    ask_by_suites(tls::Authentication::ecdsa, "for ECDSA");
    ask_by_suites(tls::Authentication::rsa, "for RSA");
  } else if (facts.of(tls13).acceptance == Acceptance::accepted) {
    ask_by_signatures(tls::ecdsa_signatures(), "for ECDSA");
    ask_by_signatures(tls::rsa_signatures(), "for RSA");
  }
  if (state_.server_name.empty()) return;
  const auto usual = usual_suites();
  auto nameless = version ? make_hello(state_, *version, {usual.begin(), usual.end()}, groups_for(*version))
                          : make_hello(state_, tls13, suites_for(tls13), {share_group(facts)});
  nameless.server_name.clear();
  questions_.push_back({"without a server name", std::move(nameless)});
}

std::optional<Probe> AlternateLane::next() {
  if (!prepared_) prepare();
  if (state_.stopped) return std::nullopt;
  if (at_ >= questions_.size()) {
    state_.facts.others_asked = all_answered_;
    return std::nullopt;
  }
  tls::HelloSpec& hello = questions_[at_].hello;
  if (hello.version != tls13) return make_probe(state_, hello, ReadUntil::flight);
  return make_certificate_probe(state_, hello, hello.groups.front());
}

bool AlternateLane::is_new(const std::vector<Bytes>& chain) const {
  const Facts& facts = state_.facts;
  if (chain.empty() || chain.front() == facts.chain.front()) return false;
  return std::ranges::none_of(
      facts.other_chains, [&chain](const OtherFacts& other) { return other.chain.front() == chain.front(); });
}

void AlternateLane::answered(const Outcome& outcome) {
  const bool away = outcome.kind == OutcomeKind::not_connected || outcome.kind == OutcomeKind::gave_up;
  if ((away || outcome.kind == OutcomeKind::silent) && !std::exchange(failed_once_, true)) return;
  if (away) all_answered_ = false;
  if (outcome.accepted() && outcome.chain && is_new(*outcome.chain)) {
    state_.facts.other_chains.push_back({questions_[at_].way, *outcome.chain});
  }
  ++at_;
}

}  // namespace certherald::scan
