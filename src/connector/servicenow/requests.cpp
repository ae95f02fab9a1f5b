#include "connector/servicenow/requests.hpp"

#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/holds.hpp"
#include "connector/template.hpp"

namespace certherald::connector::servicenow {

namespace json = boost::json;
using model::Connection;
using model::RemoteTicket;
using model::TicketDraft;

namespace {

constexpr std::string_view product = "Certherald";
constexpr std::string_view plain_references = "sysparm_exclude_reference_link=true";

// What is ours to say, and priority, which the system derives from urgency and impact.
constexpr std::array<std::string_view, 7> reserved = {
    "short_description", "description", "comments", "priority", "sys_id", "correlation_id", "number"};

std::string table_url(const Connection& connection, std::string_view table) {
  return fmt::format("{}/api/now/v2/table/{}", connection.url, net::percent_encode(table));
}

std::string ticket_url(const Connection& connection, const RemoteTicket& ticket) {
  return fmt::format("{}/{}?{}", table_url(connection, connection.table),
                     net::percent_encode(ticket.remote_id), plain_references);
}

net::HttpRequest request(std::string method, std::string url) {
  net::HttpRequest made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.headers = {{"Accept", "application/json"}};
  return made;
}

net::HttpRequest send(std::string method, std::string url, const json::object& body) {
  net::HttpRequest made = request(std::move(method), std::move(url));
  made.headers.emplace_back("Content-Type", "application/json");
  made.body = json::serialize(body);
  return made;
}

std::string query_of(std::string_view query, std::string_view fields, std::size_t limit) {
  return fmt::format("?sysparm_query={}&sysparm_fields={}&sysparm_limit={}&sysparm_no_count=true&{}",
                     net::percent_encode(query), net::percent_encode(fields), limit, plain_references);
}

std::string without_code(std::string_view text, std::string_view bracket) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1)) {
    const std::string start = lower_ascii(text.substr(0, 6));
    if (start.starts_with("[code]") || start.starts_with("[/code")) {
      out += bracket;
    } else {
      out += text.front();
    }
  }
  return out;
}

}  // namespace

std::string journal_text(std::string_view text) {
  const std::string spaced = without_code(text, "[ ");
  const bool fits = truncate(spaced, body_length) == spaced;
  return fits ? spaced : truncate(without_code(text, "("), body_length);
}

net::HttpRequest find_request(const Connection& connection, const TicketDraft& draft) {
  constexpr std::size_t most = 100;  // tickets with one key: there should be one
  const std::string query = fmt::format("{}={}^ORDERBYsys_created_on", connection.key_field, draft.key);
  const std::string fields = "sys_id,number,state,active,sys_created_on," + connection.key_field;
  return request("GET", table_url(connection, connection.table) + query_of(query, fields, most) +
                            "&sysparm_display_value=all");
}

net::HttpRequest create_request(const Connection& connection, const TicketDraft& draft) {
  json::object body;
  for (const auto& [name, value] : connection.fields) {
    if (holds(reserved, name)) continue;
    std::string text = single_line(expand(value, draft.values));
    // An empty value would clear what the system fills in by itself.
    if (!trim(text).empty()) body[name] = truncate(trim(text), body_length);
  }
  body["short_description"] = truncate(single_line(draft.subject), subject_length);
  body["comments"] = journal_text(draft.body);
  body["description"] = truncate(draft.body, body_length);
  if (!body.contains("urgency")) body["urgency"] = std::to_string(draft.urgency);
  if (!body.contains("impact")) body["impact"] = std::to_string(draft.impact);
  body[connection.key_field] = draft.key;
  if (connection.key_field == "correlation_id") body["correlation_display"] = product;
  const std::string url = fmt::format("{}?{}&sysparm_display_value=all",
                                      table_url(connection, connection.table), plain_references);
  return send("POST", url, body);
}

net::HttpRequest find_note_request(const Connection& connection, const RemoteTicket& ticket,
                                   std::size_t offset) {
  const std::string query =
      fmt::format("element_id={}^elementINcomments,work_notes^ORDERBYDESCsys_created_on", ticket.remote_id);
  return request("GET", fmt::format("{}{}&sysparm_offset={}", table_url(connection, "sys_journal_field"),
                                    query_of(query, "element_id,value", journal_page), offset));
}

net::HttpRequest note_request(const Connection& connection, const RemoteTicket& ticket,
                              const std::string& text) {
  return send("PATCH", ticket_url(connection, ticket), {{"comments", journal_text(text)}});
}

net::HttpRequest dictionary_request(const Connection& connection) {
  const std::string tables = connection.table == "task" ? "nameINtask" : "nameINtask," + connection.table;
  const std::string query = fmt::format("{}^elementINshort_description,{}^NQ{}^mandatory=true", tables,
                                        connection.key_field, tables);
  return request("GET", table_url(connection, "sys_dictionary") +
                            query_of(query, "name,element,max_length,mandatory", 500));
}

net::HttpRequest cancel_request(const Connection& connection, const RemoteTicket& ticket) {
  return send("PATCH", ticket_url(connection, ticket), {{"state", "8"}});
}

}  // namespace certherald::connector::servicenow
