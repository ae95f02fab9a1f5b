#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "codec/tls/tls12_client.hpp"
#include "codec/tls/tls13_client.hpp"
#include "scan/probe_lane.hpp"
#include "scan/session_talk.hpp"

namespace certherald::scan {

// A connection whose handshake is finished by a client of ours.
template <class Client>
struct Handshake {
  Probe probe;
  std::shared_ptr<Client> client;
  std::shared_ptr<SessionTalk> talk;
};
using Handshake12 = Handshake<codec::tls::Tls12Client>;
using Handshake13 = Handshake<codec::tls::Tls13Client>;

// A lane whose connections finish a handshake.
class SessionLane : public ProbeLane {
 public:
  using ProbeLane::ProbeLane;

 protected:
  // Of TLS 1.0 to TLS 1.2 the newest with suites that a handshake can be finished with; settled where there
  // is none.
  [[nodiscard]] std::optional<Spoken> spoken_or_settle();

  // `spec` without encrypt-then-MAC.
  [[nodiscard]] Handshake12 shake_hands(codec::tls::HelloSpec spec, std::unique_ptr<SessionScript> script);
  // `group` is one that KeyShare knows.
  [[nodiscard]] Handshake13 shake_hands_tls13(std::uint16_t group, std::unique_ptr<SessionScript> script);

  // A group for the next hello of TLS 1.3: the one that was asked for last, or one that the server is known
  // to accept.
  [[nodiscard]] std::uint16_t share_group() const;
  // Whether the outcome is a HelloRetryRequest for a group that can be given; the next share is of that then.
  [[nodiscard]] bool wants_other_group(const Outcome& outcome);

  [[nodiscard]] static model::Evidence evidence_of_session(const Outcome& outcome, const SessionTalk& talk,
                                                           std::string told);

 private:
  std::optional<std::uint16_t> wanted_group_;
};

// The suites of `row` that a handshake can be finished with, as many as a short hello lists.
[[nodiscard]] std::vector<std::uint16_t> known_suites(const VersionFacts& row, bool cbc_only = false);

}  // namespace certherald::scan
