#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/protocol.hpp"

namespace certherald::codec::tls {

// RFC 8446 sections 4.1.3 and 4.1.4, RFC 5246 section 7.4.1.3. A HelloRetryRequest is told by its random.
struct ServerHello {
  std::uint16_t version = 0;  // chosen: of supported_versions where it is there, else the old field
  std::uint16_t legacy_version = 0;
  std::array<std::uint8_t, 32> random{};
  Bytes session_id;
  std::uint16_t cipher = 0;
  std::uint8_t compression = 0;
  bool retry_request = false;
  std::optional<std::uint16_t> group;  // of key_share
  Bytes key_exchange;                  // of key_share, as it came; empty in a HelloRetryRequest
  bool secure_renegotiation = false;   // RFC 5746
  Bytes renegotiated_connection;       // what its renegotiation_info says
  bool session_ticket = false;         // RFC 5077: a ticket will come
  bool extended_master_secret = false;
  bool encrypt_then_mac = false;
  bool heartbeat = false;
  bool well_formed = true;  // false: what follows the compression method makes no sense

  friend bool operator==(const ServerHello&, const ServerHello&) = default;
};

[[nodiscard]] std::optional<ServerHello> parse_server_hello(ByteView body);

inline constexpr std::size_t max_chain_length = 64;  // certificates; of ours

// Certificate up to TLS 1.2 (RFC 5246 section 7.4.2): DER as presented, views into `body`. Nothing where
// it is malformed or longer than max_chain_length; an empty list is well-formed.
[[nodiscard]] std::optional<std::vector<ByteView>> parse_certificate_list(ByteView body);

// The same in TLS 1.3 (RFC 8446 section 4.4.2), without the extensions of each certificate.
[[nodiscard]] std::optional<std::vector<ByteView>> parse_certificate_list_tls13(ByteView body);

// The OCSP response of a CertificateStatus message (RFC 6066 section 8): a view into `body`. Nothing where it
// is malformed or of another type.
[[nodiscard]] std::optional<ByteView> parse_certificate_status(ByteView body);

// The same out of the extensions of the first certificate in TLS 1.3 (RFC 8446 section 4.4.2.1).
[[nodiscard]] std::optional<ByteView> parse_staple_tls13(ByteView certificate_message);

// What the parameters of a ServerKeyExchange say (RFC 5246 section 7.4.3, RFC 8422 section 5.4, RFC 4279).
struct KeyParameters {
  std::optional<std::uint16_t> group;  // named curve; nothing for explicit curves
  std::optional<int> dh_bits;          // of the prime
  Bytes dh_prime;                      // without leading zeros, as are the two below
  Bytes dh_generator;
  Bytes dh_public;              // what the server chose for this connection
  std::optional<int> rsa_bits;  // of the temporary key of an EXPORT suite

  friend bool operator==(const KeyParameters&, const KeyParameters&) = default;
};

// Nothing where it is malformed or the suite is not known to send any.
[[nodiscard]] std::optional<KeyParameters> parse_server_key_exchange(ByteView body, const CipherInfo& cipher);

// RFC 5246 section 7.4.4; signature algorithms from TLS 1.2 on.
struct CertificateRequest {
  std::vector<std::uint8_t> types;
  std::vector<std::uint16_t> signature_algorithms;
  std::size_t authorities = 0;

  friend bool operator==(const CertificateRequest&, const CertificateRequest&) = default;
};

[[nodiscard]] std::optional<CertificateRequest> parse_certificate_request(ByteView body,
                                                                          std::uint16_t version);

// The first alert of a record's fragment (RFC 8446 section 6).
[[nodiscard]] std::optional<Alert> parse_alert(ByteView fragment);

}  // namespace certherald::codec::tls
