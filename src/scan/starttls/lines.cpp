// Protocols of text lines: a table of what is sent and what each answer must say.

#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

enum class Heard : std::uint8_t {
  more,         // the answer goes on in the next line
  yes,          // what was awaited
  no,           // refused
  unavailable,  // refused for now
  blocked,
  foreign,  // not this protocol
};

struct Stage {
  std::string_view send;      // "" where the server begins
  std::string_view name;      // what a refusal refuses
  std::string_view awaited;   // for messages
  std::string_view expected;  // how a good answer begins
  std::string_view offer;     // a word that the answer must hold, as a line of its own; "" for none
  std::string_view instead;   // sent once where `send` was refused
};

// What is remembered between the lines of one answer.
struct Answer {
  std::string code;  // of an answer of several lines
  bool offered = false;
};

using Reader = Heard (*)(std::string_view line, const Stage& stage, Answer& answer);

struct Script {
  std::string_view protocol;  // as people write it
  Reader reader;
  std::span<const Stage> stages;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Heard judge_code(std::string_view code, const Stage& stage) {
  if (code == stage.expected) return Heard::yes;
  if (code == "421") return Heard::blocked;
  return code.front() == '4' ? Heard::unavailable : Heard::no;
}

// "250-first" ... "250 last", where what stands between may have no code (RFC 5321 section 4.2.1, RFC 959
// section 4.2).
Heard read_numeric(std::string_view line, const Stage& stage, Answer& answer) {
  const bool coded = line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
                     (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!coded) return answer.code.empty() ? Heard::foreign : Heard::more;
  const std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  if (!stage.offer.empty() && lower_ascii(trim(text)) == stage.offer) answer.offered = true;
  const bool goes_on = line.size() > 3 && line[3] == '-';
  if (answer.code.empty()) answer.code = line.substr(0, 3);
  if (goes_on || line.substr(0, 3) != answer.code) return Heard::more;
  return judge_code(answer.code, stage);
}

// NNTP answers with one line (RFC 3977 section 3.1); 201 is a greeting as good as 200.
Heard read_nntp(std::string_view line, const Stage& stage, Answer& answer) {
  if (stage.send.empty() && line.starts_with("201")) return Heard::yes;
  return read_numeric(line, stage, answer);
}

// Greetings and answers with the tag "a" (RFC 3501 section 7); other untagged lines may come any time.
Heard read_imap(std::string_view line, const Stage& stage, Answer& /*answer*/) {
  const std::string low = lower_ascii(line);
  if (low.starts_with("* bye")) return Heard::blocked;
  if (!stage.send.empty() && low.starts_with("* ")) return Heard::more;
  if (low.starts_with(stage.expected)) return Heard::yes;
  // Who is logged in already may not begin TLS (RFC 3501 section 6.2.1).
  if (low.starts_with("* preauth") || low.starts_with("a no") || low.starts_with("a bad")) return Heard::no;
  return Heard::foreign;
}

Heard read_pop3(std::string_view line, const Stage& stage, Answer& /*answer*/) {
  if (line.starts_with("+OK")) return Heard::yes;
  if (!line.starts_with("-ERR")) return Heard::foreign;
  return stage.send.empty() ? Heard::unavailable : Heard::no;
}

// Capabilities in quotes, then OK, NO or BYE (RFC 5804 section 1.2).
Heard read_sieve(std::string_view line, const Stage& stage, Answer& answer) {
  const std::string low = lower_ascii(line);
  if (low.starts_with('"')) {
    if (!stage.offer.empty() && low.starts_with(stage.offer)) answer.offered = true;
    return Heard::more;
  }
  if (low == "ok" || low.starts_with("ok ")) return Heard::yes;
  if (low.starts_with("bye")) return Heard::blocked;
  if (low.starts_with("no")) return stage.send.empty() ? Heard::unavailable : Heard::no;
  return Heard::foreign;
}

// ":server 670 * :STARTTLS successful", among notices; other numerics from 400 on refuse.
Heard read_irc(std::string_view line, const Stage& stage, Answer& /*answer*/) {
  if (line.starts_with("ERROR")) return Heard::blocked;
  std::string_view rest = line;
  if (rest.starts_with(':')) {
    const auto space = rest.find(' ');
    rest = space == std::string_view::npos ? std::string_view() : trim(rest.substr(space));
  }
  const std::string_view word = rest.substr(0, rest.find(' '));
  if (word == stage.expected) return Heard::yes;
  if (word.size() == 3 && is_digit(word[1]) && is_digit(word[2])) {
    if (word[0] >= '4' && word[0] <= '9') return Heard::no;
    if (is_digit(word[0])) return Heard::more;
  }
  return word == "NOTICE" || word == "PING" ? Heard::more : Heard::foreign;
}

class LineDialog final : public Dialog {
 public:
  explicit LineDialog(const Script& script) : script_(script) { begin_stage(); }

  [[nodiscard]] std::string_view awaited() const override { return stage().awaited; }

 private:
  [[nodiscard]] const Stage& stage() const { return script_.stages[at_]; }

  void begin_stage() {
    answer_ = {};
    say(stage().send);
  }

  std::size_t read(ByteView input) override {
    const std::string_view text = as_text(input);
    const auto feed = text.find('\n');
    if (feed == std::string_view::npos) return 0;
    std::string_view line = text.substr(0, feed);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line);
    return feed + 1;
  }

  void take(std::string_view line) {
    switch (script_.reader(line, stage(), answer_)) {
      case Heard::more:
        return;
      case Heard::yes:
        accepted();
        return;
      case Heard::no:
        refused(stage().send.empty() ? EndKind::unavailable : EndKind::refused, line);
        return;
      case Heard::unavailable:
        refused(EndKind::unavailable, line);
        return;
      case Heard::blocked:
        refused(EndKind::blocked, line);
        return;
      case Heard::foreign:
        end(EndKind::foreign, fmt::format("does not speak {} ({})", script_.protocol, quote(line)));
        return;
    }
  }

  void accepted() {
    if (!stage().offer.empty() && !answer_.offered) {
      end(EndKind::refused, "the server does not offer STARTTLS");
      return;
    }
    if (at_ + 1 == script_.stages.size()) {
      end(EndKind::ready);
      return;
    }
    ++at_;
    begin_stage();
  }

  void refused(EndKind kind, std::string_view line) {
    if (kind == EndKind::refused && !stage().instead.empty() && !instead_) {
      instead_ = true;
      answer_ = {};
      say(stage().instead);
      return;
    }
    end(kind, fmt::format("the server refused {}: {}", stage().name, quote(line)));
  }

  const Script& script_;
  std::size_t at_ = 0;
  Answer answer_;
  bool instead_ = false;
};

constexpr std::string_view connection = "the connection";
constexpr std::string_view greeting = "the greeting";

// RFC 3207. We have no name to give: that is what an address literal is for (RFC 5321 section 4.1.4).
constexpr auto smtp_stages = std::to_array<Stage>({
    {"", connection, greeting, "220", "", ""},
    {"EHLO [127.0.0.1]\r\n", "EHLO", "the answer to EHLO", "250", "starttls", ""},
    {"STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "220", "", ""},
});
constexpr auto lmtp_stages = std::to_array<Stage>({
    {"", connection, greeting, "220", "", ""},
    {"LHLO [127.0.0.1]\r\n", "LHLO", "the answer to LHLO", "250", "starttls", ""},
    {"STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "220", "", ""},
});
// RFC 3501 section 6.2.1: allowed as the first command.
constexpr auto imap_stages = std::to_array<Stage>({
    {"", "STARTTLS", greeting, "* ok", "", ""},
    {"a STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "a ok", "", ""},
});
// RFC 2595 section 4.
constexpr auto pop3_stages = std::to_array<Stage>({
    {"", connection, greeting, "+OK", "", ""},
    {"STLS\r\n", "STLS", "the answer to STLS", "+OK", "", ""},
});
// RFC 4217 section 4; older servers know the mechanism as SSL.
constexpr auto ftp_stages = std::to_array<Stage>({
    {"", connection, greeting, "220", "", ""},
    {"AUTH TLS\r\n", "AUTH TLS", "the answer to AUTH TLS", "234", "", "AUTH SSL\r\n"},
});
// RFC 4642 section 2.2.
constexpr auto nntp_stages = std::to_array<Stage>({
    {"", connection, greeting, "200", "", ""},
    {"STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "382", "", ""},
});
// RFC 5804 section 2.2.
constexpr auto sieve_stages = std::to_array<Stage>({
    {"", connection, greeting, "ok", "\"starttls\"", ""},
    {"STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "ok", "", ""},
});
// Clients speak first; 670 is the go-ahead.
constexpr auto irc_stages = std::to_array<Stage>({
    {"STARTTLS\r\n", "STARTTLS", "the answer to STARTTLS", "670", "", ""},
});

constexpr Script smtp_script{"SMTP", read_numeric, smtp_stages};
constexpr Script lmtp_script{"LMTP", read_numeric, lmtp_stages};
constexpr Script imap_script{"IMAP", read_imap, imap_stages};
constexpr Script pop3_script{"POP3", read_pop3, pop3_stages};
constexpr Script ftp_script{"FTP", read_numeric, ftp_stages};
constexpr Script nntp_script{"NNTP", read_nntp, nntp_stages};
constexpr Script sieve_script{"ManageSieve", read_sieve, sieve_stages};
constexpr Script irc_script{"IRC", read_irc, irc_stages};

}  // namespace

std::unique_ptr<Dialog> smtp(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(smtp_script);
}
std::unique_ptr<Dialog> lmtp(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(lmtp_script);
}
std::unique_ptr<Dialog> imap(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(imap_script);
}
std::unique_ptr<Dialog> pop3(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(pop3_script);
}
std::unique_ptr<Dialog> ftp(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(ftp_script);
}
std::unique_ptr<Dialog> nntp(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(nntp_script);
}
std::unique_ptr<Dialog> sieve(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(sieve_script);
}
std::unique_ptr<Dialog> irc(const std::string& /*server_name*/) {
  return std::make_unique<LineDialog>(irc_script);
}

}  // namespace certherald::scan::starttls
