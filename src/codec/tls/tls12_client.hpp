#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/random.hpp"
#include "codec/tls/client.hpp"
#include "codec/tls/client_hello.hpp"
#include "codec/tls/record_cipher.hpp"

namespace certherald::codec::tls {

// What a session is resumed with (RFC 5077, RFC 5246 section 7.3).
struct Session {
  std::uint16_t version = 0;
  std::uint16_t cipher = 0;
  bool extended_master_secret = false;
  Bytes master;
  Bytes ticket;  // empty: by its id alone
  Bytes id;

  friend bool operator==(const Session&, const Session&) = default;
};

// A handshake from TLS 1.0 to TLS 1.2 (RFC 5246 section 7.3, RFC 7627, RFC 5746). Suites:
// find_record_suite(). A server that asks for a certificate gets an empty list (section 7.4.6).
class Tls12Client final : public Client {
 public:
  // `spec` says what the hello says that was sent: no TLS 1.3, no compression, no encrypt-then-MAC, known
  // suites alone. `random` outlives this. With a session the hello has its ticket, and an id of our own
  // (RFC 5077 section 3.4), or the session's.
  Tls12Client(HelloSpec spec, Random& random, std::optional<Session> session = {});

  [[nodiscard]] Bytes seal(ContentType type, ByteView content) override;

  // Begins one more handshake on the open connection: its hello goes to output().
  void renegotiate();

  // Of the last handshake; nothing before it is through. Without a ticket where none came.
  [[nodiscard]] std::optional<Session> session() const;
  [[nodiscard]] bool resumed() const { return resumed_; }

  // What seals, for records that are wrong on purpose; nullptr before the stage is open.
  [[nodiscard]] RecordCipher* sealer() { return sealer_ ? &*sealer_ : nullptr; }

 private:
  enum class Expect : std::uint8_t { hello, flight, change, finished, nothing };

  void read_record(const Record& record) override;
  void read_change(ByteView fragment);
  void read_message(HandshakeType type, ByteView body, ByteView whole) override;
  void read_hello(ByteView body, ByteView whole);
  [[nodiscard]] std::optional<std::string> refuses(const ServerHello& hello) const;
  void read_flight(HandshakeType type, ByteView body, ByteView whole);
  void read_ticket(ByteView body, ByteView whole);
  void read_finished(ByteView body, ByteView whole);
  void answer_flight();
  void set_master(Bytes premaster);
  void make_ciphers();
  void send_message(HandshakeType type, ByteView body);
  void send_finished();
  [[nodiscard]] Bytes verify_data(std::string_view label) const;
  [[nodiscard]] const ServerHello& hello() const { return hellos_.back(); }

  HelloSpec spec_;
  Random& random_;
  std::optional<Session> offered_;
  Expect expect_ = Expect::hello;
  Bytes transcript_;
  const RecordSuite* suite_ = nullptr;
  Bytes key_exchange_;  // the body of ServerKeyExchange
  bool asks_certificate_ = false;
  bool resumed_ = false;
  Bytes master_;
  Bytes ticket_;
  Bytes mine_;  // verify_data of the last Finished of each side (RFC 5746 section 3.1)
  Bytes theirs_;
  std::optional<RecordCipher> sealer_;
  std::optional<RecordCipher> opener_;
  std::optional<RecordCipher> next_sealer_;
  std::optional<RecordCipher> next_opener_;
};

}  // namespace certherald::codec::tls
