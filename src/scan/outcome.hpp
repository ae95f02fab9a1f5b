#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "codec/tls/server_messages.hpp"
#include "codec/tls/ssl2.hpp"
#include "model/observation.hpp"

namespace certherald::scan {

// How one hello ended. Together with what came, this is the evidence.
enum class OutcomeKind : std::uint8_t {
  server_hello,   // chose a version and a suite
  retry_request,  // the same, by HelloRetryRequest
  alert,          // a fatal alert before any ServerHello
  closed,         // the peer ended the connection before any answer
  reset,          // with RST
  silent,         // no answer, or not the whole of one, in time
  not_tls,        // spoke something else
  malformed,      // TLS records whose content makes no sense
  too_large,      // a handshake message beyond our limit
  not_connected,  // no TCP connection
  not_started,    // the dialog before TLS came to no go-ahead: no hello was sent
  gave_up,        // not asked any more: cancelled, out of time
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::gave_up;
  std::optional<codec::tls::ServerHello> hello;     // of server_hello and retry_request
  std::optional<codec::tls::Ssl2ServerHello> ssl2;  // of server_hello, where SSL 2.0 was asked for and came
  std::optional<codec::tls::Alert> alert;           // the first fatal one, wherever it came
  std::optional<std::vector<Bytes>> chain;          // DER, leaf first, where a Certificate message was read
  std::optional<Bytes> staple;                      // the OCSP response that came with the chain, DER
  std::optional<codec::tls::KeyParameters> keys;
  bool asks_client_certificate = false;
  Bytes prefix;                                           // of not_tls: at most 64 bytes
  model::ScanStatus status = model::ScanStatus::not_tls;  // of not_started: what that makes of the address
  Bytes sent;                                             // the hello; empty where none was sent
  Bytes received;                                         // the first bytes of the answer, at most 64
  Millis round_trip{0};                                   // from sending to the first of them
  std::string detail;  // in our words: why it was not connected, how long it was silent, what was too large;
                       // of server_hello: why the flight ended early, "" where nothing was missing

  [[nodiscard]] bool accepted() const {
    return kind == OutcomeKind::server_hello || kind == OutcomeKind::retry_request;
  }
  // The chosen version, suite and so on where accepted(), else an empty one.
  [[nodiscard]] const codec::tls::ServerHello& server_hello() const;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// "alert 40 handshake_failure", "closed", "no answer in 10s", ...: what `VersionFacts::ending` says.
[[nodiscard]] std::string describe(const Outcome& outcome);

// "speaks SSH, not TLS (SSH-2.0-OpenSSH_9.2p1)": one line that is safe to show.
[[nodiscard]] std::string describe_not_tls(ByteView prefix);

// "10s", "1.5s", "800ms".
[[nodiscard]] std::string short_span(Millis span);

}  // namespace certherald::scan
