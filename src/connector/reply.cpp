#include "connector/reply.hpp"

#include <charconv>

#include <boost/json.hpp>

#include "base/text.hpp"

namespace certherald::connector {

namespace json = boost::json;
using model::Outcome;
using model::OutcomeKind;

namespace {

constexpr std::size_t words = 300;  // of a system's answer that a message repeats

Outcome of_failure(const net::HttpFailure& failure, Call call) {
  const std::string said = describe(failure.error);
  // Our side or the certificate: trying again changes nothing.
  const bool ours =
      failure.error.kind == ErrorKind::invalid_input || failure.error.kind == ErrorKind::refused;
  if (failure.sent == net::Sent::surely_not) {
    return outcome(ours ? OutcomeKind::misconfigured : OutcomeKind::not_sent, said);
  }
  return unclear(call, said);
}

}  // namespace

Outcome outcome(OutcomeKind kind, std::string message, std::string hint) {
  Outcome made;
  made.kind = kind;
  made.message = truncate(single_line(message), 500);
  made.hint = std::move(hint);
  return made;
}

Outcome unclear(Call call, std::string message) {
  return outcome(call == Call::write ? OutcomeKind::unknown : OutcomeKind::unavailable, std::move(message));
}

std::optional<json::object> parse_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::expected<json::object, Outcome> read_object(const HttpReply& reply, Call call) {
  if (!reply) return std::unexpected(of_failure(reply.error(), call));
  const net::HttpResponse& response = *reply;
  if (response.status >= 300 && response.status < 400) {
    return std::unexpected(outcome(OutcomeKind::misconfigured,
                                   fmt::format("redirected (HTTP {})", response.status),
                                   "give the system's own address as url"));
  }
  const bool is_json = lower_ascii(response.content_type()) == "application/json";
  auto object = parse_object(response.body);
  if (is_json && object) return std::move(*object);
  // Some systems say nothing of the kind of content in errors.
  if (object && response.status >= 400) return std::move(*object);
  if (response.status >= 400) return std::unexpected(refusal(response, call, {}));
  const std::string what =
      fmt::format("HTTP {} with {} instead of JSON", response.status,
                  is_json ? std::string("a damaged body") : single_line(response.content_type()));
  if (call == Call::write || is_json) return std::unexpected(unclear(call, what));
  return std::unexpected(outcome(OutcomeKind::misconfigured, what,
                                 "check the url; the instance may sleep or ask people to sign in"));
}

Outcome refusal(const net::HttpResponse& response, Call call, std::string_view said) {
  std::string message = fmt::format("HTTP {}", response.status);
  if (!said.empty()) message += ": " + truncate(single_line(said), words);
  switch (response.status) {
    case 401:
      return outcome(OutcomeKind::auth_failed, message, "check the credentials of the connection");
    case 404:
    case 405:
    case 407:
      return outcome(OutcomeKind::misconfigured, message, "check the url of the connection");
    case 429: {
      Outcome made = outcome(OutcomeKind::throttled, message);
      made.retry_after = retry_after(response);
      return made;
    }
    default:
      break;
  }
  if (response.status >= 500) {
    Outcome made = unclear(call, message);
    made.retry_after = retry_after(response);
    return made;
  }
  return outcome(OutcomeKind::rejected, message);
}

std::optional<Seconds> retry_after(const net::HttpResponse& response) {
  const std::string_view text = response.header("retry-after");
  std::int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || stop != text.data() + text.size() || text.empty() || seconds < 0)
    return std::nullopt;
  return Seconds(std::min<std::int64_t>(seconds, 86'400));
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->as_string());
  if (value->is_int64()) return std::to_string(value->as_int64());
  if (value->is_uint64()) return std::to_string(value->as_uint64());
  return {};
}

std::string basic_credentials(std::string_view user, std::string_view password) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string plain = fmt::format("{}:{}", user, password);
  std::string out = "Basic ";
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (i + j < plain.size() ? static_cast<std::uint8_t>(plain[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > plain.size();
      out += padding ? '=' : digits[group >> (18U - 6U * j) & 63U];
    }
  }
  return out;
}

std::string expand(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (;;) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return out += text;
    out += text.substr(0, open);
    const auto at = values.find(std::string(trim(text.substr(open + 2, close - open - 2))));
    if (at != values.end()) out += at->second;
    text.remove_prefix(close + 2);
  }
}

}  // namespace certherald::connector
