#include "scan/follow_up.hpp"

#include <utility>

#include <fmt/format.h>

#include "codec/tls/server_messages.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

std::optional<tls::Alert> Reaction::alert() const {
  if (kind != ReactionKind::record || type != tls::ContentType::alert) return std::nullopt;
  return tls::parse_alert(fragment);
}

std::string describe(const Reaction& reaction) {
  switch (reaction.kind) {
    case ReactionKind::record:
      break;
    case ReactionKind::silent:
      return "silence";
    case ReactionKind::closed:
      return "closed";
    case ReactionKind::reset:
      return "reset";
    case ReactionKind::foreign:
      return "something that is no TLS";
    case ReactionKind::broke:
      return "cut off";
  }
  if (const auto alert = reaction.alert()) return tls::describe(*alert);
  return fmt::format("a record of type {} ({} bytes)", static_cast<int>(reaction.type),
                     reaction.fragment.size());
}

std::optional<Millis> FollowUp::patience() const {
  return move_ ? std::optional(move_->patience) : std::nullopt;
}

std::span<std::uint8_t> FollowUp::space() { return move_ ? records_.prepare() : reader_.space(); }

void FollowUp::received(std::size_t count) {
  if (move_) {
    records_.commit(count);
    read_records();
    return;
  }
  reader_.received(count);
  if (!reader_.wants_more()) flight_ended();
}

void FollowUp::flight_ended() {
  const Outcome& flight = reader_.outcome();
  done_ = flight.kind != OutcomeKind::server_hello || !flight.detail.empty();
  if (done_) return;
  records_.feed(reader_.unread());
  ask_script();
  read_records();
}

void FollowUp::ask_script() {
  move_ = script_->next(reader_.outcome(), reactions_);
  done_ = !move_;
  if (done_) return;
  output_ = move_->send;
  sent_.push_back(move_->send);
}

void FollowUp::read_records() {
  while (!done_) {
    const tls::RecordStep step = records_.next();
    if (std::holds_alternative<tls::NeedMore>(step)) return;
    if (std::holds_alternative<tls::NotTls>(step)) return end_move(ReactionKind::foreign);
    const auto& record = std::get<tls::Record>(step);
    reactions_.push_back(
        {ReactionKind::record, record.type, {record.fragment.begin(), record.fragment.end()}});
    ask_script();
  }
}

void FollowUp::end_move(ReactionKind kind) {
  reactions_.push_back({kind, {}, {}});
  if (kind == ReactionKind::silent) return ask_script();
  done_ = true;
}

void FollowUp::closed() {
  if (move_) return end_move(ReactionKind::closed);
  reader_.closed();
  done_ = true;
}

void FollowUp::reset() {
  if (move_) return end_move(ReactionKind::reset);
  reader_.reset();
  done_ = true;
}

void FollowUp::timed_out(Millis waited) {
  if (move_) {
    reactions_.push_back({ReactionKind::silent, {}, {}});
  } else {
    reader_.timed_out(waited);
  }
  done_ = true;
}

void FollowUp::broke(std::string detail) {
  if (move_) return end_move(ReactionKind::broke);
  reader_.broke(std::move(detail));
  done_ = true;
}

}  // namespace certherald::scan
