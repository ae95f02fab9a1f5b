#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/client_hello.hpp"
#include "codec/tls/tls13_flight.hpp"
#include "scan/facts.hpp"
#include "scan/hello_probe.hpp"
#include "scan/outcome.hpp"

namespace certherald::scan {

// One connection to make: send `hello`, read the answer as far as `until`, or leave the rest to `talk`.
struct Probe {
  Bytes hello;
  ReadUntil until = ReadUntil::server_hello;
  Millis wait_before{0};
  std::optional<codec::tls::KeyShare> share{};  // whose public key is in the hello
  std::shared_ptr<Talk> talk{};                 // in place of a reader of the answer alone
};

// What the lanes of one address know together. One thread, no locks.
struct ScanState {
  std::string server_name;  // asked for in every hello; "" for none
  std::string http_host;    // whom requests of HTTP are for; "" where another protocol is spoken behind TLS
  Random* random = nullptr;
  Facts facts;
  bool long_list_stood = false;  // it answered a hello of more than `short_list` suites
  int broken_flights = 0;        // ServerHello, but then no certificate where one was due
  Millis quiet{500};             // as long a pause after a probe is an answer too
  Millis round_trip{0};          // the longest to an answer so far
  std::optional<codec::tls::HelloSpec> known_good{};  // the first hello that was accepted
  std::set<model::ProtocolVersion> surely_refused{};  // it chose a lower version: needs no control
  codec::tls::Authentication chain_for =
      codec::tls::Authentication::none;            // how the chain's key was asked for
  std::optional<codec::tls::HelloSpec> dh_spec{};  // the first hello answered by finite-field Diffie-Hellman
  std::optional<std::string> stopped{};            // why nothing more is asked; set from outside
};

// Asks one question by as many connections as it takes, one after the other. All decisions are here, no I/O:
//   while (auto probe = lane.next()) lane.answered(outcome of it)
class Lane {
 public:
  virtual ~Lane() = default;
  [[nodiscard]] virtual std::optional<Probe> next() = 0;  // nothing: the lane has ended, for good
  virtual void answered(const Outcome& outcome) = 0;      // of the last probe
};

// Lanes that run one after the other as one.
class LaneChain final : public Lane {
 public:
  explicit LaneChain(std::vector<std::unique_ptr<Lane>> lanes) : lanes_(std::move(lanes)) {}
  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override { lanes_[at_]->answered(outcome); }

 private:
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::size_t at_ = 0;
};

// A hello of this version with fresh random bytes and the state's server name.
[[nodiscard]] codec::tls::HelloSpec make_hello(const ScanState& state, model::ProtocolVersion version,
                                               std::vector<std::uint16_t> ciphers,
                                               std::vector<std::uint16_t> groups);

// The same with other random bytes, ready to send.
[[nodiscard]] Probe make_probe(const ScanState& state, codec::tls::HelloSpec spec, ReadUntil until);

// The same with a key share of our own, in a group that codec::tls::KeyShare knows: a TLS 1.3 server goes on
// to its certificate, and what it encrypts is read.
[[nodiscard]] Probe make_certificate_probe(const ScanState& state, codec::tls::HelloSpec& spec,
                                           std::uint16_t group);

// What was sent, for evidence: in hex, or the hash of what is long.
[[nodiscard]] std::string sent_text(ByteView sent);

// What reads the answer to a probe.
[[nodiscard]] HelloProbe make_reader(const Probe& probe);

enum class Choice : std::uint8_t {
  taken,          // the version asked for and a suite that was offered
  lower_version,  // speaks TLS, but not this version
  faulty,         // a suite or version that was not offered: counts as a refusal
};

// Which try of one hello, from 1, of how many at most.
struct Attempt {
  int number = 1;
  int most = 1;
};

// How the outcome was got, and what it says in our words.
[[nodiscard]] ProbeEvidence evidence_of(const Outcome& outcome, std::string said, Attempt attempt);

// Notes what an accepted hello tells: version and suite with their proof, chain, group, and so on.
Choice note_answer(ScanState& state, const codec::tls::HelloSpec& spec, const Outcome& outcome,
                   Attempt attempt = {});

// Whether it is worth while to read on to the Certificate message.
[[nodiscard]] bool wants_chain(const ScanState& state);

void note_fault(Facts& facts, std::string fault);  // each once, a few of them
void note_group(Facts& facts, std::uint16_t group);

}  // namespace certherald::scan
