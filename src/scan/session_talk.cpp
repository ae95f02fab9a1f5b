#include "scan/session_talk.hpp"

#include <algorithm>

namespace certherald::scan {

namespace tls = codec::tls;

std::optional<Millis> SessionTalk::patience() const {
  return move_ ? std::optional(move_->patience) : std::nullopt;
}

void SessionTalk::received(std::size_t count) {
  constexpr std::size_t enough = 64;
  const auto came = space_.first(std::min(count, enough - first_.size()));
  first_.insert(first_.end(), came.begin(), came.end());
  client_->received(count);
  advance();
}

void SessionTalk::advance() {
  const Bytes answer = client_->output();
  output_.insert(output_.end(), answer.begin(), answer.end());
  if (!opened_ && client_->stage() == tls::Stage::open) {
    opened_ = true;
    shaking_ = false;
    ask_script();
  }
  while (!done_) {
    auto record = client_->take();
    if (!record) break;
    reactions_.push_back({ReactionKind::record, record->type, std::move(record->content)});
    ask_script();
  }
  const bool shook = std::exchange(shaking_, client_->stage() == tls::Stage::handshake);
  if (!done_ && shook && client_->stage() == tls::Stage::open) ask_script();
  if (!done_ && client_->stage() == tls::Stage::ended) client_ended();
}

void SessionTalk::client_ended() {
  done_ = true;
  const auto& alert = client_->alert();
  if (opened_) {
    if (!alert) {
      reactions_.push_back({ReactionKind::foreign, {}, {}});
      return;
    }
    reactions_.push_back({ReactionKind::record, tls::ContentType::alert, {alert->level, alert->description}});
    return;
  }
  ending_ = alert ? OutcomeKind::alert : OutcomeKind::malformed;
  detail_ = alert ? tls::describe(*alert) : client_->failure();
}

void SessionTalk::ask_script() {
  move_ = script_->next(*client_, reactions_);
  done_ = !move_;
  if (done_) return;
  output_.insert(output_.end(), move_->send.begin(), move_->send.end());
  shaking_ = client_->stage() == tls::Stage::handshake;
}

void SessionTalk::paused() {
  reactions_.push_back({ReactionKind::silent, {}, {}});
  ask_script();
}

void SessionTalk::end(ReactionKind kind, OutcomeKind before, std::string detail) {
  done_ = true;
  if (opened_) {
    reactions_.push_back({kind, {}, {}});
    return;
  }
  ending_ = before;
  detail_ = std::move(detail);
}

void SessionTalk::timed_out(Millis waited) {
  end(ReactionKind::silent, OutcomeKind::silent, fmt::format("no answer in {}", short_span(waited)));
}

void SessionTalk::broke(std::string detail) {
  end(ReactionKind::broke, OutcomeKind::gave_up, std::move(detail));
}

Outcome SessionTalk::take() {
  Outcome out;
  out.received = first_;
  out.alert = client_->alert();
  if (client_->hellos().empty()) {
    out.kind = ending_;
    out.detail = std::move(detail_);
    return out;
  }
  out.hello = client_->hellos().front();
  out.kind = out.hello->retry_request ? OutcomeKind::retry_request : OutcomeKind::server_hello;
  if (!client_->chain().empty()) out.chain = client_->chain();
  if (!opened_) out.detail = fmt::format("the handshake did not come to its end: {}", detail_);
  return out;
}

}  // namespace certherald::scan
