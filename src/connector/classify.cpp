#include "connector/classify.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "connector/json.hpp"
#include "connector/retry_after.hpp"

namespace certherald::connector {

namespace json = boost::json;
using model::Outcome;
using model::OutcomeKind;

namespace {

constexpr std::size_t longest_message = 500;
constexpr std::size_t longest_quote = 300;  // of a system's own words

// A status that means the same whoever answers: the system or something before it.
struct StatusRow {
  int status;
  OutcomeKind kind;
  std::string_view hint;
};
constexpr std::array<StatusRow, 5> status_rows = {{
    {401, OutcomeKind::auth_failed, "check the credentials of the connection"},
    {404, OutcomeKind::misconfigured, "check the url of the connection"},
    {405, OutcomeKind::misconfigured, "check the url of the connection"},
    {407, OutcomeKind::misconfigured,
     "the proxy asks for credentials: check proxy_username and proxy_password"},
    {429, OutcomeKind::throttled, ""},
}};

Outcome of_failure(const net::HttpFailure& failure, Call call) {
  const std::string said = describe(failure.error);
  if (failure.sent == net::Sent::maybe) return unclear(call, said);
  // Our files or the peer's certificate: trying again changes nothing.
  const bool ours =
      failure.error.kind == ErrorKind::invalid_input || failure.error.kind == ErrorKind::refused;
  return outcome(ours ? OutcomeKind::misconfigured : OutcomeKind::not_sent, said);
}

bool says_json(const net::HttpResponse& response) {
  const std::string type = lower_ascii(response.content_type());
  return type == "application/json" || type.ends_with("+json");
}

std::string instead_of_json(const net::HttpResponse& response) {
  if (response.body.empty()) return fmt::format("HTTP {} with nothing in it", response.status);
  if (says_json(response)) return fmt::format("HTTP {} with damaged JSON", response.status);
  return fmt::format("HTTP {} with {} instead of JSON", response.status,
                     truncate(single_line(response.content_type()), 60));
}

// An answer without JSON comes from something before the system, or from one that broke down.
Outcome of_stranger(const net::HttpResponse& response, Call call) {
  const std::string what = instead_of_json(response);
  if (response.status >= 500 || response.status == 401 || response.status == 429 || response.status == 408)
    return refusal(response, call, {});
  if (response.status >= 400)
    return outcome(OutcomeKind::misconfigured, what, "check the url and the proxy of the connection");
  const bool page = !says_json(response) && !response.body.empty();
  if (call == Call::write || !page) return unclear(call, what);
  return outcome(OutcomeKind::misconfigured, what,
                 "check the url; the instance may sleep or ask people to sign in");
}

}  // namespace

Outcome outcome(OutcomeKind kind, std::string_view message, std::string_view hint) {
  Outcome made;
  made.kind = kind;
  made.message = truncate(single_line(message), longest_message);
  made.hint = truncate(single_line(hint), longest_message);
  return made;
}

Outcome unclear(Call call, std::string_view message) {
  return outcome(call == Call::write ? OutcomeKind::unknown : OutcomeKind::unavailable, message);
}

Outcome made_without_key(const model::RemoteTicket& ticket, std::string_view field, std::string hint) {
  const std::string id = ticket.number == ticket.remote_id ? "" : fmt::format(" (id {})", ticket.remote_id);
  Outcome made =
      outcome(OutcomeKind::rejected,
              fmt::format("ticket {}{} was made, but {} did not keep our key, so that it cannot be "
                          "found again: {}",
                          ticket.number, id, field, ticket.url),
              fmt::format("do not retry this, it would make another ticket: {}, then drop it", hint));
  made.ticket = ticket;
  return made;
}

std::expected<json::object, Outcome> read_object(const HttpReply& reply, Call call) {
  if (!reply) return std::unexpected(of_failure(reply.error(), call));
  const net::HttpResponse& response = *reply;
  if (response.status < 200 || (response.status >= 300 && response.status < 400)) {
    const std::string what = fmt::format("redirected (HTTP {})", response.status);
    // A sign-in page after a write says nothing of what became of it.
    if (call == Call::write) return std::unexpected(unclear(call, what));
    return std::unexpected(outcome(OutcomeKind::misconfigured, what,
                                   "give the system's own address as url; it may ask people to sign in"));
  }
  if (auto object = parse_object(response.body)) return std::move(*object);
  return std::unexpected(of_stranger(response, call));
}

Outcome refusal(const net::HttpResponse& response, Call call, std::string_view said) {
  std::string message = fmt::format("HTTP {}", response.status);
  if (!said.empty()) message += ": " + truncate(single_line(said), longest_quote);
  for (const StatusRow& row : status_rows) {
    if (row.status != response.status) continue;
    Outcome made = outcome(row.kind, message, std::string(row.hint));
    if (row.kind == OutcomeKind::throttled) made.retry_after = retry_after(response);
    return made;
  }
  // It broke down, or gave up waiting: what it had done by then it does not say.
  if (response.status >= 500 || response.status == 408) {
    Outcome made = unclear(call, message);
    made.retry_after = retry_after(response);
    return made;
  }
  return outcome(OutcomeKind::rejected, message);
}

}  // namespace certherald::connector
