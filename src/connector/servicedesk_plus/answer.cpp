#include "connector/servicedesk_plus/answer.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "base/text.hpp"

namespace certherald::connector::servicedesk_plus {

namespace json = boost::json;
using model::Outcome;
using model::OutcomeKind;

namespace {

constexpr std::int64_t success = 2'000;
constexpr std::int64_t mandatory_missing = 4'012;

std::int64_t number_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->as_int64();
  return 0;
}

void read_message(const json::object& message, Status& status) {
  status.inner.push_back(number_member(message, "status_code"));
  const std::string words = text_member(message, "message");
  if (!words.empty()) status.words += (status.words.empty() ? "" : "; ") + words;
  if (std::string field = text_member(message, "field"); !field.empty())
    status.fields.push_back(std::move(field));
  const json::value* fields = message.if_contains("fields");
  if (fields == nullptr || !fields->is_array()) return;
  for (const json::value& field : fields->as_array()) {
    if (field.is_string()) status.fields.emplace_back(field.as_string());
  }
}

void read_one(const json::object& part, Status& status) {
  status.code = number_member(part, "status_code");
  const json::value* messages = part.if_contains("messages");
  if (messages == nullptr || !messages->is_array()) return;
  for (const json::value& message : messages->as_array()) {
    if (message.is_object()) read_message(message.as_object(), status);
  }
}

bool has_inner(const Status& status, std::int64_t code) {
  return std::ranges::find(status.inner, code) != status.inner.end();
}

Outcome refused(const net::HttpResponse& response, const Status& status, Call call) {
  const std::string fields = join(status.fields, ", ");
  std::string said = status.words;
  if (!fields.empty()) said += fmt::format("{}fields: {}", said.empty() ? "" : "; ", fields);
  if (has_inner(status, 401) || has_inner(status, 4'022)) {
    return outcome(OutcomeKind::auth_failed, "the authentication token was refused",
                   "check auth_token; wrong tokens lock the interface after 15 tries a minute");
  }
  if (status.words.find("maximum access limit") != std::string::npos || status.code == 4'015 ||
      has_inner(status, 4'015)) {
    Outcome made = outcome(OutcomeKind::throttled, said);
    made.retry_after = retry_after(response).value_or(Seconds(120));
    return made;
  }
  Outcome made = refusal(response, call, said);
  if (has_inner(status, mandatory_missing))
    made.hint = fmt::format("the request template demands {}: set them in [[connection]]", fields);
  if (response.status == 404 && call == Call::write) {
    // The ticket is meant, not the address: merged away, deleted.
    made = outcome(OutcomeKind::rejected, "the ticket is gone: " + said,
                   "it was merged or deleted; drop this delivery");
  }
  return made;
}

}  // namespace

Status read_status(const json::object& object) {
  Status status;
  const json::value* part = object.if_contains("response_status");
  if (part == nullptr) return status;
  if (part->is_object()) read_one(part->as_object(), status);
  if (part->is_array() && !part->as_array().empty() && part->as_array().front().is_object()) {
    read_one(part->as_array().front().as_object(), status);
  }
  return status;
}

std::expected<json::object, Outcome> read_success(const HttpReply& reply, Call call) {
  auto object = read_object(reply, call);
  if (!object) return std::unexpected(object.error());
  const Status status = read_status(*object);
  if (reply->status >= 400) return std::unexpected(refused(*reply, status, call));
  if (status.code == success) return std::move(*object);
  if (status.code == 0) return std::unexpected(unclear(call, "an answer without a status"));
  return std::unexpected(refused(*reply, status, call));
}

}  // namespace certherald::connector::servicedesk_plus
