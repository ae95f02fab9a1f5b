#include "codec/x509/distrusted.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"

namespace certherald::codec::x509 {
namespace {

std::optional<DistrustedAuthority> read_line(std::string_view line) {
  const auto fields = split(line, '|');
  if (fields.size() != 4) return std::nullopt;
  const std::string_view kind = trim(fields[0]);
  const std::string_view value = trim(fields[1]);
  const std::string_view after = trim(fields[2]);
  DistrustedAuthority out;
  out.why = single_line(trim(fields[3]));
  if (after != "always") {
    out.after = from_iso8601(std::string(after) + "T23:59:59Z");
    if (!out.after) return std::nullopt;
  }
  if (kind == "root") {
    const auto hash = from_hex(value);
    if (!hash || hash->size() != 32) return std::nullopt;
    out.root = to_hex(*hash);
    return out;
  }
  if (kind != "issuer" || value.empty()) return std::nullopt;
  out.issuer = value;
  return out;
}

}  // namespace

Result<std::vector<DistrustedAuthority>> parse_distrusted(std::string_view text) {
  std::vector<DistrustedAuthority> out;
  std::size_t number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    auto one = read_line(line);
    if (!one) {
      return with_hint(fail(ErrorKind::invalid_input, "line {} cannot be read", number),
                       "write it like root | SHA-256 | always or 2024-11-11 | why");
    }
    out.push_back(std::move(*one));
  }
  return out;
}

}  // namespace certherald::codec::x509
