#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "codec/tls/handshake.hpp"
#include "codec/tls/record.hpp"
#include "codec/tls/tls13_flight.hpp"
#include "scan/outcome.hpp"

namespace certherald::scan {

// How far an answer is read.
enum class ReadUntil : std::uint8_t {
  server_hello,  // and on to ServerKeyExchange where that has a Diffie-Hellman group or a temporary RSA key
  key_exchange,  // ServerKeyExchange
  flight,        // ServerHelloDone; in TLS 1.3 Certificate, where the hello had a key share
  ssl2_hello,    // SERVER-HELLO of SSL 2.0, the hello having been of that
};

// Reads the answer to one hello. The caller does the I/O:
//   HelloProbe probe(until);
//   while (probe.wants_more()) { write into probe.space(); probe.received(count) or one of the endings }
//   probe.outcome()
// Memory stays within the limits of the codec whatever comes.
class HelloProbe {
 public:
  // `flight` decrypts what a TLS 1.3 server encrypts.
  explicit HelloProbe(ReadUntil until, std::optional<codec::tls::Tls13Flight> flight = {})
      : until_(until), encrypted_(std::move(flight)) {}

  [[nodiscard]] bool wants_more() const { return !done_; }
  [[nodiscard]] std::span<std::uint8_t> space() { return space_ = records_.prepare(); }  // never empty
  void received(std::size_t count);  // 1 to size of the last space()

  void closed();
  void reset();
  void timed_out(Millis waited);
  void broke(std::string detail);  // anything else on our side of the wire

  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  [[nodiscard]] Outcome take() { return std::move(outcome_); }

 private:
  void read_other(ByteView prefix);
  [[nodiscard]] bool read_ssl2();  // false: what came has the form of TLS, or no form
  void read_record(const codec::tls::Record& record);
  void read_alert(ByteView fragment);
  void read_encrypted(ByteView fragment);
  void read_messages();
  void read_message(const codec::tls::HandshakeMessage& message);
  void read_server_hello(ByteView body);
  void read_certificate(ByteView body);
  void keep_staple(std::optional<ByteView> response);
  [[nodiscard]] bool enough_after_hello() const;
  [[nodiscard]] bool decrypts() const { return encrypted_ && encrypted_->begun(); }
  // The answer ends here: a fault after a good ServerHello leaves that ServerHello standing.
  void end(OutcomeKind kind, std::string detail);

  void keep_first(std::size_t count);

  ReadUntil until_;
  codec::tls::RecordReader records_;
  codec::tls::HandshakeReader messages_;
  std::optional<codec::tls::Tls13Flight> encrypted_;
  std::span<std::uint8_t> space_;  // the last one given
  Outcome outcome_;
  std::size_t bytes_ = 0;
  bool foreign_ = false;  // it is no TLS
  bool done_ = false;
};

}  // namespace certherald::scan
