#include "app/log_line.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/enum_names.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"

namespace certherald::app {
namespace {

constexpr EnumNames<LogLevel, 4> level_names{{"debug", "info", "warning", "error"}};
constexpr EnumNames<LogLevel, 4> journal_priorities{{"7", "6", "4", "3"}};
constexpr std::size_t longest_text = 4'000;

std::string safe(std::string_view text) { return truncate(single_line(text), longest_text); }

std::string json_text(std::string_view safe_text) {
  return boost::json::serialize(boost::json::string(safe_text.data(), safe_text.size()));
}

std::string safe_name(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (!plain) c = '_';
  }
  return out;
}

// Bare where it is one word, else quoted with \" and \\.
std::string quoted(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \"\\=") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

struct TextValue {
  std::string operator()(const std::string& text) const { return quoted(safe(text)); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(Millis span) const { return fmt::format("{}ms", span.count()); }
  std::string operator()(std::integral auto number) const { return fmt::to_string(number); }
};

struct JsonValue {
  std::string operator()(const std::string& text) const { return json_text(safe(text)); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(Millis span) const { return fmt::to_string(span.count()); }
  std::string operator()(std::integral auto number) const { return fmt::to_string(number); }
};

// No field takes the place of the line's own keys.
std::string json_key(const LogField& field) {
  std::string key = safe_name(field.name);
  if (std::holds_alternative<Millis>(field.value.held())) key += "_ms";
  if (key == "time" || key == "level" || key == "message") key += '_';
  return key;
}

std::string json_line(Instant now, LogLevel level, std::string_view message, LogFields fields) {
  std::string out = fmt::format(R"({{"time":"{}","level":"{}","message":{})", to_iso8601(now),
                                level_names.name(level), json_text(safe(message)));
  for (const LogField& field : fields) {
    out += fmt::format(R"(,"{}":{})", json_key(field), std::visit(JsonValue(), field.value.held()));
  }
  return out + '}';
}

}  // namespace

std::string log_line(LogFormat format, Instant now, LogLevel level, std::string_view message,
                     LogFields fields) {
  if (format == LogFormat::json) return json_line(now, level, message, fields);
  std::string out = format == LogFormat::journal ? fmt::format("<{}>", journal_priorities.name(level))
                                                 : to_iso8601(now) + ' ';
  out += fmt::format("{:<5} {}", level_names.name(level), safe(message));
  for (const LogField& field : fields) {
    out += fmt::format(" {}={}", safe_name(field.name), std::visit(TextValue(), field.value.held()));
  }
  return out;
}

}  // namespace certherald::app
