#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "codec/tls/protocol.hpp"
#include "codec/tls/record.hpp"
#include "scan/hello_probe.hpp"
#include "scan/talk.hpp"

namespace certherald::scan {

// What to do once the server has answered: send some bytes, or none, and see what comes back.
struct Move {
  Bytes send;
  Millis patience{0};  // a silence that is longer is the reaction
};

enum class ReactionKind : std::uint8_t {
  record,   // one record came
  silent,   // nothing, or no whole record
  closed,   // the peer ended the connection
  reset,    // with RST
  foreign,  // what came is no TLS
  broke,    // on our side of the wire
};

struct Reaction {
  ReactionKind kind = ReactionKind::broke;
  codec::tls::ContentType type = codec::tls::ContentType::alert;  // of a record
  Bytes fragment;                                                 // of a record

  [[nodiscard]] std::optional<codec::tls::Alert> alert() const;  // where it is one
  friend bool operator==(const Reaction&, const Reaction&) = default;
};

// "alert 20 bad_record_mac", "silence", "closed", "a record of type 24 (8211 bytes)".
[[nodiscard]] std::string describe(const Reaction& reaction);

// Decides what follows on a flight. Pure; one for one connection.
class Script {
 public:
  virtual ~Script() = default;
  // `reactions` are those to the moves so far, one each. Nothing: it is over.
  [[nodiscard]] virtual std::optional<Move> next(const Outcome& flight,
                                                 const std::vector<Reaction>& reactions) = 0;
};

// Reads a flight to its end and then follows the script until it or the connection ends. Where the flight
// did not come whole there are no reactions.
class FollowUp final : public Talk {
 public:
  FollowUp(HelloProbe reader, std::unique_ptr<Script> script)
      : reader_(std::move(reader)), script_(std::move(script)) {}

  [[nodiscard]] bool wants_more() const override { return !done_; }
  [[nodiscard]] Bytes output() override { return std::exchange(output_, {}); }
  [[nodiscard]] std::optional<Millis> patience() const override;
  [[nodiscard]] std::span<std::uint8_t> space() override;
  void received(std::size_t count) override;
  void paused() override { end_move(ReactionKind::silent); }
  void closed() override;
  void reset() override;
  void timed_out(Millis waited) override;
  void broke(std::string detail) override;
  [[nodiscard]] Outcome take() override { return reader_.take(); }

  [[nodiscard]] const std::vector<Reaction>& reactions() const { return reactions_; }
  [[nodiscard]] const std::vector<Bytes>& sent() const { return sent_; }  // after the hello, one a move

 private:
  void flight_ended();
  void read_records();
  void ask_script();
  void end_move(ReactionKind kind);

  HelloProbe reader_;
  std::unique_ptr<Script> script_;
  codec::tls::RecordReader records_;
  std::optional<Move> move_;  // the one under way; nothing while the flight is read
  Bytes output_;
  std::vector<Bytes> sent_;
  std::vector<Reaction> reactions_;
  bool done_ = false;
};

}  // namespace certherald::scan
