#include "connector/servicedesk_plus/requests.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/holds.hpp"
#include "connector/template.hpp"

namespace certherald::connector::servicedesk_plus {

namespace json = boost::json;
using model::Connection;
using model::TicketDraft;

namespace {

constexpr std::string_view key_label = "Certherald key: ";

enum class Form : std::uint8_t { named, person };
enum class Need : std::uint8_t { kept, optional };

// Settings of a connection whose form or name differs from {"name": value} under their own name.
struct FieldRow {
  std::string_view ours;
  std::string_view theirs;
  Form form;
  Need need;
};
constexpr std::array<FieldRow, 10> field_rows = {{
    {"requester", "requester", Form::person, Need::kept},
    {"technician", "technician", Form::person, Need::kept},
    {"request_template", "template", Form::named, Need::kept},
    {"priority", "priority", Form::named, Need::optional},
    {"urgency", "urgency", Form::named, Need::optional},
    {"impact", "impact", Form::named, Need::optional},
    {"level", "level", Form::named, Need::optional},
    {"mode", "mode", Form::named, Need::optional},
    {"request_type", "request_type", Form::named, Need::optional},
    {"service_category", "service_category", Form::named, Need::optional},
}};

FieldRow row_of(std::string_view ours) {
  const auto at = std::ranges::find(field_rows, ours, &FieldRow::ours);
  return at != field_rows.end() ? *at : FieldRow{ours, ours, Form::named, Need::kept};
}

json::object reference(Form form, const std::string& value) {
  const bool email = form == Form::person && value.contains('@');
  return {{email ? "email_id" : "name", value}};
}

net::HttpRequest request(std::string method, const Connection& connection, std::string_view path) {
  net::HttpRequest made;
  made.method = std::move(method);
  made.url = fmt::format("{}/api/v3/{}", connection.url, path);
  made.headers = {{"Accept", "application/vnd.manageengine.sdp.v3+json"}};
  // A page of a hundred tickets with their descriptions.
  made.max_response_bytes = std::size_t{8} << 20U;
  return made;
}

// Some paths refuse an input_data, so that an empty one is not sent.
net::HttpRequest get(const Connection& connection, std::string_view path, const json::object& input = {}) {
  net::HttpRequest made = request("GET", connection, path);
  if (!input.empty()) made.url += "?input_data=" + net::percent_encode(json::serialize(input));
  return made;
}

net::HttpRequest send(std::string method, const Connection& connection, std::string_view path,
                      const json::object& input) {
  net::HttpRequest made = request(std::move(method), connection, path);
  made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  made.body = net::form_encode({{"input_data", json::serialize(input)}});
  return made;
}

std::string path_of(const std::string& remote_id) { return "requests/" + net::percent_encode(remote_id); }

}  // namespace

std::string subject_of(const TicketDraft& draft) {
  // Two spaces or one at the end may not come back as they were sent.
  std::string line;
  for (const char c : single_line(draft.subject)) {
    if (c != ' ' || !line.ends_with(' ')) line += c;
  }
  return truncate(trim(line), subject_length);
}

std::string key_line(const TicketDraft& draft) { return std::string(key_label) + draft.key; }

std::string as_html(std::string_view text) {
  std::string html;
  for (const char c : html_escape(text)) {
    if (c == '\r') continue;
    if (c == '\n') {
      html += "<br>";
    } else {
      html += c;
    }
  }
  return html;
}

bool is_optional(std::string_view field) { return row_of(field).need == Need::optional; }

net::HttpRequest list_request(const Connection& connection, const TicketDraft& draft, std::size_t start_index,
                              Descriptions descriptions) {
  json::array fields = {"subject", "status", "display_id", "created_time", "is_trashed"};
  json::object criteria;
  if (connection.key_field.empty()) {
    criteria = {{"field", "subject"}, {"condition", "is"}, {"value", subject_of(draft)}};
    if (descriptions == Descriptions::ask) fields.emplace_back("description");
  } else {
    criteria = {{"field", "udf_fields." + connection.key_field}, {"condition", "is"}, {"value", draft.key}};
    // A search by a field that the view has not is dropped without a word.
    fields.emplace_back("udf_fields");
  }
  const json::object info = {
      {"row_count", page_size}, {"start_index", start_index},  {"sort_field", "created_time"},
      {"sort_order", "asc"},    {"search_criteria", criteria}, {"fields_required", std::move(fields)},
  };
  return get(connection, "requests", {{"list_info", info}});
}

net::HttpRequest read_request(const Connection& connection, const std::string& remote_id) {
  return get(connection, path_of(remote_id));
}

net::HttpRequest create_request(const Connection& connection, const TicketDraft& draft,
                                const std::vector<std::string>& left_out) {
  json::object ticket;
  json::object udf;
  for (const auto& [name, value] : connection.fields) {
    if (holds(left_out, name)) continue;
    const std::string text = truncate(trim(single_line(expand(value, draft.values))), subject_length);
    if (text.empty()) continue;
    if (name.starts_with("udf_")) {
      udf[name] = text;
      continue;
    }
    const FieldRow row = row_of(name);
    ticket[row.theirs] = reference(row.form, text);
  }
  std::string body = draft.body;
  if (connection.key_field.empty()) {
    body += "\n\n" + key_line(draft);
  } else {
    udf[connection.key_field] = draft.key;
  }
  ticket["subject"] = subject_of(draft);
  ticket["description"] = as_html(body);
  if (!udf.empty()) ticket["udf_fields"] = std::move(udf);
  return send("POST", connection, "requests", {{"request", std::move(ticket)}});
}

net::HttpRequest notes_request(const Connection& connection, const std::string& remote_id,
                               std::size_t start_index) {
  const json::object info = {{"row_count", page_size}, {"start_index", start_index}};
  return get(connection, path_of(remote_id) + "/notes", {{"list_info", info}});
}

net::HttpRequest read_note_request(const Connection& connection, const std::string& remote_id,
                                   const std::string& note_id) {
  return get(connection, fmt::format("{}/notes/{}", path_of(remote_id), net::percent_encode(note_id)));
}

net::HttpRequest note_request(const Connection& connection, const std::string& remote_id,
                              const std::string& text, std::string_view wrapper) {
  const json::object note = {{"description", as_html(text)}, {"show_to_requester", false}};
  return send("POST", connection, path_of(remote_id) + "/notes", {{wrapper, note}});
}

net::HttpRequest close_by_status_request(const Connection& connection, const std::string& remote_id) {
  const json::object status = {{"name", "Closed"}};
  return send("PUT", connection, path_of(remote_id), {{"request", json::object{{"status", status}}}});
}

net::HttpRequest close_request(const Connection& connection, const std::string& remote_id,
                               const std::string& comment) {
  const json::object info = {{"closure_comments", comment}};
  return send("PUT", connection, path_of(remote_id) + "/close",
              {{"request", json::object{{"closure_info", info}}}});
}

}  // namespace certherald::connector::servicedesk_plus
