#include "connector/servicedesk_plus/replies.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/holds.hpp"
#include "connector/json.hpp"
#include "connector/servicedesk_plus/answer.hpp"
#include "connector/servicedesk_plus/requests.hpp"

namespace certherald::connector::servicedesk_plus {

namespace json = boost::json;
using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;

namespace {

// Words of the states in which nobody works on a request any more.
constexpr std::array<std::string_view, 6> closed_words = {"closed",   "resolved",  "cancelled",
                                                          "canceled", "completed", "rejected"};

// Ids stand in paths: nothing but digits is one.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 && text.find_first_not_of("0123456789") == text.npos;
}

bool is_true(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->as_bool();
}

RemoteTicket ticket_of(const json::object& row, const Connection& connection) {
  RemoteTicket ticket = ticket_with_id(connection, text_member(row, "id"));
  if (std::string number = text_member(row, "display_id"); !number.empty())
    ticket.number = truncate(single_line(number), 40);
  std::string word;
  if (const json::object* status = object_member(row, "status")) {
    ticket.status = truncate(single_line(text_member(*status, "name")), 60);
    // Instances rename states; the internal name, where there is one, stays.
    word = text_member(*status, "internal_name");
  }
  if (word.empty()) word = ticket.status;
  ticket.open = !holds(closed_words, lower_ascii(word));
  if (is_true(row, "is_trashed")) {
    ticket.status = "in trash";
    ticket.open = false;
  }
  return ticket;
}

std::string created_of(const json::object& row) {
  const json::object* time = object_member(row, "created_time");
  std::string digits = time != nullptr ? text_member(*time, "value") : std::string();
  if (!is_id(digits)) digits = text_member(row, "id");
  return digits.size() < 20 ? std::string(20 - digits.size(), '0') + digits : digits;
}

Key key_in_fields(const json::object& row, const Connection& connection, const TicketDraft& draft) {
  const json::object* fields = object_member(row, "udf_fields");
  if (fields == nullptr || !fields->contains(connection.key_field)) return Key::not_shown;
  return text_member(*fields, connection.key_field) == draft.key ? Key::ours : Key::other;
}

Key key_of(const json::object& row, const Connection& connection, const TicketDraft& draft) {
  if (!connection.key_field.empty()) return key_in_fields(row, connection, draft);
  const json::value* description = row.if_contains("description");
  if (description == nullptr || !description->is_string()) return Key::not_shown;
  return key_in_description(description->as_string(), draft);
}

bool has_more(const json::object& answer, std::size_t rows) {
  const json::object* info = object_member(answer, "list_info");
  if (rows == 0) return false;
  if (info == nullptr || !info->contains("has_more_rows")) return rows >= page_size;
  return is_true(*info, "has_more_rows");
}

// What a person would read, spaces and line ends alike being one space.
std::string plain_text(std::string_view html) {
  constexpr std::array<std::string_view, 3> spaces = {"&nbsp;", "&#160;", "\xC2\xA0"};
  std::string text;
  while (!html.empty()) {
    std::size_t length = 1;
    bool space = std::string_view(" \t\r\n").contains(html.front());
    if (html.front() == '<') {
      length = std::min(html.find('>'), html.size() - 1) + 1;
      space = true;
    }
    for (const std::string_view known : spaces) {
      if (!html.starts_with(known)) continue;
      length = known.size();
      space = true;
    }
    if (!space) text += html.front();
    if (space && !text.ends_with(' ')) text += ' ';
    html.remove_prefix(length);
  }
  return text;
}

std::expected<json::object, Outcome> note_of(const HttpReply& reply, Call call) {
  auto object = read_success(reply, call, About::ticket);
  if (!object) return std::unexpected(object.error());
  const json::object* note = object_member(*object, "note");
  if (note == nullptr) note = object_member(*object, "request_note");
  if (note == nullptr || !is_id(text_member(*note, "id")))
    return std::unexpected(unclear(call, "an answer about a note shows none"));
  return json::object(*note);
}

}  // namespace

RemoteTicket ticket_with_id(const Connection& connection, const std::string& remote_id) {
  RemoteTicket ticket;
  ticket.remote_id = remote_id;
  ticket.number = remote_id;
  ticket.url =
      fmt::format("{}/WorkOrder.do?woMode=viewWO&woID={}", connection.url, net::percent_encode(remote_id));
  return ticket;
}

Key key_in_description(std::string_view html, const TicketDraft& draft) {
  const std::string text = plain_text(html);
  const std::string line = key_line(draft);
  // People write below it; whatever follows, the line stays. A key is never the beginning of another.
  return text.contains(line) ? Key::ours : Key::other;
}

std::expected<Page, Outcome> read_page(const HttpReply& reply, const Connection& connection,
                                       const TicketDraft& draft) {
  if (refuses_key_field(reply, connection))
    return std::unexpected(outcome(OutcomeKind::misconfigured,
                                   fmt::format("requests have no field {}", connection.key_field),
                                   "key_field must name a single-line additional field by its API name"));
  const auto object = read_success(reply, Call::look_up, About::system);
  if (!object) return std::unexpected(object.error());
  const json::array* rows = array_member(*object, "requests");
  if (rows == nullptr) return std::unexpected(unclear(Call::look_up, "a look-up answered with no list"));
  Page page;
  page.rows = rows->size();
  page.more = has_more(*object, rows->size());
  for (const json::value& value : *rows) {
    const json::object* row = value.if_object();
    if (row == nullptr || !is_id(text_member(*row, "id")))
      return std::unexpected(unclear(Call::look_up, "a look-up answered with a row without an id"));
    Found found{ticket_of(*row, connection), created_of(*row)};
    switch (key_of(*row, connection, draft)) {
      case Key::ours:
        page.ours.push_back(std::move(found));
        break;
      case Key::not_shown:
        page.to_read.push_back(std::move(found));
        break;
      case Key::other:
        break;
    }
  }
  return page;
}

bool refuses_key_field(const HttpReply& reply, const Connection& connection) {
  const std::string& field = connection.key_field;
  return !field.empty() && (refuses_field(reply, field) || refuses_field(reply, "udf_fields." + field));
}

bool refuses_field(const HttpReply& reply, std::string_view name) {
  const auto status = refused_status(reply);
  return status && status->has(code::invalid_value) && holds(status->fields, name);
}

std::expected<Shown, Outcome> read_ticket(const HttpReply& reply, Call call, const Connection& connection,
                                          const TicketDraft& draft) {
  const About about = call == Call::write ? About::system : About::ticket;
  const auto object = read_success(reply, call, about);
  if (!object) return std::unexpected(object.error());
  const json::object* ticket = object_member(*object, "request");
  if (ticket == nullptr || !is_id(text_member(*ticket, "id")))
    return std::unexpected(unclear(call, "an answer about a request shows none"));
  return Shown{ticket_of(*ticket, connection), key_of(*ticket, connection, draft)};
}

std::vector<std::string> refused_optional_fields(const HttpReply& reply, const Connection& connection) {
  const auto status = refused_status(reply);
  if (!status) return {};
  const bool values_only = std::ranges::all_of(status->inner, [](std::int64_t inner) {
    return inner == code::invalid_value || inner == code::forbidden;
  });
  if (status->inner.empty() || !values_only) return {};
  std::vector<std::string> refused;
  for (const std::string& field : status->fields) {
    // Where another is refused as well, leaving ours out would not help.
    if (!is_optional(field) || !connection.fields.contains(field)) return {};
    if (!holds(refused, field)) refused.push_back(field);
  }
  return refused;
}

std::expected<Notes, Outcome> read_notes(const HttpReply& reply) {
  const auto object = read_success(reply, Call::look_up, About::ticket);
  if (!object) return std::unexpected(object.error());
  const json::array* rows = array_member(*object, "notes");
  if (rows == nullptr) rows = array_member(*object, "request_notes");
  if (rows == nullptr)
    return std::unexpected(unclear(Call::look_up, "a look-up of notes answered with no list"));
  Notes notes;
  notes.rows = rows->size();
  notes.more = has_more(*object, rows->size());
  for (const json::value& value : *rows) {
    const json::object* row = value.if_object();
    if (row == nullptr || !is_id(text_member(*row, "id")))
      return std::unexpected(unclear(Call::look_up, "a look-up of notes answered with one without an id"));
    notes.ids.push_back(text_member(*row, "id"));
  }
  return notes;
}

std::expected<bool, Outcome> note_has(const HttpReply& reply, std::string_view marker) {
  const auto note = note_of(reply, Call::look_up);
  if (note) return text_member(*note, "description").contains(marker);
  if (reply && reply->status == 404 && note.error().kind == OutcomeKind::rejected) return false;
  return std::unexpected(note.error());
}

Outcome read_note(const HttpReply& reply) {
  const auto note = note_of(reply, Call::write);
  if (!note) return note.error();
  return outcome(OutcomeKind::done, "");
}

bool refuses_wrapper(const HttpReply& reply, std::string_view wrapper) {
  const auto status = refused_status(reply);
  if (!status || reply->status != 400) return false;
  const bool extra = lower_ascii(status->words).contains("extra key") ||
                     lower_ascii(status->words).contains("extra_key_found");
  return extra && holds(status->fields, wrapper);
}

}  // namespace certherald::connector::servicedesk_plus
