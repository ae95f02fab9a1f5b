#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "model/observation.hpp"

namespace certherald::codec::tls {

// RFC 8446 section 5.1, RFC 6520 section 3.
enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,
};

// RFC 8446 section 4, RFC 5246 section 7.4. Other values occur on the wire and are passed through.
enum class HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_status = 22,
  key_update = 24,
};

enum class AlertLevel : std::uint8_t { warning = 1, fatal = 2 };

// An alert as it came; either byte may be any value.
struct Alert {
  std::uint8_t level = 0;
  std::uint8_t description = 0;

  [[nodiscard]] bool fatal() const { return level != static_cast<std::uint8_t>(AlertLevel::warning); }
  friend bool operator==(const Alert&, const Alert&) = default;
};

inline constexpr std::uint8_t alert_close_notify = 0;
inline constexpr std::uint8_t alert_handshake_failure = 40;
inline constexpr std::uint8_t alert_protocol_version = 70;
inline constexpr std::uint8_t alert_unrecognized_name = 112;  // RFC 6066 section 3

// "alert 70 protocol_version"; the name is left out where there is none.
[[nodiscard]] std::string describe(const Alert& alert);

// 0x0300 to 0x0304.
[[nodiscard]] std::uint16_t wire_version(model::ProtocolVersion version);  // ssl2: 0x0002
[[nodiscard]] std::optional<model::ProtocolVersion> version_from_wire(std::uint16_t wire);

inline constexpr std::size_t max_record_fragment = (std::size_t{1} << 14U) + 2048;  // RFC 5246 section 6.2.3
inline constexpr std::size_t max_handshake_message = std::size_t{256} << 10U;       // of ours
inline constexpr std::size_t max_handshake_flight = std::size_t{1} << 20U;          // of ours

}  // namespace certherald::codec::tls
