#include "scan/probes/probes.hpp"
#include "scan/session_lane.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using model::Verdict;

// Asks once for a handshake on the open connection, and goes through with it where it is granted.
class RenegotiateOnce final : public SessionScript {
 public:
  explicit RenegotiateOnce(Millis patience) : patience_(patience) {}

  std::optional<Move> next(tls::Client& client, const std::vector<Reaction>& reactions) override {
    if (!asked_) {
      asked_ = true;
      static_cast<tls::Tls12Client&>(client).renegotiate();
      return Move{client.output(), patience_};
    }
    // Data, or a request of the server's own: the answer is still to come.
    const bool other = !reactions.empty() && reactions.back().kind == ReactionKind::record &&
                       reactions.back().type != tls::ContentType::alert;
    if (client.stage() == tls::Stage::handshake && other && ++others_ < most_others)
      return Move{{}, patience_};
    return std::nullopt;
  }

 private:
  static constexpr int most_others = 16;
  Millis patience_;
  bool asked_ = false;
  int others_ = 0;
};

class ClientRenegotiationLane final : public SessionLane {
 public:
  explicit ClientRenegotiationLane(ScanState& state) : SessionLane(state, "client_renegotiation") {}

 private:
  std::optional<Probe> ask() override {
    auto spoken = spoken_or_settle();
    if (!spoken) return std::nullopt;
    constexpr int times_as_patient = 3;
    auto made = shake_hands(
        make_hello(state_, spoken->version, std::move(spoken->ciphers), groups_for(spoken->version)),
        std::make_unique<RenegotiateOnce>(times_as_patient * silence_of(state_)));
    client_ = std::move(made.client);
    talk_ = std::move(made.talk);
    return std::move(made.probe);
  }

  void judge(const Outcome& outcome) override {
    if (flight_missing(outcome)) return;
    if (client_->hellos().size() > 1) {
      return settle(Verdict::affected, "a client may ask for another handshake on an open connection",
                    evidence_of_session(outcome, *talk_, "a second ServerHello"));
    }
    if (talk_->reactions().empty()) return settle(Verdict::inconclusive, "the server did not answer");
    const Reaction& last = talk_->reactions().back();
    const auto refused = fmt::format("another handshake is refused: {}", describe(last));
    if (last.alert()) return settle(Verdict::not_affected, refused);
    switch (last.kind) {
      case ReactionKind::silent:
      case ReactionKind::closed:
      case ReactionKind::reset:
        return settle_if_alive(Verdict::not_affected, refused);
      case ReactionKind::record:
      case ReactionKind::foreign:
      case ReactionKind::broke:
        break;
    }
    settle(Verdict::inconclusive,
           fmt::format("a hello on the open connection was answered with {}", describe(last)));
  }

  std::shared_ptr<tls::Tls12Client> client_;
  std::shared_ptr<SessionTalk> talk_;
};

}  // namespace

std::unique_ptr<Lane> client_renegotiation_lane(ScanState& state) {
  return std::make_unique<ClientRenegotiationLane>(state);
}

}  // namespace certherald::scan
