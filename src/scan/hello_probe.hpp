#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "codec/tls/handshake.hpp"
#include "codec/tls/record.hpp"
#include "codec/tls/tls13_flight.hpp"
#include "scan/outcome.hpp"
#include "scan/talk.hpp"

namespace certherald::scan {

// How far an answer is read.
enum class ReadUntil : std::uint8_t {
  server_hello,  // and on to ServerKeyExchange where that has a Diffie-Hellman group or a temporary RSA key
  key_exchange,  // ServerKeyExchange
  flight,        // ServerHelloDone; in TLS 1.3 Certificate, where the hello had a key share
  ssl2_hello,    // SERVER-HELLO of SSL 2.0, the hello having been of that
};

// Reads the answer to one hello. Memory stays within the limits of the codec whatever comes.
class HelloProbe final : public Talk {
 public:
  // `flight` decrypts what a TLS 1.3 server encrypts.
  explicit HelloProbe(ReadUntil until, std::optional<codec::tls::Tls13Flight> flight = {})
      : until_(until), encrypted_(std::move(flight)) {}

  [[nodiscard]] bool wants_more() const override { return !done_; }
  [[nodiscard]] std::span<std::uint8_t> space() override { return space_ = records_.prepare(); }
  void received(std::size_t count) override;

  void closed() override;
  void reset() override;
  void timed_out(Millis waited) override;
  void broke(std::string detail) override;

  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  [[nodiscard]] Outcome take() override { return std::move(outcome_); }

  // What came behind the answer and was not read.
  [[nodiscard]] ByteView unread() const { return records_.pending(); }

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
