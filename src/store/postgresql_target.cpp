#include "store/postgresql_target.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include <libpq-fe.h>

#include "base/text.hpp"

namespace certherald::store {
namespace {

struct Setting {
  std::string_view name;
  std::string_view value;
};

// Seconds, but for tcp_user_timeout: milliseconds.
constexpr std::array defaults = std::to_array<Setting>({
    {"connect_timeout", "10"},
    {"keepalives", "1"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "60000"},
    {"application_name", "certherald"},
});

using Options = std::map<std::string, std::string>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::unexpected<Error> refused() {
  return with_hint(
      fail(ErrorKind::invalid_input, "--database: not a URL of a PostgreSQL database"),
      "write postgresql://USER@HOST:PORT/DATABASE; in a password, @ is %40, : is %3A, / is %2F, % is %25");
}

std::string value_of(const Options& options, const std::string& key) {
  const auto at = options.find(key);
  return at == options.end() ? "" : at->second;
}

// A password that is not encoded spills into what follows it.
bool spilled(const Options& options) {
  const std::string port = value_of(options, "port");
  return value_of(options, "host").find('@') != std::string::npos ||
         value_of(options, "dbname").find('@') != std::string::npos ||
         port.find_first_not_of("0123456789,") != std::string::npos;
}

std::string name_of(const Options& options) {
  std::string host = value_of(options, "host");
  if (host.empty()) host = value_of(options, "hostaddr");
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  std::string out = "postgresql://";
  if (const std::string user = value_of(options, "user"); !user.empty()) out += user + "@";
  const bool socket = host.starts_with('/');
  if (!socket) out += host;
  if (const std::string port = value_of(options, "port"); !port.empty()) out += ":" + port;
  out += "/" + value_of(options, "dbname");
  if (socket) out += "?host=" + host;
  return single_line(out);
}

}  // namespace

bool is_postgresql(std::string_view location) {
  return location.starts_with("postgresql:") || location.starts_with("postgres:");
}

Result<PostgresqlTarget> parse_postgresql(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) return refused();
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(PQconninfoParse(url.c_str(), &complaint));
  PQfreemem(complaint);  // may quote the password
  if (!parsed) return refused();
  Options options;
  for (const PQconninfoOption* at = parsed.get(); at->keyword != nullptr; ++at) {
    if (at->val != nullptr) options.emplace(at->keyword, at->val);
  }
  if (spilled(options)) return refused();
  for (const Setting& setting : defaults) options.emplace(setting.name, setting.value);
  options["client_encoding"] = "UTF8";

  // SOCI takes connection texts apart at blanks and knows no quotes: a URL has neither.
  PostgresqlTarget out{"postgresql:///", name_of(options)};
  char separator = '?';
  for (const auto& [key, value] : options) {
    out.conninfo += fmt::format("{}{}={}", separator, key, percent_encoded(value));
    separator = '&';
  }
  return out;
}

}  // namespace certherald::store
