#include "scan/outcome.hpp"

#include <array>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace certherald::scan {
namespace {

struct Banner {
  std::string_view start;
  std::string_view what;
};

// What servers say first, or say to a hello that they do not understand.
constexpr auto banners = std::to_array<Banner>({
    {"SSH-", "speaks SSH, not TLS"},
    {"HTTP/", "speaks HTTP without TLS"},
    {"<!DOCTYPE", "speaks HTTP without TLS"},
    {"<html", "speaks HTTP without TLS"},
    {"<HTML", "speaks HTTP without TLS"},
    {"220", "greets like SMTP or FTP, without TLS"},
    {"421", "refuses like SMTP or FTP, without TLS"},
    {"554", "refuses like SMTP, without TLS"},
    {"500", "answers like SMTP or FTP, without TLS"},
    {"501", "answers like SMTP or FTP, without TLS"},
    {"502", "answers like SMTP or FTP, without TLS"},
    {"+OK", "speaks POP3 without TLS"},
    {"* OK", "speaks IMAP without TLS"},
    {"* BYE", "speaks IMAP without TLS"},
    {"200 ", "greets like NNTP, without TLS"},
    {"201 ", "greets like NNTP, without TLS"},
    {"RFB ", "speaks VNC, not TLS"},
    {"AMQP", "speaks AMQP without TLS"},
    {"-ERR", "speaks Redis or POP3 without TLS"},
    {"<?xml", "speaks XMPP without TLS"},
    {"<stream", "speaks XMPP without TLS"},
    {"@RSYNCD", "speaks rsync, not TLS"},
});

std::string_view what_speaks(ByteView prefix) {
  for (const Banner& banner : banners) {
    if (as_text(prefix).starts_with(banner.start)) return banner.what;
  }
  constexpr std::size_t mysql_protocol_at = 4;
  constexpr std::uint8_t mysql_protocol = 10;
  if (prefix.size() > mysql_protocol_at && prefix[3] == 0 && prefix[mysql_protocol_at] == mysql_protocol) {
    return "speaks MySQL without TLS";
  }
  if (prefix.size() > 2 && (prefix[0] & 0x80U) != 0 && prefix[2] == 4) return "answers with SSL 2.0";
  return "does not speak TLS";
}

}  // namespace

std::string short_span(Millis span) {
  if (span < Seconds(1)) return fmt::format("{}ms", span.count());
  const auto tenths = (span.count() + 50) / 100;
  if (tenths % 10 == 0) return fmt::format("{}s", tenths / 10);
  return fmt::format("{}.{}s", tenths / 10, tenths % 10);
}

std::string describe_not_tls(ByteView prefix) {
  if (prefix.empty()) return "does not speak TLS";
  std::string_view line = as_text(prefix);
  line = line.substr(0, line.find_first_of("\r\n"));
  return fmt::format("{} ({})", what_speaks(prefix), single_line(line));
}

const codec::tls::ServerHello& Outcome::server_hello() const {
  static const codec::tls::ServerHello none;
  return hello ? *hello : none;
}

std::string describe(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::server_hello:
    case OutcomeKind::retry_request:
      return "accepted";
    case OutcomeKind::alert:
      if (outcome.alert) return codec::tls::describe(*outcome.alert);
      return outcome.detail.empty() ? "alert" : outcome.detail;
    case OutcomeKind::closed:
      return "the connection was closed";
    case OutcomeKind::reset:
      return "the connection was reset";
    case OutcomeKind::silent:
    case OutcomeKind::too_large:
    case OutcomeKind::malformed:
    case OutcomeKind::not_connected:
    case OutcomeKind::not_started:
    case OutcomeKind::gave_up:
      return outcome.detail;
    case OutcomeKind::not_tls:
      return describe_not_tls(outcome.prefix);
  }
  return outcome.detail;
}

}  // namespace certherald::scan
