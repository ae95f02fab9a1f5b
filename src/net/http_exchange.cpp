#include "net/http_exchange.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include "base/text.hpp"

namespace certherald::net {
namespace {

using Header = std::pair<std::string_view, std::string_view>;

constexpr std::array owned = {"connection", "content-length", "content-type", "date", "transfer-encoding"};

// For answers that a browser must neither guess about, nor keep, nor run.
constexpr std::array defaults = {
    Header{"X-Content-Type-Options", "nosniff"},
    Header{"Cache-Control", "no-store"},
    Header{"Content-Security-Policy", "default-src 'none'"},
};

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
  });
}

bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; });
}

bool has(const HttpReply& reply, std::string_view name) {
  return std::ranges::any_of(
      reply.headers, [&](const auto& header) { return lower_ascii(header.first) == lower_ascii(name); });
}

bool has_no_body(int status) { return status == 204 || status == 205 || status == 304; }

// RFC 9110 section 5.6.7, IMF-fixdate.
std::string http_date(Instant instant) {
  constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(instant - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days.at(std::chrono::weekday(day).c_encoding()), unsigned(date.day()),
                     months.at(unsigned(date.month()) - 1), int(date.year()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string_view IncomingRequest::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return {};
}

HttpReply text_reply(int status, std::string_view line) {
  return {status, "text/plain; charset=utf-8", single_line(line) + "\n", {}};
}

std::string fault_of(const HttpReply& reply) {
  if (reply.status < 200 || reply.status > 599) return fmt::format("a reply of status {}", reply.status);
  if (!is_value(reply.content_type)) return "a reply whose content type has control characters";
  for (const auto& [name, value] : reply.headers) {
    if (!is_token(name) || !is_value(value)) {
      return fmt::format("a reply with the unfit header '{}'", single_line(name));
    }
    if (std::ranges::find(owned, lower_ascii(name)) != owned.end()) {
      return fmt::format("a reply with the header '{}', which is the server's", name);
    }
  }
  return {};
}

std::string to_wire(const HttpReply& reply, const ReplyFrame& frame) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(reply.status)));
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\n", reply.status,
                                std::string_view(reason.data(), reason.size()), http_date(frame.now),
                                frame.keep_alive ? "keep-alive" : "close");
  const bool bodyless = has_no_body(reply.status);
  // Neither may carry a length (RFC 9110 section 8.6), but 205 has to say that nothing follows.
  if (reply.status == 205) out += "Content-Length: 0\r\n";
  if (!bodyless) out += fmt::format("Content-Length: {}\r\n", reply.body.size());
  if (!bodyless && !reply.content_type.empty()) out += "Content-Type: " + reply.content_type + "\r\n";
  for (const auto& [name, value] : defaults) {
    if (!has(reply, name)) out += fmt::format("{}: {}\r\n", name, value);
  }
  for (const auto& [name, value] : reply.headers) out += fmt::format("{}: {}\r\n", name, value);
  out += "\r\n";
  if (!bodyless && !frame.head) out += reply.body;
  return out;
}

}  // namespace certherald::net
