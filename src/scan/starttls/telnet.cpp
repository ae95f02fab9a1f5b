// The START_TLS option of Telnet (draft-altman-telnet-starttls-02), and no to every other (RFC 854, RFC 855).

#include <array>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::uint8_t iac = 0xff;
constexpr std::uint8_t dont = 0xfe;
constexpr std::uint8_t do_it = 0xfd;
constexpr std::uint8_t wont = 0xfc;
constexpr std::uint8_t will = 0xfb;
constexpr std::uint8_t sub_begin = 0xfa;
constexpr std::uint8_t sub_end = 0xf0;
constexpr std::uint8_t start_tls = 46;
constexpr std::uint8_t follows = 1;

class TelnetDialog final : public Dialog {
 public:
  [[nodiscard]] std::string_view awaited() const override {
    return asked_ ? "the answer to the option START_TLS" : "the first words";
  }

 private:
  std::size_t read(ByteView input) override {
    if (input[0] != iac) {
      ask();
      return 1;  // text
    }
    if (input.size() < 2) return 0;
    switch (input[1]) {
      case will:
      case wont:
      case do_it:
      case dont:
        if (input.size() < 3) return 0;
        option(input[1], input[2]);
        return 3;
      case sub_begin:
        return subnegotiation(input);
      default:
        return 2;
    }
  }

  // Servers that have the option may wait to be asked.
  void ask() {
    if (asked_) return;
    asked_ = true;
    say(std::array{iac, will, start_tls});
  }

  void option(std::uint8_t verb, std::uint8_t code) {
    if (code != start_tls) {
      if (verb == do_it) say(std::array{iac, wont, code});
      if (verb == will) say(std::array{iac, dont, code});
      ask();
      return;
    }
    if (verb == dont || verb == wont) {
      end(EndKind::refused, "the server refused the option START_TLS");
      return;
    }
    if (verb == will) say(std::array{iac, do_it, start_tls});
    ask();
    if (said_follows_) return;
    said_follows_ = true;
    say(std::array{iac, sub_begin, start_tls, follows, iac, sub_end});
  }

  std::size_t subnegotiation(ByteView input) {
    for (std::size_t i = 2; i + 1 < input.size(); ++i) {
      if (input[i] != iac) continue;
      if (input[i + 1] == iac) {
        ++i;  // a byte 255
        continue;
      }
      if (input[i + 1] == sub_end && said_follows_ && i == 4 && input[2] == start_tls &&
          input[3] == follows) {
        end(EndKind::ready);
      }
      return i + 2;
    }
    return 0;
  }

  bool asked_ = false;
  bool said_follows_ = false;
};

}  // namespace

std::unique_ptr<Dialog> telnet(const std::string& /*server_name*/) {
  return std::make_unique<TelnetDialog>();
}

}  // namespace certherald::scan::starttls
