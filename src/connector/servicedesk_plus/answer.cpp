#include "connector/servicedesk_plus/answer.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "connector/holds.hpp"
#include "connector/json.hpp"
#include "connector/retry_after.hpp"

namespace certherald::connector::servicedesk_plus {

namespace json = boost::json;
using model::Outcome;
using model::OutcomeKind;

namespace {

constexpr std::string_view auth_hint =
    "check auth_token of the connection; 15 wrong ones in a minute lock the interface";
constexpr std::string_view blocked_hint =
    "lower the rate of the connection, or raise the limit of the system";

// What the diagnostic codes mean; sources disagree about those that are not here, which the HTTP status
// decides.
struct CodeRow {
  std::int64_t code;
  OutcomeKind kind;  // `unknown`: unclear
  std::string_view hint;
};
constexpr std::array<CodeRow, 6> code_rows = {{
    {401, OutcomeKind::auth_failed, auth_hint},
    {4'022, OutcomeKind::auth_failed, auth_hint},
    {4'015, OutcomeKind::throttled, blocked_hint},
    {4'004, OutcomeKind::unknown, ""},  // "Internal Error"
    {code::mandatory, OutcomeKind::rejected, ""},
    {7'001, OutcomeKind::rejected, "the licence of the system does not allow this"},
}};

// Limits come as words, by HTTP 400 as well as 429.
constexpr std::array<std::string_view, 2> blocked_words = {"maximum access limit", "throttles_limit"};
constexpr Seconds blocked_pause{120};  // limits count by the minute, and no answer says how long

void add_words(Status& status, const std::string& words) {
  if (words.empty()) return;
  if (!status.words.empty()) status.words += "; ";
  status.words += words;
}

void read_message(const json::object& message, Status& status) {
  if (const auto inner = integer_member(message, "status_code")) status.inner.push_back(*inner);
  add_words(status, text_member(message, "message"));
  if (std::string field = text_member(message, "field"); !field.empty())
    status.fields.push_back(std::move(field));
  const json::array* fields = array_member(message, "fields");
  if (fields == nullptr) return;
  for (const json::value& field : *fields) {
    if (field.is_string()) status.fields.emplace_back(field.as_string());
  }
}

void read_part(const json::object& part, Status& status) {
  status.outer.push_back(integer_member(part, "status_code").value_or(0));
  const json::array* messages = array_member(part, "messages");
  if (messages == nullptr) return;
  for (const json::value& message : *messages) {
    if (message.is_object()) read_message(message.as_object(), status);
  }
}

bool blocked(const Status& status) {
  const std::string words = lower_ascii(status.words);
  return std::ranges::any_of(blocked_words, [&](std::string_view sign) { return words.contains(sign); });
}

Outcome throttled(const net::HttpResponse& response, const std::string& said) {
  Outcome made = outcome(OutcomeKind::throttled, said, std::string(blocked_hint));
  made.retry_after = retry_after(response).value_or(blocked_pause);
  return made;
}

Outcome refused(const net::HttpResponse& response, const Status& status, Call call, About about) {
  const std::string fields = join(status.fields, ", ");
  std::string said = status.words;
  if (!fields.empty()) said += fmt::format("{}fields: {}", said.empty() ? "" : "; ", fields);
  const std::string message = fmt::format("HTTP {}: {}", response.status, truncate(said, 300));
  if (blocked(status)) return throttled(response, message);
  for (const CodeRow& row : code_rows) {
    if (!status.has(row.code)) continue;
    if (row.kind == OutcomeKind::throttled) return throttled(response, message);
    if (row.kind == OutcomeKind::unknown) return unclear(call, message);
    if (row.code == code::mandatory) {
      return outcome(row.kind, fmt::format("mandatory fields are missing: {}", fields),
                     fmt::format("set them in [[connection]]: {}", fields));
    }
    return outcome(row.kind, message, std::string(row.hint));
  }
  if (response.status == 404 && about == About::ticket)
    return outcome(OutcomeKind::rejected, "the ticket is gone: " + said,
                   "it was merged or deleted there; drop this delivery");
  if (response.status == 403 && call == Call::look_up)
    return outcome(OutcomeKind::auth_failed, message,
                   "the owner of the token lacks the right to see requests");
  return refusal(response, call, said);
}

}  // namespace

bool Status::success() const {
  return !outer.empty() && std::ranges::all_of(outer, [](std::int64_t c) { return c == code::success; });
}

bool Status::has(std::int64_t wanted) const { return holds(inner, wanted) || holds(outer, wanted); }

Status read_status(const json::object& object) {
  Status status;
  if (const json::object* part = object_member(object, "response_status")) read_part(*part, status);
  if (const json::array* parts = array_member(object, "response_status")) {
    for (const json::value& part : *parts) {
      if (part.is_object()) read_part(part.as_object(), status);
    }
  }
  // The other shape of errors that this family of products has.
  if (const json::object* error = object_member(object, "error")) {
    add_words(status, text_member(*error, "code"));
    read_message(*error, status);
    status.outer.push_back(0);
  }
  return status;
}

std::expected<json::object, Outcome> read_success(const HttpReply& reply, Call call, About about) {
  auto object = read_object(reply, call);
  if (!object) return std::unexpected(object.error());
  const Status status = read_status(*object);
  if (reply->status >= 400) return std::unexpected(refused(*reply, status, call, about));
  if (status.success()) return std::move(*object);
  if (status.outer.empty()) return std::unexpected(unclear(call, "an answer without a status"));
  if (holds(status.outer, code::success))
    return std::unexpected(unclear(call, "an answer of success with an error inside: " + status.words));
  return std::unexpected(refused(*reply, status, call, about));
}

std::optional<Status> refused_status(const HttpReply& reply) {
  if (!reply || reply->status < 400 || reply->status >= 500 || reply->status == 408) return std::nullopt;
  const auto object = parse_object(reply->body);
  if (!object) return std::nullopt;
  Status status = read_status(*object);
  if (status.outer.empty() || holds(status.outer, code::success)) return std::nullopt;
  return status;
}

std::string merged_into(const HttpReply& reply) {
  if (!reply || reply->status != 404) return {};
  const auto status = refused_status(reply);
  if (!status) return {};
  const auto at = lower_ascii(status->words).find("merged");
  if (at == std::string::npos) return {};
  constexpr std::string_view digits = "0123456789";
  const auto begin = status->words.find_first_of(digits, at);
  if (begin == std::string::npos) return {};
  const auto end = std::min(status->words.find_first_not_of(digits, begin), status->words.size());
  return end - begin <= 20 ? status->words.substr(begin, end - begin) : std::string();
}

}  // namespace certherald::connector::servicedesk_plus
