#include "connector/servicenow/replies.hpp"

#include <array>
#include <optional>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/json.hpp"
#include "connector/matches.hpp"
#include "connector/probe.hpp"
#include "connector/servicenow/requests.hpp"

namespace certherald::connector::servicenow {

namespace json = boost::json;
using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;

namespace {

// What a request is about, since the same status says different things.
enum class About : std::uint8_t { search, create, ticket, journal };

// The first row whose status and words fit tells what a refusal means; where none does, the status alone.
struct RefusalRow {
  int status;
  std::optional<About> about;  // nothing: any
  std::string_view words;      // in lower case; "": any
  OutcomeKind kind;
  std::string_view hint;
};
constexpr std::array<RefusalRow, 10> refusal_rows = {{
    {400, {}, "invalid table", OutcomeKind::misconfigured, "check the table of the connection"},
    {400,
     {},
     "does not represent any resource",
     OutcomeKind::misconfigured,
     "check the url of the connection"},
    {401,
     {},
     "",
     OutcomeKind::auth_failed,
     "check username and password; many instances allow Basic authentication only to users that are marked "
     "for "
     "it (web service access only, role snc_basic_auth_api_access)"},
    {403, About::search, "", OutcomeKind::auth_failed, "the user may not read the table: give it a role"},
    {403, About::journal, "", OutcomeKind::rejected,
     "the user may not read sys_journal_field, so that nobody can tell whether the note is there: look, then "
     "drop or retry this delivery"},
    {403, About::create, "data policy", OutcomeKind::rejected,
     "a data policy asks for more fields: set them in [[connection]]"},
    {403, About::create, "", OutcomeKind::rejected, "the user lacks a role for creating tickets"},
    {403, About::ticket, "", OutcomeKind::rejected,
     "the ticket may be closed for good, or the user lacks a role"},
    {404, About::ticket, "", OutcomeKind::rejected,
     "the ticket was deleted or hidden there; drop this delivery"},
    {404, {}, "", OutcomeKind::misconfigured, "check the url and the table of the connection"},
}};

Call call_of(About about) {
  return about == About::search || about == About::journal ? Call::look_up : Call::write;
}

// A field that comes plain, or with its word beside it.
std::string value_of(const json::object& row, std::string_view name) {
  const json::object* pair = object_member(row, name);
  return pair != nullptr ? text_member(*pair, "value") : text_member(row, name);
}

std::string word_of(const json::object& row, std::string_view name) {
  const json::object* pair = object_member(row, name);
  return truncate(single_line(pair != nullptr ? text_member(*pair, "display_value") : text_member(row, name)),
                  60);
}

bool is_sys_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

RemoteTicket ticket_of(const json::object& row, const Connection& connection) {
  RemoteTicket ticket;
  ticket.remote_id = value_of(row, "sys_id");
  ticket.number = word_of(row, "number");
  ticket.status = word_of(row, "state");
  // A resolved incident stays active until it closes by itself, but nobody works on it.
  const std::string state = value_of(row, "state");
  const bool over = connection.table == "incident" && (state == "6" || state == "7" || state == "8");
  ticket.open = value_of(row, "active") != "false" && !over;
  const std::string target = fmt::format("{}.do?sys_id={}", connection.table, ticket.remote_id);
  ticket.url = fmt::format("{}/nav_to.do?uri={}", connection.url, net::percent_encode(target));
  return ticket;
}

// The system's own words of a failure; nothing where the answer tells none.
std::optional<std::string> error_words(const json::object& answer) {
  const json::value* error = answer.if_contains("error");
  const bool failure = text_member(answer, "status") == "failure";
  if (error == nullptr || error->is_null())
    return failure ? std::optional<std::string>("a failure without words") : std::nullopt;
  if (!error->is_object()) return text_member(answer, "error");
  std::string words = text_member(error->as_object(), "message");
  const std::string detail = text_member(error->as_object(), "detail");
  if (!detail.empty() && detail != words) words += words.empty() ? detail : ": " + detail;
  return words.empty() ? "an error without words" : words;
}

Outcome refused(const net::HttpResponse& response, About about, const std::string& said) {
  const std::string lower = lower_ascii(said);
  for (const RefusalRow& row : refusal_rows) {
    if (row.status != response.status || (row.about && *row.about != about)) continue;
    if (!lower.contains(row.words)) continue;
    return outcome(row.kind, fmt::format("HTTP {}: {}", response.status, truncate(single_line(said), 300)),
                   std::string(row.hint));
  }
  return refusal(response, call_of(about), said);
}

std::expected<json::value, Outcome> read_result(const HttpReply& reply, About about) {
  auto object = read_object(reply, call_of(about));
  if (!object) return std::unexpected(object.error());
  const auto words = error_words(*object);
  if (reply->status >= 400) return std::unexpected(refused(*reply, about, words.value_or("")));
  if (words)
    return std::unexpected(unclear(call_of(about), "an answer of success with an error inside: " + *words));
  if (lower_ascii(reply->content_type()) != "application/json")
    return std::unexpected(unclear(call_of(about), "an answer that does not say that it is JSON"));
  json::value* result = object->if_contains("result");
  if (result == nullptr) return std::unexpected(unclear(call_of(about), "an answer without a result"));
  return std::move(*result);
}

}  // namespace

Outcome read_find(const HttpReply& reply, const Connection& connection, const TicketDraft& draft) {
  const auto result = read_result(reply, About::search);
  if (!result) return result.error();
  const json::array* rows = result->if_array();
  if (rows == nullptr) return unclear(Call::look_up, "a look-up answered with no list");
  Matches matches;
  for (const json::value& value : *rows) {
    const json::object* row = value.if_object();
    if (row == nullptr) return unclear(Call::look_up, "a look-up answered with a row that is none");
    if (value_of(*row, connection.key_field) != draft.key) continue;
    RemoteTicket ticket = ticket_of(*row, connection);
    if (!is_sys_id(ticket.remote_id))
      return unclear(Call::look_up, "a look-up answered with a row without a sys_id");
    matches.add(std::move(ticket), value_of(*row, "sys_created_on"));
  }
  Outcome found = matches.outcome();
  // Strangers only: the condition was dropped, and whether ours is there was never asked.
  if (found.kind == OutcomeKind::absent && !rows->empty())
    return outcome(OutcomeKind::misconfigured,
                   fmt::format("a look-up by {} returned tickets without our key", connection.key_field),
                   "key_field must name a column of the table that the user may read");
  return found;
}

Outcome read_create(const HttpReply& reply, const Connection& connection, const TicketDraft& draft) {
  const auto result = read_result(reply, About::create);
  if (!result) return result.error();
  const json::object* row = result->if_object();
  if (row == nullptr) return unclear(Call::write, "a create answered with no record");
  RemoteTicket ticket = ticket_of(*row, connection);
  if (!is_sys_id(ticket.remote_id)) return unclear(Call::write, "a create answered with no sys_id");
  if (value_of(*row, connection.key_field) != draft.key)
    return made_without_key(
        ticket, connection.key_field,
        "let key_field name a text column of at least 64 characters that the user may read "
        "and write");
  Outcome made = outcome(OutcomeKind::done, "");
  made.ticket = std::move(ticket);
  return made;
}

std::expected<JournalPage, Outcome> read_journal(const HttpReply& reply, const RemoteTicket& ticket,
                                                 std::string_view marker) {
  const auto result = read_result(reply, About::journal);
  if (!result) return std::unexpected(result.error());
  const json::array* rows = result->if_array();
  if (rows == nullptr) return std::unexpected(unclear(Call::look_up, "a look-up answered with no list"));
  JournalPage page;
  page.rows = rows->size();
  for (const json::value& value : *rows) {
    const json::object* row = value.if_object();
    if (row == nullptr || value_of(*row, "element_id") != ticket.remote_id) continue;
    if (value_of(*row, "value").contains(marker)) page.has_marker = true;
  }
  return page;
}

Outcome read_note(const HttpReply& reply, const RemoteTicket& ticket) {
  const auto result = read_result(reply, About::ticket);
  if (!result) return result.error();
  const json::object* row = result->if_object();
  if (row == nullptr || value_of(*row, "sys_id") != ticket.remote_id)
    return unclear(Call::write, "a note was answered with another record");
  return outcome(OutcomeKind::done, "");
}

std::vector<TestLine> read_dictionary(const HttpReply& reply, const Connection& connection) {
  const auto result = read_result(reply, About::search);
  const json::array* rows = result ? result->if_array() : nullptr;
  if (rows == nullptr)
    return {line_warning("key field",
                         "the dictionary cannot be read: " + (result ? "" : result.error().message),
                         "run the test with --ticket, or let the user read sys_dictionary")};
  constexpr std::array<std::string_view, 6> sent = {
      "short_description", "description", "comments", "urgency", "impact", "correlation_display"};
  std::optional<std::int64_t> key;
  std::vector<TestLine> lines;
  std::vector<std::string> missing;
  for (const json::value& value : *rows) {
    const json::object* row = value.if_object();
    if (row == nullptr) continue;
    const std::string element = text_member(*row, "element");
    const std::int64_t length = integer_member(*row, "max_length").value_or(0);
    if (element == connection.key_field) key = length;
    if (element == "short_description" && length > 0 && length < std::int64_t{subject_length})
      lines.push_back(line_warning("subject", fmt::format("the table keeps {} characters of it", length)));
    const bool set = element == connection.key_field || connection.fields.contains(element) ||
                     std::ranges::find(sent, element) != sent.end();
    if (text_member(*row, "mandatory") == "true" && !set) missing.push_back(single_line(element));
  }
  if (!key) {
    lines.push_back(line_failed(
        "key field", outcome(OutcomeKind::misconfigured,
                             fmt::format("{} has no column {}", connection.table, connection.key_field),
                             "name a text column of at least 64 characters")));
  } else if (*key < std::int64_t{key_length}) {
    lines.push_back(line_failed("key field", outcome(OutcomeKind::misconfigured,
                                                     fmt::format("{} keeps {} characters, our key has 64",
                                                                 connection.key_field, *key),
                                                     "name a text column of at least 64 characters")));
  } else {
    lines.push_back(
        line_ok("key field", fmt::format("{} exists and keeps {} characters", connection.key_field, *key)));
  }
  if (missing.empty())
    lines.push_back(line_ok("mandatory fields", "all are set, as far as the dictionary tells"));
  if (!missing.empty())
    lines.push_back(line_warning("mandatory fields", "not set: " + join(missing, ", "),
                                 "set them in [[connection]], unless the system fills them"));
  return lines;
}

Outcome read_state(const HttpReply& reply, std::string_view state) {
  const auto result = read_result(reply, About::ticket);
  if (!result) return result.error();
  const json::object* row = result->if_object();
  if (row == nullptr || value_of(*row, "state") != state)
    return outcome(OutcomeKind::rejected, "the state was not taken");
  return outcome(OutcomeKind::done, "");
}

}  // namespace certherald::connector::servicenow
