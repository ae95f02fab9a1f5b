// The StartTLS extended operation of LDAP (RFC 4511 section 4.14), and as much BER as it takes.

#include <array>
#include <optional>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::uint8_t sequence = 0x30;
constexpr std::uint8_t integer = 0x02;
constexpr std::uint8_t enumerated = 0x0a;
constexpr std::uint8_t octets = 0x04;
constexpr std::uint8_t extended_response = 0x78;

struct Result {
  int code;
  std::string_view name;
};

// RFC 4511 appendix A.1: those that a StartTLS meets.
constexpr auto results = std::to_array<Result>({
    {1, "operationsError"},
    {2, "protocolError"},
    {8, "strongerAuthRequired"},
    {13, "confidentialityRequired"},
    {50, "insufficientAccessRights"},
    {51, "busy"},
    {52, "unavailable"},
    {53, "unwillingToPerform"},
    {80, "other"},
});

constexpr int busy = 51;
constexpr int unavailable = 52;

std::string_view name_of(int code) {
  for (const Result& result : results) {
    if (result.code == code) return result.name;
  }
  return "an error";
}

struct Element {
  std::uint8_t tag = 0;
  ByteView content;
};

// A definite length, of one byte or of up to four more (X.690 section 8.1.3).
std::optional<std::size_t> read_length(ByteReader& in) {
  const auto first = in.u8();
  if (!first) return std::nullopt;
  if (*first < 0x80) return *first;
  std::size_t length = 0;
  for (int i = *first & 0x7f; i > 0; --i) {
    const auto next = in.u8();
    if (!next) return std::nullopt;
    length = length << 8U | *next;
  }
  return length;
}

// Nothing where it is not whole.
std::optional<Element> read_element(ByteReader& in) {
  const auto tag = in.u8();
  if (!tag) return std::nullopt;
  const auto length = read_length(in);
  if (!length) return std::nullopt;
  const auto content = in.take(*length);
  if (!content) return std::nullopt;
  return Element{*tag, *content};
}

std::optional<Element> read_element(ByteReader& in, std::uint8_t tag) {
  const auto element = read_element(in);
  return element && element->tag == tag ? element : std::nullopt;
}

class LdapDialog final : public Dialog {
 public:
  LdapDialog() {
    constexpr auto request = std::to_array<std::uint8_t>({sequence, 29, integer, 1, 1, 0x77, 24, 0x80, 22});
    say(request);
    say("1.3.6.1.4.1.1466.20037");
  }

  [[nodiscard]] std::string_view awaited() const override { return "the answer to StartTLS"; }

 private:
  std::size_t read(ByteView input) override {
    constexpr std::size_t longest_header = 6;
    ByteReader in(input);
    const bool long_form = input.size() > 1 && input[1] > 0x84;
    if (input[0] != sequence || long_form || (input.size() > 1 && input[1] == 0x80)) {
      foreign(input);
      return 0;
    }
    ByteReader header(input.subspan(1));
    const auto length = read_length(header);
    if (length && *length > max_talk - longest_header) {
      foreign(input);
      return 0;
    }
    const auto message = read_element(in);
    if (!message) return 0;
    take(message->content);
    return input.size() - in.left();
  }

  void take(ByteView message) {
    ByteReader in(message);
    const auto number = read_element(in, integer);
    const auto response = number ? read_element(in, extended_response) : std::nullopt;
    ByteReader body(response ? response->content : ByteView());
    const auto code = read_element(body, enumerated);
    if (!code || code->content.size() != 1) {
      foreign(message);
      return;
    }
    (void)read_element(body, octets);  // matchedDN
    const auto text = read_element(body, octets);
    judge(number ? number->content : ByteView(), code->content[0], text ? as_text(text->content) : "");
  }

  void judge(ByteView number, int code, std::string_view text) {
    // Number 0 is for a notice of disconnection (RFC 4511 section 4.4.1), whatever its code.
    const bool answered = number.size() == 1 && number[0] == 1;
    if (answered && code == 0) {
      end(EndKind::ready);
      return;
    }
    const bool for_now = code == busy || code == unavailable || !answered;
    const std::string why = text.empty() ? "" : fmt::format(": {}", quote(text));
    end(for_now ? EndKind::unavailable : EndKind::refused,
        fmt::format("the server refused StartTLS: {} {}{}", code, name_of(code), why));
  }

  void foreign(ByteView said) {
    end(EndKind::foreign, fmt::format("does not speak LDAP ({})", quote(as_text(said))));
  }
};

}  // namespace

std::unique_ptr<Dialog> ldap(const std::string& /*server_name*/) { return std::make_unique<LdapDialog>(); }

}  // namespace certherald::scan::starttls
