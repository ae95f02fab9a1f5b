#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/tls/client.hpp"
#include "codec/tls/tls13_flight.hpp"
#include "codec/tls/tls13_keys.hpp"

namespace certherald::codec::tls {

// RFC 8446 section 4.6.1.
struct Tls13Ticket {
  std::uint32_t lifetime = 0;  // seconds
  Bytes ticket;
  std::optional<std::uint32_t> max_early_data;  // bytes; nothing: no early data with it

  friend bool operator==(const Tls13Ticket&, const Tls13Ticket&) = default;
};

[[nodiscard]] std::optional<Tls13Ticket> parse_tls13_ticket(ByteView body);

// A handshake of TLS 1.3 (RFC 8446 section 2) without a pre-shared key. A server that asks for a certificate
// gets an empty list (section 4.4.2). A HelloRetryRequest ends it: hellos() says which group was wanted.
class Tls13Client final : public Client {
 public:
  // `client_hello` is the record as it was sent, with the share's public key in it and these suites.
  Tls13Client(ByteView client_hello, std::vector<std::uint16_t> ciphers, KeyShare share);

  [[nodiscard]] Bytes seal(ContentType type, ByteView content) override;

  [[nodiscard]] const std::vector<Tls13Ticket>& tickets() const { return tickets_; }  // the first few

 private:
  enum class Expect : std::uint8_t { hello, extensions, certificate, verify, finished, nothing };

  void read_record(const Record& record) override;
  void read_plain(const Record& record);
  void read_message(HandshakeType type, ByteView body, ByteView whole) override;
  void read_hello(ByteView body, ByteView whole);
  void read_flight(HandshakeType type, ByteView body);
  void read_finished(ByteView body, ByteView whole);
  void read_later(HandshakeType type, ByteView body);
  void read_update(ByteView body);
  void send_finished();

  KeyShare share_;
  std::vector<std::uint16_t> ciphers_;
  Expect expect_ = Expect::hello;
  Bytes transcript_;
  std::optional<Tls13Schedule> schedule_;
  std::optional<Tls13Keys> sealer_;
  std::optional<Tls13Keys> opener_;
  std::optional<Bytes> certificate_context_;  // of a CertificateRequest
  std::vector<Tls13Ticket> tickets_;
};

}  // namespace certherald::codec::tls
