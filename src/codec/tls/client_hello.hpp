#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/observation.hpp"

namespace certherald::codec::tls {

// One entry of key_share (RFC 8446 section 4.2.8).
struct KeyShareEntry {
  std::uint16_t group = 0;  // must be among the groups of the hello
  Bytes key_exchange;
};

// What a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2, RFC 6101 section 5.6.1.2) says.
struct HelloSpec {
  // The highest version. SSL 3.0 sends no extensions at all; TLS 1.3 sends supported_versions.
  model::ProtocolVersion version = model::ProtocolVersion::tls12;
  bool lower_versions = false;         // of a TLS 1.3 hello: also TLS 1.0 to 1.2
  std::vector<std::uint16_t> ciphers;  // without SCSV; 1 to 1,000
  std::vector<std::uint16_t> groups;   // at most 1,000; none: no supported_groups
  std::string server_name;             // "" or an address: no server_name (RFC 6066 section 3)
  std::array<std::uint8_t, 32> random{};
  std::array<std::uint8_t, 32> session_id{};  // TLS 1.3 only (RFC 8446 appendix D.4)
  bool compression = false;                   // DEFLATE before none (RFC 3749); never in TLS 1.3
  std::optional<KeyShareEntry> key_share{};   // TLS 1.3 only; without it the server names the group it wants
  std::vector<std::uint16_t> signatures{};    // signature_algorithms, at most 1,000; none: all that we know
  Bytes resumed_id{};                         // session_id below TLS 1.3, at most 32 bytes
  bool encrypt_then_mac = true;               // RFC 7366, below TLS 1.3
  std::optional<Bytes> session_ticket{};      // RFC 5077, below TLS 1.3; empty: asks for one
  std::optional<Bytes> renegotiated{};  // verify_data of the Finished before, in place of the SCSV (RFC 5746)
  bool status_request = false;          // asks for an OCSP response with the certificate (RFC 6066)
};

// Those of signature_algorithms that a certificate with an ECDSA or an RSA key is asked for by (RFC 8446
// section 4.2.3), newer ones first.
[[nodiscard]] std::vector<std::uint16_t> ecdsa_signatures();
[[nodiscard]] std::vector<std::uint16_t> rsa_signatures();

// The hello as one record, ready to send. Its form keeps to what old and odd servers stand:
// - record version 3.1 whatever is asked for, 3.0 for SSL 3.0;
// - TLS_EMPTY_RENEGOTIATION_INFO_SCSV last in the list wherever TLS 1.2 or lower may be chosen, unless it
//   renegotiates;
// - signature_algorithms from TLS 1.2 on only;
// - the last extension is never empty; a message of 256 to 511 bytes is padded beyond that (RFC 7685), and
//   lengths of 10 or 14 modulo 256 are avoided;
// - TLS 1.3 without a share has an empty key_share (RFC 8446 section 4.2.8), which makes the server name the
//   group it wants.
[[nodiscard]] Bytes build_client_hello(const HelloSpec& spec);

// As many suites as an SSL 3.0 hello can list below 256 bytes, where no extension can pad it.
inline constexpr std::size_t max_ssl3_ciphers = 100;

}  // namespace certherald::codec::tls
