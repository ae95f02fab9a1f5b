#include "connector/servicedesk_plus/mapping.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/servicedesk_plus/answer.hpp"

namespace certherald::connector::servicedesk_plus {

namespace json = boost::json;
using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;

namespace {

constexpr std::size_t subject_length = 250;
constexpr int page_size = 100;
constexpr std::string_view key_label = "Certherald key: ";

// Fields without which a ticket is still a ticket: where the instance refuses one, it is left out and said.
constexpr std::array<std::string_view, 4> optional_fields = {"priority", "urgency", "impact", "level"};

std::string field_name(std::string_view ours) {
  return ours == "request_template" ? "template" : std::string(ours);
}

net::HttpRequest request(std::string method, const Connection& connection, std::string_view path) {
  net::HttpRequest made;
  made.method = std::move(method);
  made.url = fmt::format("{}/api/v3/{}", connection.url, path);
  made.headers = {{"Accept", "application/vnd.manageengine.sdp.v3+json"}};
  return made;
}

net::HttpRequest get(const Connection& connection, std::string_view path, const json::object& input) {
  net::HttpRequest made = request("GET", connection, path);
  if (!input.empty()) made.url += "?input_data=" + net::percent_encode(json::serialize(input));
  return made;
}

net::HttpRequest post(const Connection& connection, std::string_view path, const json::object& input) {
  net::HttpRequest made = request("POST", connection, path);
  made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  made.body = net::form_encode({{"input_data", json::serialize(input)}});
  return made;
}

std::string as_html(std::string_view text) {
  std::string html;
  for (const char c : html_escape(text)) {
    if (c == '\n') {
      html += "<br>";
    } else {
      html += c;
    }
  }
  return html;
}

std::string subject_of(const TicketDraft& draft) {
  return truncate(single_line(draft.subject), subject_length);
}

RemoteTicket ticket_of(const json::object& row, const Connection& connection) {
  RemoteTicket ticket;
  ticket.remote_id = text_member(row, "id");
  ticket.number = text_member(row, "display_id");
  if (ticket.number.empty()) ticket.number = ticket.remote_id;
  ticket.url = fmt::format("{}/WorkOrder.do?woMode=viewWO&woID={}", connection.url,
                           net::percent_encode(ticket.remote_id));
  if (const json::value* status = row.if_contains("status"); status != nullptr && status->is_object()) {
    ticket.status = text_member(status->as_object(), "name");
  }
  ticket.open = ticket.status != "Closed" && ticket.status != "Resolved" && ticket.status != "Cancelled";
  return ticket;
}

// Our key in the udf fields of a row; "" where there is none.
std::string key_of(const json::object& row, const Connection& connection) {
  const json::value* fields = row.if_contains("udf_fields");
  if (fields == nullptr || !fields->is_object()) return {};
  return text_member(fields->as_object(), connection.key_field);
}

json::value reference(std::string_view field, const std::string& value) {
  const bool email = (field == "requester" || field == "technician") && value.find('@') != std::string::npos;
  return json::object{{email ? "email_id" : "name", value}};
}

const json::object* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? &value->as_object() : nullptr;
}

const json::array* list_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? &value->as_array() : nullptr;
}

}  // namespace

net::HttpRequest list_request(const Connection& connection, const TicketDraft& draft, int start_index) {
  json::object info;
  info["row_count"] = page_size;
  info["start_index"] = start_index;
  info["sort_field"] = "created_time";
  info["sort_order"] = "asc";
  json::array fields = {"subject", "status", "display_id", "created_time"};
  json::object criteria;
  if (connection.key_field.empty()) {
    criteria = {{"field", "subject"}, {"condition", "is"}, {"value", subject_of(draft)}};
  } else {
    criteria = {{"field", "udf_fields." + connection.key_field}, {"condition", "is"}, {"value", draft.key}};
    fields.emplace_back("udf_fields");
  }
  info["search_criteria"] = std::move(criteria);
  info["fields_required"] = std::move(fields);
  return get(connection, "requests", {{"list_info", std::move(info)}});
}

net::HttpRequest read_request(const Connection& connection, const std::string& remote_id) {
  return get(connection, "requests/" + net::percent_encode(remote_id), {});
}

net::HttpRequest create_request(const Connection& connection, const TicketDraft& draft,
                                const std::vector<std::string>& left_out) {
  json::object ticket;
  json::object udf;
  for (const auto& [name, value] : connection.fields) {
    if (std::ranges::find(left_out, name) != left_out.end()) continue;
    const std::string text = single_line(expand(value, draft.values));
    if (text.empty()) continue;
    if (name.starts_with("udf_")) {
      udf[name] = text;
    } else {
      ticket[field_name(name)] = reference(name, text);
    }
  }
  std::string body = draft.body;
  if (connection.key_field.empty()) {
    body += fmt::format("\n\n{}{}", key_label, draft.key);
  } else {
    udf[connection.key_field] = draft.key;
  }
  ticket["subject"] = subject_of(draft);
  ticket["description"] = as_html(body);
  if (!udf.empty()) ticket["udf_fields"] = std::move(udf);
  return post(connection, "requests", {{"request", std::move(ticket)}});
}

net::HttpRequest notes_request(const Connection& connection, const std::string& remote_id) {
  const json::object input = {{"list_info", json::object{{"row_count", page_size}}}};
  return get(connection, fmt::format("requests/{}/notes", net::percent_encode(remote_id)), input);
}

net::HttpRequest read_note_request(const Connection& connection, const std::string& remote_id,
                                   const std::string& note_id) {
  return get(
      connection,
      fmt::format("requests/{}/notes/{}", net::percent_encode(remote_id), net::percent_encode(note_id)), {});
}

net::HttpRequest note_request(const Connection& connection, const std::string& remote_id,
                              const std::string& text) {
  const json::object note = {{"description", as_html(text)}, {"show_to_requester", false}};
  return post(connection, fmt::format("requests/{}/notes", net::percent_encode(remote_id)), {{"note", note}});
}

std::expected<Page, Outcome> read_page(const HttpReply& reply, const Connection& connection,
                                       const TicketDraft& draft) {
  const auto object = read_success(reply, Call::look_up);
  if (!object) return std::unexpected(object.error());
  const json::array* rows = list_member(*object, "requests");
  if (rows == nullptr) return std::unexpected(unclear(Call::look_up, "a look-up answered with no list"));
  Page page;
  for (const json::value& value : *rows) {
    if (!value.is_object()) continue;
    const json::object& row = value.as_object();
    if (connection.key_field.empty()) {
      if (text_member(row, "subject") == subject_of(draft))
        page.to_read.push_back(ticket_of(row, connection));
    } else if (key_of(row, connection) == draft.key) {
      page.ours.push_back(ticket_of(row, connection));
    }
  }
  if (const json::object* info = member(*object, "list_info")) {
    const json::value* more = info->if_contains("has_more_rows");
    page.more = more != nullptr && more->is_bool() && more->as_bool() && !rows->empty();
  }
  return page;
}

std::expected<bool, Outcome> carries_key(const HttpReply& reply, const TicketDraft& draft) {
  const auto object = read_success(reply, Call::look_up);
  if (!object) return std::unexpected(object.error());
  const json::object* ticket = member(*object, "request");
  if (ticket == nullptr) return std::unexpected(unclear(Call::look_up, "a read answered with no request"));
  return text_member(*ticket, "description").find(draft.key) != std::string::npos;
}

std::vector<std::string> refused_optional_fields(const HttpReply& reply, const Connection& connection) {
  std::vector<std::string> refused;
  if (!reply || reply->status < 400 || reply->status >= 500) return refused;
  const auto object = parse_object(reply->body);
  if (!object) return refused;
  const Status status = read_status(*object);
  for (const std::string& field : status.fields) {
    const bool optional = std::ranges::find(optional_fields, field) != optional_fields.end();
    // A field of another kind was refused as well: leaving ours out would not help.
    if (!optional || !connection.fields.contains(field)) return {};
    refused.push_back(field);
  }
  // "Mandatory field missing" names fields too, and leaving them out is what it complains about.
  if (std::ranges::find(status.inner, 4'012) != status.inner.end()) return {};
  return refused;
}

Outcome read_create(const HttpReply& reply, const Connection& connection, const TicketDraft& draft) {
  const auto object = read_success(reply, Call::write);
  if (!object) return object.error();
  const json::object* ticket = member(*object, "request");
  if (ticket == nullptr || text_member(*ticket, "id").empty()) {
    return unclear(Call::write, "a create answered with no request");
  }
  Outcome made = outcome(OutcomeKind::done, "");
  made.ticket = ticket_of(*ticket, connection);
  if (!connection.key_field.empty() && ticket->contains("udf_fields") &&
      key_of(*ticket, connection) != draft.key) {
    // Without its key nobody would ever find it again, so making another would double it for ever.
    return outcome(
        OutcomeKind::rejected,
        fmt::format("request {} was made, but {} did not keep our key", made.ticket.number,
                    connection.key_field),
        "key_field must name a single-line field of at least 64 characters; then drop this delivery");
  }
  return made;
}

std::expected<std::vector<std::string>, Outcome> read_note_ids(const HttpReply& reply) {
  const auto object = read_success(reply, Call::look_up);
  if (!object) return std::unexpected(object.error());
  const json::array* rows = list_member(*object, "notes");
  if (rows == nullptr)
    return std::unexpected(unclear(Call::look_up, "a look-up of notes answered with no list"));
  std::vector<std::string> ids;
  for (const json::value& value : *rows) {
    if (value.is_object()) ids.push_back(text_member(value.as_object(), "id"));
  }
  return ids;
}

std::expected<bool, Outcome> note_has(const HttpReply& reply, const std::string& marker) {
  const auto object = read_success(reply, Call::look_up);
  if (!object) return std::unexpected(object.error());
  const json::object* note = member(*object, "note");
  if (note == nullptr) note = member(*object, "request_note");
  if (note == nullptr)
    return std::unexpected(unclear(Call::look_up, "a read of a note answered with no note"));
  return text_member(*note, "description").find(marker) != std::string::npos;
}

Outcome read_note(const HttpReply& reply) {
  const auto object = read_success(reply, Call::write);
  if (!object) return object.error();
  return outcome(OutcomeKind::done, "");
}

}  // namespace certherald::connector::servicedesk_plus
