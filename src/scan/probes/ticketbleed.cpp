#include <algorithm>

#include "scan/probes/probes.hpp"
#include "scan/session_lane.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using model::Verdict;

constexpr std::size_t whole_id = 32;

class JustShakeHands final : public SessionScript {
 public:
  std::optional<Move> next(tls::Client&, const std::vector<Reaction>&) override { return std::nullopt; }
};

// A broken server answers a session id of any length with 32 bytes: ours, and what lies behind it in its
// memory. Asked with 31, it can give one byte away, which is not kept.
class TicketbleedLane final : public SessionLane {
 public:
  explicit TicketbleedLane(ScanState& state) : SessionLane(state, "ticketbleed") {}

 private:
  std::optional<Probe> ask() override {
    if (session_) return ask_with_ticket();
    const auto spoken = spoken_or_settle();
    if (!spoken) return std::nullopt;
    tls::HelloSpec spec = make_hello(state_, spoken->version, spoken->ciphers, groups_for(spoken->version));
    spec.session_ticket = Bytes();
    version_ = spoken->version;
    auto made = shake_hands(std::move(spec), std::make_unique<JustShakeHands>());
    client_ = std::move(made.client);
    return std::move(made.probe);
  }

  Probe ask_with_ticket() {
    tls::HelloSpec spec = make_hello(state_, version_, {session_->cipher}, groups_for(version_));
    id_ = random_bytes(*state_.random, whole_id - 1);
    spec.encrypt_then_mac = false;
    spec.resumed_id = id_;
    spec.session_ticket = session_->ticket;
    return make_probe(state_, std::move(spec), ReadUntil::server_hello);
  }

  void judge(const Outcome& outcome) override { session_ ? judge_id(outcome) : judge_ticket(outcome); }

  void judge_ticket(const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::server_hello && !outcome.server_hello().session_ticket) {
      return settle(Verdict::not_affected, "the server gives no session tickets");
    }
    if (flight_missing(outcome)) return;
    session_ = client_->session();
    if (!session_ || session_->ticket.empty()) {
      settle(Verdict::not_affected, "the server gives no session tickets");
    }
  }

  void judge_id(const Outcome& outcome) {
    if (came_to_nothing(outcome)) return;
    if (!outcome.accepted()) {
      return settle_if_alive(
          Verdict::not_affected,
          fmt::format("a ticket with a session id of 31 bytes is refused: {}", describe(outcome)));
    }
    const Bytes& told = outcome.server_hello().session_id;
    const bool ours = told.size() >= id_.size() && std::equal(id_.begin(), id_.end(), told.begin());
    if (ours && told.size() == whole_id) {
      // What was received is left out: the byte may be anything.
      return settle(Verdict::affected, "a session id of 31 bytes came back as 32: one byte of memory with it",
                    {{"sent", sent_text(outcome.sent)},
                     {"outcome", "a ServerHello whose session_id is the one sent and one byte more"},
                     {"round_trip", short_span(outcome.round_trip)}});
    }
    settle(Verdict::not_affected, ours ? "a session id of 31 bytes comes back as it was sent"
                                       : "a ticket with a session id of 31 bytes is not resumed");
  }

  model::ProtocolVersion version_ = model::ProtocolVersion::tls12;
  std::shared_ptr<tls::Tls12Client> client_;
  std::optional<tls::Session> session_;
  Bytes id_;
};

}  // namespace

std::unique_ptr<Lane> ticketbleed_lane(ScanState& state) { return std::make_unique<TicketbleedLane>(state); }

}  // namespace certherald::scan
