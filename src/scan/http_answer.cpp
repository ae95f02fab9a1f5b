#include "scan/http_answer.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace certherald::scan {
namespace {

constexpr std::size_t longest_head = std::size_t{64} << 10U;
constexpr std::size_t most_fields = 128;

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  if (error != std::errc()) return std::nullopt;
  return out;
}

// "HTTP/1.1 200 OK"; 0 where it is none.
int status_of(std::string_view line) {
  constexpr std::size_t at = 9;
  constexpr std::size_t digits = 3;
  if (!line.starts_with("HTTP/1.") || line.size() < at + digits || line[at - 1] != ' ') return 0;
  const auto code = number_of(line.substr(at, digits));
  return code && *code >= 100 ? static_cast<int>(*code) : 0;
}

void add_field(HttpAnswer& answer, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || answer.fields.size() >= most_fields) return;
  answer.fields.push_back(
      {lower_ascii(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
}

}  // namespace

const std::string* HttpAnswer::find(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &found->value;
}

HttpRead read_http_answer(std::string_view bytes) {
  constexpr std::string_view begin = "HTTP/1.";
  for (;;) {
    const auto shown = bytes.substr(0, begin.size());
    if (!begin.starts_with(shown)) return {HttpReading::foreign, {}};
    const auto end = bytes.substr(0, longest_head).find("\r\n\r\n");
    if (end == std::string_view::npos) {
      return {bytes.size() < longest_head ? HttpReading::more : HttpReading::foreign, {}};
    }
    HttpRead out{HttpReading::whole, {}};
    const auto lines = split(bytes.substr(0, end), '\n');
    out.answer.status = status_of(lines.front());
    if (out.answer.status == 0) return {HttpReading::foreign, {}};
    for (std::size_t i = 1; i < lines.size(); ++i) add_field(out.answer, lines[i]);
    constexpr int first_final = 200;
    if (out.answer.status >= first_final) return out;
    bytes = bytes.substr(end + 4);
  }
}

std::optional<std::uint64_t> hsts_max_age(std::string_view value) {
  std::optional<std::uint64_t> age;
  for (const std::string_view directive : split(value, ';')) {
    const auto equals = directive.find('=');
    if (equals == std::string_view::npos || lower_ascii(trim(directive.substr(0, equals))) != "max-age")
      continue;
    std::string_view number = trim(directive.substr(equals + 1));
    if (number.size() >= 2 && number.front() == '"' && number.back() == '"') {
      number = number.substr(1, number.size() - 2);
    }
    if (age) return std::nullopt;
    age = number_of(number);
    if (!age) return std::nullopt;
  }
  return age;
}

}  // namespace certherald::scan
