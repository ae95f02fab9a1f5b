#include <algorithm>
#include <utility>

#include "scan/probe_lane.hpp"
#include "scan/probes/probes.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using model::Verdict;

constexpr std::uint16_t payload_size = 8192;  // what is shorter stays in the buffers of a broken OpenSSL
constexpr std::uint8_t heartbeat_request = 1;
constexpr std::uint8_t heartbeat_response = 2;

// A request whose payload is really there, but without the padding that RFC 6520 section 4 demands. A server
// that keeps to it discards the message; one that believes the length without looking echoes it, and has
// nothing else to send.
class Heartbeat final : public Script {
 public:
  Heartbeat(Bytes payload, Millis patience) : payload_(std::move(payload)), patience_(patience) {}

  std::optional<Move> next(const Outcome& flight, const std::vector<Reaction>& reactions) override {
    if (!reactions.empty()) return std::nullopt;
    ByteWriter message;
    message.u8(heartbeat_request).vector16(payload_);
    return Move{
        make_record(tls::ContentType::heartbeat, flight.server_hello().legacy_version, message.view()),
        patience_};
  }

 private:
  Bytes payload_;
  Millis patience_;
};

bool echoes(const Reaction& reaction, const Bytes& payload) {
  ByteReader reader(reaction.fragment);
  const auto type = reader.u8();
  const auto echo = reader.vector16();
  return type == heartbeat_response && echo && std::ranges::equal(*echo, payload);
}

class HeartbleedLane final : public ProbeLane {
 public:
  explicit HeartbleedLane(ScanState& state) : ProbeLane(state, "heartbleed") {}

 private:
  std::optional<Probe> ask() override {
    const auto spoken = spoken_below_tls13(state_.facts);
    if (!spoken) {
      settle_without_older_version();
      return std::nullopt;
    }
    if (!state_.facts.heartbeat) {
      settle(Verdict::not_affected, "the server does not offer heartbeats");
      return std::nullopt;
    }
    constexpr int times_as_patient = 3;
    payload_ = random_bytes(*state_.random, payload_size);
    Probe probe = make_follow_up(
        state_, make_hello(state_, spoken->version, spoken->ciphers, groups_for(spoken->version)),
        std::make_unique<Heartbeat>(payload_, times_as_patient * silence_of(state_)));
    talk_ = std::static_pointer_cast<FollowUp>(probe.talk);
    return probe;
  }

  void judge(const Outcome& outcome) override {
    if (flight_missing(outcome)) return;
    const Reaction& reaction = talk_->reactions().back();
    if (reaction.kind == ReactionKind::broke || reaction.kind == ReactionKind::foreign) {
      return settle(Verdict::inconclusive,
                    fmt::format("a heartbeat was answered with {}", describe(reaction)));
    }
    if (reaction.kind != ReactionKind::record || reaction.alert()) {
      return settle_if_alive(
          Verdict::not_affected,
          fmt::format("a heartbeat without padding was not echoed: {}", describe(reaction)));
    }
    if (reaction.type == tls::ContentType::heartbeat && echoes(reaction, payload_)) {
      return settle(Verdict::affected,
                    "a heartbeat without padding was echoed: the server does not check its length",
                    evidence_of(outcome, *talk_));
    }
    settle(Verdict::inconclusive,
           fmt::format("a heartbeat was answered with {}, which is no echo of it", describe(reaction)));
  }

  Bytes payload_;
  std::shared_ptr<FollowUp> talk_;
};

}  // namespace

std::unique_ptr<Lane> heartbleed_lane(ScanState& state) { return std::make_unique<HeartbleedLane>(state); }

}  // namespace certherald::scan
