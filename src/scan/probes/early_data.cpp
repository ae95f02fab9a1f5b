#include <algorithm>

#include "scan/probes/probes.hpp"
#include "scan/session_lane.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

// Says nothing, and waits for the tickets that a server sends of itself.
class AwaitTicket final : public SessionScript {
 public:
  explicit AwaitTicket(Millis patience) : patience_(patience) {}

  std::optional<Move> next(tls::Client&, const std::vector<Reaction>& reactions) override {
    if (!reactions.empty() && is_end(reactions.back())) return std::nullopt;
    return Move{{}, patience_};
  }

 private:
  static bool is_end(const Reaction& reaction) {
    return reaction.kind != ReactionKind::record || reaction.type == tls::ContentType::handshake;
  }

  Millis patience_;
};

class EarlyDataLane final : public SessionLane {
 public:
  explicit EarlyDataLane(ScanState& state) : SessionLane(state, "early_data") {}

 private:
  std::optional<Probe> ask() override {
    const VersionFacts& row = state_.facts.of(tls13);
    if (row.acceptance == Acceptance::refused) {
      settle(Verdict::not_applicable, "TLS 1.3 is refused, and older versions have no early data");
      return std::nullopt;
    }
    if (row.acceptance != Acceptance::accepted) {
      settle(Verdict::inconclusive, "whether TLS 1.3 is accepted could not be told");
      return std::nullopt;
    }
    auto made = shake_hands_tls13(share_group(), std::make_unique<AwaitTicket>(silence_of(state_)));
    client_ = std::move(made.client);
    talk_ = std::move(made.talk);
    return std::move(made.probe);
  }

  void judge(const Outcome& outcome) override {
    if (wants_other_group(outcome) || flight_missing(outcome)) return;
    const auto& tickets = client_->tickets();
    for (const tls::Tls13Ticket& ticket : tickets) {
      if (ticket.max_early_data.value_or(0) == 0) continue;
      return settle(Verdict::affected,
                    fmt::format("session tickets allow {} bytes of early data", *ticket.max_early_data),
                    evidence_of_session(outcome, *talk_,
                                        fmt::format("max_early_data_size {}", *ticket.max_early_data)));
    }
    if (!tickets.empty()) return settle(Verdict::not_affected, "session tickets allow no early data");
    if (talk_->reactions().empty()) return settle(Verdict::inconclusive, "the handshake was cut off");
    const Reaction& last = talk_->reactions().back();
    if (last.kind == ReactionKind::silent) {
      return settle(Verdict::not_affected,
                    "no session ticket comes after the handshake, and early data needs one");
    }
    settle(Verdict::inconclusive,
           fmt::format("the handshake was followed by {}, not by a session ticket", describe(last)));
  }

  std::shared_ptr<tls::Tls13Client> client_;
  std::shared_ptr<SessionTalk> talk_;
};

}  // namespace

std::unique_ptr<Lane> early_data_lane(ScanState& state) { return std::make_unique<EarlyDataLane>(state); }

}  // namespace certherald::scan
