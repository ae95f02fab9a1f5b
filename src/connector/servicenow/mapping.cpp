#include "connector/servicenow/mapping.hpp"

#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"

namespace certherald::connector::servicenow {

namespace json = boost::json;
using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;

namespace {

// Lengths of a default dictionary; what is longer would be cut off without a word.
constexpr std::size_t subject_length = 160;
constexpr std::size_t body_length = 4'000;
constexpr std::string_view product = "Certherald";

std::string table_url(const Connection& connection, std::string_view table) {
  return fmt::format("{}/api/now/table/{}", connection.url, net::percent_encode(table));
}

net::HttpRequest request(std::string method, std::string url, std::string body = {}) {
  net::HttpRequest made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.headers = {{"Accept", "application/json"}};
  if (!body.empty()) made.headers.emplace_back("Content-Type", "application/json");
  made.body = std::move(body);
  return made;
}

std::string ticket_url(const Connection& connection, const std::string& sys_id) {
  const std::string target = fmt::format("{}.do?sys_id={}", connection.table, sys_id);
  return fmt::format("{}/nav_to.do?uri={}", connection.url, net::percent_encode(target));
}

RemoteTicket ticket_of(const json::object& row, const Connection& connection) {
  RemoteTicket ticket;
  ticket.remote_id = text_member(row, "sys_id");
  ticket.number = text_member(row, "number");
  ticket.status = text_member(row, "state");
  ticket.open = text_member(row, "active") != "false";
  ticket.url = ticket_url(connection, ticket.remote_id);
  return ticket;
}

// The system's own words of a failure, or "" where the object tells none.
std::string error_words(const json::object& object) {
  const json::value* error = object.if_contains("error");
  if (error == nullptr || !error->is_object()) return {};
  std::string words = text_member(error->as_object(), "message");
  const std::string detail = text_member(error->as_object(), "detail");
  if (!detail.empty()) words += words.empty() ? detail : ": " + detail;
  return words.empty() ? "an error without words" : words;
}

// `result` of an answer that is a success in every way, or what it means. An `error` beside it is a failure,
// whatever the status says.
std::expected<json::value, Outcome> read_result(const HttpReply& reply, Call call) {
  auto object = read_object(reply, call);
  if (!object) return std::unexpected(object.error());
  const net::HttpResponse& response = *reply;
  const std::string words = error_words(*object);
  if (response.status >= 400) {
    Outcome refused = refusal(response, call, words);
    if (response.status == 404 && call == Call::look_up)
      refused.hint = "check the url and the table of the connection";
    if (response.status == 403)
      refused.hint =
          "the user lacks a role, or a data policy asks for more fields: set them in [[connection]]";
    if (response.status == 401)
      refused.hint =
          "check username and password; new instances allow Basic authentication only to chosen users";
    return std::unexpected(std::move(refused));
  }
  json::value* result = object->if_contains("result");
  if (!words.empty()) return std::unexpected(unclear(call, "HTTP success with an error inside: " + words));
  if (result == nullptr) return std::unexpected(unclear(call, "an answer without a result"));
  return std::move(*result);
}

}  // namespace

net::HttpRequest find_request(const Connection& connection, const TicketDraft& draft) {
  // The key is hex, so that nothing in a query comes from a certificate.
  const std::string query = fmt::format("{}={}^ORDERBYsys_created_on", connection.key_field, draft.key);
  const std::string fields = "sys_id,number,state,active," + connection.key_field;
  return request(
      "GET",
      fmt::format("{}?sysparm_query={}&sysparm_fields={}&sysparm_limit=20&sysparm_exclude_reference_link=true"
                  "&sysparm_no_count=true",
                  table_url(connection, connection.table), net::percent_encode(query),
                  net::percent_encode(fields)));
}

net::HttpRequest create_request(const Connection& connection, const TicketDraft& draft) {
  json::object body;
  for (const auto& [name, value] : connection.fields) body[name] = expand(value, draft.values);
  body["short_description"] = truncate(single_line(draft.subject), subject_length);
  body["comments"] = truncate(draft.body, body_length);
  body["description"] = truncate(draft.body, body_length);
  if (!body.contains("urgency")) body["urgency"] = std::to_string(draft.urgency);
  if (!body.contains("impact")) body["impact"] = std::to_string(draft.impact);
  body[connection.key_field] = draft.key;
  if (connection.key_field == "correlation_id") body["correlation_display"] = product;
  return request("POST", table_url(connection, connection.table) + "?sysparm_exclude_reference_link=true",
                 json::serialize(body));
}

net::HttpRequest find_note_request(const Connection& connection, const RemoteTicket& ticket) {
  const std::string query = fmt::format("element_id={}^ORDERBYDESCsys_created_on", ticket.remote_id);
  return request("GET", fmt::format("{}?sysparm_query={}&sysparm_fields=element_id,value&sysparm_limit=200",
                                    table_url(connection, "sys_journal_field"), net::percent_encode(query)));
}

net::HttpRequest note_request(const Connection& connection, const RemoteTicket& ticket,
                              const std::string& text) {
  json::object body;
  body["comments"] = truncate(text, body_length);
  const std::string url =
      fmt::format("{}/{}?sysparm_exclude_reference_link=true", table_url(connection, connection.table),
                  net::percent_encode(ticket.remote_id));
  return request("PATCH", url, json::serialize(body));
}

Outcome read_find(const HttpReply& reply, const Connection& connection, const TicketDraft& draft) {
  const auto result = read_result(reply, Call::look_up);
  if (!result) return result.error();
  if (!result->is_array()) return unclear(Call::look_up, "a look-up answered with no list");
  const json::array& rows = result->as_array();
  Outcome found = outcome(OutcomeKind::absent, "");
  int matching = 0;
  for (const json::value& value : rows) {
    if (!value.is_object() || text_member(value.as_object(), connection.key_field) != draft.key) continue;
    ++matching;
    RemoteTicket ticket = ticket_of(value.as_object(), connection);
    const bool better = matching == 1 || (ticket.open && !found.ticket.open);
    if (better) found.ticket = std::move(ticket);
  }
  if (matching == 0 && !rows.empty()) {
    return outcome(OutcomeKind::misconfigured,
                   fmt::format("a look-up by {} returned tickets without our key", connection.key_field),
                   "key_field must name a column of the table that can be searched");
  }
  if (matching == 0) return found;
  found.kind = OutcomeKind::done;
  found.duplicates = matching - 1;
  return found;
}

Outcome read_create(const HttpReply& reply, const Connection& connection, const TicketDraft& draft) {
  const auto result = read_result(reply, Call::write);
  if (!result) return result.error();
  if (!result->is_object()) return unclear(Call::write, "a create answered with no record");
  const json::object& row = result->as_object();
  RemoteTicket ticket = ticket_of(row, connection);
  if (ticket.remote_id.empty()) return unclear(Call::write, "a create answered with no sys_id");
  if (text_member(row, connection.key_field) != draft.key) {
    // Without its key nobody would ever find it again, so making another would double it for ever.
    return outcome(
        OutcomeKind::rejected,
        fmt::format("ticket {} was made, but {} did not keep our key", ticket.number, connection.key_field),
        "key_field must name a text column of at least 64 characters; then drop this delivery");
  }
  Outcome made = outcome(OutcomeKind::done, "");
  made.ticket = std::move(ticket);
  return made;
}

Outcome read_find_note(const HttpReply& reply, const std::string& marker) {
  const auto result = read_result(reply, Call::look_up);
  if (!result) return result.error();
  if (!result->is_array()) return unclear(Call::look_up, "a look-up answered with no list");
  for (const json::value& value : result->as_array()) {
    if (value.is_object() && text_member(value.as_object(), "value").find(marker) != std::string::npos) {
      return outcome(OutcomeKind::done, "");
    }
  }
  return outcome(OutcomeKind::absent, "");
}

Outcome read_note(const HttpReply& reply, const RemoteTicket& ticket) {
  const auto result = read_result(reply, Call::write);
  if (!result) {
    Outcome refused = result.error();
    // 404 here is the ticket, not the address.
    if (reply && reply->status == 404) {
      return outcome(OutcomeKind::rejected, "the ticket is gone",
                     "it was deleted or hidden in the system; drop this delivery");
    }
    return refused;
  }
  if (!result->is_object() || text_member(result->as_object(), "sys_id") != ticket.remote_id) {
    return unclear(Call::write, "a note was answered with another record");
  }
  return outcome(OutcomeKind::done, "");
}

}  // namespace certherald::connector::servicenow
