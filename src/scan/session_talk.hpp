#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/tls/client.hpp"
#include "scan/follow_up.hpp"
#include "scan/talk.hpp"

namespace certherald::scan {

// Decides what follows on a finished handshake. Pure; one for one connection.
class SessionScript {
 public:
  virtual ~SessionScript() = default;
  // Asked when the handshake is through, when one that renegotiates is, and after every reaction: a record,
  // opened, or how it ended. Nothing: it is over. What is sent is sealed by `client`.
  [[nodiscard]] virtual std::optional<Move> next(codec::tls::Client& client,
                                                 const std::vector<Reaction>& reactions) = 0;
};

// Goes through with a handshake and then follows the script until it or the connection ends. Where the
// handshake did not come through there are no reactions, and the outcome's `detail` says why.
class SessionTalk final : public Talk {
 public:
  SessionTalk(std::shared_ptr<codec::tls::Client> client, std::unique_ptr<SessionScript> script)
      : client_(std::move(client)), script_(std::move(script)) {}

  [[nodiscard]] bool wants_more() const override { return !done_; }
  [[nodiscard]] Bytes output() override { return std::exchange(output_, {}); }
  [[nodiscard]] std::optional<Millis> patience() const override;
  [[nodiscard]] std::span<std::uint8_t> space() override { return space_ = client_->space(); }
  void received(std::size_t count) override;
  void paused() override;
  void closed() override { end(ReactionKind::closed, OutcomeKind::closed, "closed"); }
  void reset() override { end(ReactionKind::reset, OutcomeKind::reset, "reset"); }
  void timed_out(Millis waited) override;
  void broke(std::string detail) override;
  [[nodiscard]] Outcome take() override;

  [[nodiscard]] const std::vector<Reaction>& reactions() const { return reactions_; }

 private:
  void advance();
  void ask_script();
  void client_ended();
  void end(ReactionKind kind, OutcomeKind before, std::string detail);

  std::shared_ptr<codec::tls::Client> client_;
  std::unique_ptr<SessionScript> script_;
  std::span<std::uint8_t> space_;
  Bytes output_;
  Bytes first_;  // bytes that came, at most 64
  std::optional<Move> move_;
  std::vector<Reaction> reactions_;
  bool opened_ = false;  // the first handshake is through
  bool shaking_ = true;  // one was under way when it was looked last
  bool done_ = false;
  OutcomeKind ending_ = OutcomeKind::silent;  // of a first handshake that did not come through
  std::string detail_;                        // the same
};

}  // namespace certherald::scan
