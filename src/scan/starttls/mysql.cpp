// MySQL and MariaDB: the server greets, the client asks for TLS in half a login, and TLS begins without an
// answer (MySQL Internals, Connection Phase: Protocol::HandshakeV10, Protocol::SSLRequest).

#include <algorithm>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::uint8_t protocol_10 = 10;
constexpr std::uint8_t error_packet = 0xff;
constexpr std::size_t header_size = 4;  // length of 3 bytes, least first, and the number of the packet
constexpr std::uint16_t client_ssl = 0x0800;

std::uint16_t little16(std::uint8_t low, std::uint8_t high) {
  return static_cast<std::uint16_t>(low | high << 8U);
}

class MysqlDialog final : public Dialog {
 public:
  [[nodiscard]] std::string_view awaited() const override { return "the greeting"; }

 private:
  std::size_t read(ByteView input) override {
    if (input.size() <= header_size) return 0;
    const std::size_t length = input[0] | std::size_t{input[1]} << 8U | std::size_t{input[2]} << 16U;
    const std::uint8_t first = input[header_size];
    if (length == 0 || length > max_talk - header_size || (first != protocol_10 && first != error_packet)) {
      foreign(input);
      return 0;
    }
    if (input.size() < header_size + length) return 0;
    const ByteView packet = input.subspan(header_size, length);
    if (first == error_packet) {
      turned_away(packet);
    } else {
      greeted(packet, input[3]);
    }
    return header_size + length;
  }

  // 0a, version with 00 at its end, 4 bytes of thread, 8 of challenge, 00, capabilities with the low 16
  // first.
  void greeted(ByteView packet, std::uint8_t number) {
    constexpr std::size_t to_capabilities = 1 + 4 + 8 + 1;
    const auto zero = std::ranges::find(packet, 0);
    const auto at = static_cast<std::size_t>(zero - packet.begin()) + to_capabilities;
    if (at + 2 > packet.size()) {
      foreign(packet);
      return;
    }
    if ((little16(packet[at], packet[at + 1]) & client_ssl) == 0) {
      end(EndKind::refused, "the server does not offer TLS");
      return;
    }
    // LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, SSL, TRANSACTIONS, SECURE_CONNECTION, MULTI_RESULTS and the
    // like, packets of up to 16 MiB, utf8.
    const Bytes request = {32, 0, 0, static_cast<std::uint8_t>(number + 1), 0x85, 0xae, 0xff, 0, 0, 0,
                           0,  1, 33};
    say(request);
    say(Bytes(23, 0));
    end(EndKind::ready);
  }

  // ff, number, perhaps #SQLSTATE, text.
  void turned_away(ByteView packet) {
    constexpr std::uint16_t too_many = 1040;
    constexpr std::uint16_t host_blocked = 1129;
    constexpr std::size_t text_at = 3;
    if (packet.size() < text_at) {
      foreign(packet);
      return;
    }
    const std::uint16_t code = little16(packet[1], packet[2]);
    const bool blocked = code == too_many || code == host_blocked;
    end(blocked ? EndKind::blocked : EndKind::unavailable,
        fmt::format("the server refused the connection: {} {}", code,
                    quote(as_text(packet.subspan(text_at)))));
  }

  void foreign(ByteView said) {
    end(EndKind::foreign, fmt::format("does not speak MySQL ({})", quote(as_text(said))));
  }
};

}  // namespace

std::unique_ptr<Dialog> mysql(const std::string& /*server_name*/) { return std::make_unique<MysqlDialog>(); }

}  // namespace certherald::scan::starttls
