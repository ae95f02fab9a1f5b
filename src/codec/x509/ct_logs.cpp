#include "codec/x509/ct_logs.hpp"

#include <algorithm>

#include <openssl/evp.h>
#include <boost/json/parse.hpp>

#include "base/time_text.hpp"

namespace certherald::codec::x509 {
namespace {

namespace json = boost::json;

constexpr std::size_t max_logs = 10'000;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

const json::array* array_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_array();
}

std::optional<Bytes> from_base64(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 8192) return std::nullopt;
  Bytes out(text.size() / 4 * 3);
  const int length = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

// `state` has one member, named after what the log is.
void read_state(const json::object& log, CtLog& out) {
  const json::value* value = log.if_contains("state");
  const json::object* state = value == nullptr ? nullptr : value->if_object();
  if (state == nullptr) return;
  for (const std::string_view good : {"usable", "qualified", "readonly"}) {
    if (state->contains(good)) out.counts = true;
  }
  const json::value* retired = state->if_contains("retired");
  if (retired == nullptr || !retired->is_object()) return;
  out.retired_at = from_iso8601(text_of(retired->get_object(), "timestamp"));
  out.counts = out.retired_at.has_value();
}

std::optional<CtLog> read_log(const json::value& value, const std::string& operated_by) {
  if (!value.is_object()) return std::nullopt;
  const json::object& log = value.get_object();
  auto key = from_base64(text_of(log, "key"));
  CtLog out;
  if (!key || EVP_Digest(key->data(), key->size(), out.id.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    return std::nullopt;
  }
  out.key = std::move(*key);
  out.name = text_of(log, "description");
  out.operated_by = operated_by;
  read_state(log, out);
  return out;
}

void read_operator(const json::object& object, CtLogList& out) {
  const std::string name = text_of(object, "name");
  for (const std::string_view kind : {"logs", "tiled_logs"}) {
    const json::array* logs = array_of(object, kind);
    if (logs == nullptr) continue;
    for (const json::value& value : *logs) {
      if (out.logs.size() >= max_logs) return;
      if (auto log = read_log(value, name)) out.logs.push_back(std::move(*log));
    }
  }
}

}  // namespace

const CtLog* CtLogList::find(const std::array<std::uint8_t, 32>& id) const {
  const auto at = std::ranges::find(logs, id, &CtLog::id);
  return at == logs.end() ? nullptr : &*at;
}

Result<CtLogList> parse_ct_logs(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 16;
  const json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return fail(ErrorKind::invalid_input, "it is not a JSON object");
  CtLogList out;
  const auto dated = from_iso8601(text_of(value.get_object(), "log_list_timestamp"));
  if (!dated) return fail(ErrorKind::invalid_input, "it has no log_list_timestamp like 2026-11-24T00:00:00Z");
  out.dated = *dated;
  if (const json::array* operators = array_of(value.get_object(), "operators")) {
    for (const json::value& one : *operators) {
      if (one.is_object()) read_operator(one.get_object(), out);
    }
  }
  if (out.logs.empty()) return fail(ErrorKind::invalid_input, "no log with a key is in it");
  return out;
}

}  // namespace certherald::codec::x509
