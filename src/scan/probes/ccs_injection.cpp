#include <algorithm>
#include <array>
#include <utility>

#include "scan/probe_lane.hpp"
#include "scan/probes/probes.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using model::Verdict;

constexpr std::uint8_t alert_unexpected_message = 10;

// ChangeCipherSpec where no key was agreed yet, and, to a server that swallows it, a record that it now takes
// for an encrypted one. Apart, so that no reset can destroy the answer to the first.
class EarlyChange final : public Script {
 public:
  EarlyChange(Bytes noise, Millis patience) : noise_(std::move(noise)), patience_(patience) {}

  std::optional<Move> next(const Outcome& flight, const std::vector<Reaction>& reactions) override {
    const std::uint16_t version = flight.server_hello().legacy_version;
    constexpr std::array<std::uint8_t, 1> change = {1};
    if (reactions.empty()) {
      return Move{make_record(tls::ContentType::change_cipher_spec, version, change), patience_};
    }
    constexpr int times_as_patient = 3;
    if (reactions.size() > 1 || reactions.front().kind != ReactionKind::silent) return std::nullopt;
    return Move{make_record(tls::ContentType::handshake, version, noise_), times_as_patient * patience_};
  }

 private:
  Bytes noise_;
  Millis patience_;
};

// What a server says that tried to decrypt the second record, whatever its suite.
bool tells_of_decryption(const tls::Alert& alert) {
  constexpr auto told = std::to_array<std::uint8_t>({20, 21, 50, 40});
  return std::ranges::find(told, alert.description) != told.end();
}

class CcsInjectionLane final : public ProbeLane {
 public:
  explicit CcsInjectionLane(ScanState& state) : ProbeLane(state, "ccs_injection") {}

 private:
  std::optional<Probe> ask() override {
    auto spoken = spoken_below_tls13(state_.facts);
    if (!spoken) {
      settle_without_older_version();
      return std::nullopt;
    }
    if (spoken->ciphers.size() > 1) std::erase(spoken->ciphers, unclear_with_);
    constexpr std::size_t noise = 64;
    Probe probe = make_follow_up(
        state_, make_hello(state_, spoken->version, spoken->ciphers, groups_for(spoken->version)),
        std::make_unique<EarlyChange>(random_bytes(*state_.random, noise), silence_of(state_)));
    talk_ = std::static_pointer_cast<FollowUp>(probe.talk);
    return probe;
  }

  void judge(const Outcome& outcome) override {
    if (flight_missing(outcome)) return;
    const auto& reactions = talk_->reactions();
    const Reaction& last = reactions.back();
    const auto alert = last.alert();
    if (reactions.size() == 1) {
      if (alert && alert->description == alert_unexpected_message) {
        return settle(Verdict::not_affected,
                      "an early ChangeCipherSpec is refused: alert 10 unexpected_message");
      }
      if (last.kind == ReactionKind::closed || last.kind == ReactionKind::reset) {
        return settle_if_alive(Verdict::not_affected,
                               fmt::format("an early ChangeCipherSpec is refused: {}", describe(last)));
      }
    } else if (alert && tells_of_decryption(*alert)) {
      return settle(Verdict::affected,
                    fmt::format("an early ChangeCipherSpec was taken, and what came after it decrypted: {}",
                                describe(last)),
                    evidence_of(outcome, *talk_));
    }
    if (std::exchange(unclear_with_, outcome.server_hello().cipher) == 0) return;  // once more
    settle(Verdict::inconclusive,
           fmt::format("an early ChangeCipherSpec was answered with {}{}", describe(reactions.front()),
                       reactions.size() > 1 ? fmt::format(", then {}", describe(last)) : ""));
  }

  std::uint16_t unclear_with_ = 0;  // the suite of a first try that told nothing
  std::shared_ptr<FollowUp> talk_;
};

}  // namespace

std::unique_ptr<Lane> ccs_injection_lane(ScanState& state) {
  return std::make_unique<CcsInjectionLane>(state);
}

}  // namespace certherald::scan
