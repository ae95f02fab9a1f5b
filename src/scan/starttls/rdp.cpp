// Remote Desktop: an X.224 connection request in TPKT that asks for TLS (MS-RDPBCGR sections 2.2.1.1 and
// 2.2.1.2).

#include <array>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::size_t tpkt_size = 4;
constexpr std::size_t confirm_size = 7;  // of the X.224 part, length byte included
constexpr std::size_t negotiation_size = 8;
constexpr std::uint8_t connection_confirm = 0xd0;
constexpr std::uint8_t negotiation_response = 2;
constexpr std::uint8_t negotiation_failure = 3;

// Section 2.2.1.2.2, from 1 on.
constexpr std::array<std::string_view, 6> failures = {
    "SSL_REQUIRED_BY_SERVER", "SSL_NOT_ALLOWED_BY_SERVER", "SSL_CERT_NOT_ON_SERVER",
    "INCONSISTENT_FLAGS",     "HYBRID_REQUIRED_BY_SERVER", "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
};

class RdpDialog final : public Dialog {
 public:
  RdpDialog() {
    // Both TLS and CredSSP, which begins with TLS: many servers take nothing else.
    constexpr auto request = std::to_array<std::uint8_t>(
        {3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, negotiation_size, 0, 0x03, 0, 0, 0});
    say(request);
  }

  [[nodiscard]] std::string_view awaited() const override { return "the answer to a connection request"; }

 private:
  std::size_t read(ByteView input) override {
    if (input[0] != 3) {
      foreign(input);
      return 0;
    }
    if (input.size() < tpkt_size) return 0;
    const std::size_t length = std::size_t{input[2]} << 8U | input[3];
    if (length < tpkt_size + confirm_size || length > max_talk) {
      foreign(input);
      return 0;
    }
    if (input.size() < length) return 0;
    if (input[tpkt_size + 1] != connection_confirm) {
      foreign(input);
      return 0;
    }
    judge(input.first(length).subspan(tpkt_size + confirm_size));
    return length;
  }

  void judge(ByteView negotiation) {
    if (negotiation.size() < negotiation_size) {
      end(EndKind::refused, "the server offers only the encryption of RDP itself, no TLS");
      return;
    }
    const std::uint8_t value = negotiation[4];  // the least of four bytes
    if (negotiation[0] == negotiation_failure) {
      const bool known = value >= 1 && value <= failures.size();
      end(EndKind::refused, fmt::format("the server refused TLS: {} {}", value,
                                        known ? failures[value - 1U] : "a reason that is not known"));
    } else if (negotiation[0] != negotiation_response) {
      foreign(negotiation);
    } else if (value == 0) {
      end(EndKind::refused, "the server offers only the encryption of RDP itself, no TLS");
    } else {
      end(EndKind::ready);
    }
  }

  void foreign(ByteView said) {
    end(EndKind::foreign, fmt::format("does not speak RDP ({})", quote(as_text(said))));
  }
};

}  // namespace

std::unique_ptr<Dialog> rdp(const std::string& /*server_name*/) { return std::make_unique<RdpDialog>(); }

}  // namespace certherald::scan::starttls
