#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/verdict.hpp"
#include "scan/follow_up.hpp"
#include "scan/lane.hpp"

namespace certherald::scan {

// Answers one check with probes of its own, into Facts::probed. What only shows that a server no longer
// answered is believed where a hello that had worked before works right after it.
class ProbeLane : public Lane {
 public:
  ProbeLane(ScanState& state, std::string_view check) : state_(state), check_(check) {}

  [[nodiscard]] std::optional<Probe> next() final;
  void answered(const Outcome& outcome) final;

 protected:
  // The next probe; nothing once it has settled.
  [[nodiscard]] virtual std::optional<Probe> ask() = 0;
  virtual void judge(const Outcome& outcome) = 0;  // of the last probe asked

  void settle(model::Verdict verdict, std::string reason, model::Evidence evidence = {});
  // The same of another check, which the lane answers with the same connections.
  void settle_as(std::string_view check, model::Verdict verdict, std::string reason,
                 model::Evidence evidence = {});
  void settle_if_alive(model::Verdict verdict, std::string reason, model::Evidence evidence = {});

  // Whether nothing can be read from this; the probe is then asked once more, or the check settled.
  [[nodiscard]] bool came_to_nothing(const Outcome& outcome);
  // The same where the flight had to come whole.
  [[nodiscard]] bool flight_missing(const Outcome& outcome);

  // That no version below TLS 1.3 is there to be asked.
  void settle_without_older_version();

  ScanState& state_;

 private:
  [[nodiscard]] bool try_again(const std::string& what);

  std::string_view check_;
  std::optional<model::CheckResult> pending_;  // waits for its control
  int failures_ = 0;
  bool done_ = false;
};

// The newest version below TLS 1.3 that is accepted, and its suites; nothing where there is none.
struct Spoken {
  model::ProtocolVersion version = model::ProtocolVersion::tls12;
  std::vector<std::uint16_t> ciphers;
};
[[nodiscard]] std::optional<Spoken> spoken_below_tls13(const Facts& facts);

// A hello of that version, whose flight is followed up.
[[nodiscard]] Probe make_follow_up(const ScanState& state, codec::tls::HelloSpec spec,
                                   std::unique_ptr<Script> script);

// How long to listen before it counts as silence.
[[nodiscard]] Millis silence_of(const ScanState& state);

// One record with the version that the server chose.
[[nodiscard]] Bytes make_record(codec::tls::ContentType type, std::uint16_t version, ByteView fragment);

[[nodiscard]] Bytes random_bytes(Random& random, std::size_t count);

// How it was seen: what was sent after the hello, and what came back.
[[nodiscard]] model::Evidence evidence_of(const Outcome& outcome, const FollowUp& talk);

}  // namespace certherald::scan
