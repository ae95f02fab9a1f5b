#include "app/config/blocks.hpp"

#include <algorithm>

#include "app/config/listen.hpp"
#include "base/text.hpp"
#include "scan/starttls/protocols.hpp"
#include "schedule/calendar.hpp"
#include "schedule/rule.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t most_exdates = 1'000;

std::string_view mend_of(FileKind kind) {
  switch (kind) {
    case FileKind::any:
      return "give the path of a file that this program may read";
    case FileKind::certificate:
    case FileKind::key:
      return "give the path of a PEM file that this program may read";
    case FileKind::secret:
      return "write the secret into that file, or give the path of one that this program may read";
  }
  return "";
}

void require_readable(BlockReader& reader, std::string_view key, const std::string& path,
                      const FileProbe& probe, FileKind kind = FileKind::any) {
  if (path.empty()) return;
  const std::string why = probe(path, kind);
  if (why.empty()) return;
  reader.fault(key, fmt::format("{}: {} cannot be read: {}", key, single_line(path), why),
               std::string(mend_of(kind)));
}

// A file must be there now. The environment is that of the server, which need not be ours.
std::optional<model::SecretRef> read_secret(BlockReader& reader, std::string_view key,
                                            const FileProbe& probe) {
  auto secret = reader.secret(key);
  if (!secret) return secret;
  if (const auto* file = std::get_if<model::FileSecret>(&*secret)) {
    require_readable(reader, key, file->path, probe, FileKind::secret);
  }
  return secret;
}

// "10.0.0.0/8" or "fd00::/8".
bool is_network(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || !model::is_ip_address(text.substr(0, slash))) return false;
  const std::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const int longest = text.find(':') == std::string_view::npos ? 32 : 128;
  return error == std::errc{} && stop == digits.data() + digits.size() && prefix >= 0 && prefix <= longest;
}

template <class Value>
Value choice(BlockReader& reader, std::string_view key, std::string_view text, std::optional<Value> parsed,
             Value fallback, std::string_view known) {
  if (parsed) return *parsed;
  if (!text.empty()) {
    reader.fault(key, fmt::format("{}: there is no '{}'", key, single_line(text)),
                 fmt::format("write {}", known));
  }
  return fallback;
}

std::string one_of(BlockReader& reader, std::string_view key, const std::string& fallback,
                   const std::vector<std::string>& words) {
  std::string word = reader.text(key, fallback);
  if (std::ranges::find(words, word) != words.end()) return word;
  reader.fault(key, fmt::format("{}: there is no '{}'", key, single_line(word)),
               "write " + join(words, ", "));
  return fallback;
}

std::optional<model::CheckKind> check_kind_from(std::string_view text) {
  for (const model::CheckKind kind : {model::CheckKind::expiry, model::CheckKind::vulnerability}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<model::Repeat> repeat_from(std::string_view text) {
  for (const model::Repeat repeat : {model::Repeat::update, model::Repeat::new_ticket}) {
    if (to_string(repeat) == text) return repeat;
  }
  return std::nullopt;
}

void read_ticket_fields(BlockReader& reader, model::Connection& connection) {
  const std::string type(to_string(connection.type));
  for (const auto& [key, value] : reader.table()) {
    const std::string name(key.str());
    if (!has_key(reader.spec(), name)) continue;
    if (is_ticket_field(type, name)) {
      connection.fields[name] = reader.text(name);
      continue;
    }
    const bool other = is_ticket_field("servicedesk_plus", name) || is_ticket_field("servicenow", name);
    if (other) reader.fault(name, fmt::format("'{}' is no field of {}", name, type), "remove it");
  }
}

void read_credentials(BlockReader& reader, model::Connection& connection, const FileProbe& probe) {
  connection.username = reader.text("username");
  connection.password = read_secret(reader, "password", probe);
  connection.auth_token = read_secret(reader, "auth_token", probe);
  switch (connection.type) {
    case model::ConnectionType::servicedesk_plus:
      if (!reader.has("auth_token")) {
        reader.fault("auth_token", "'auth_token' is missing", "add auth_token = { env = \"NAME\" }");
      }
      break;
    case model::ConnectionType::servicenow:
      if (connection.username.empty())
        reader.fault("username", "'username' is missing", "add username = \"...\"");
      if (!reader.has("password")) {
        reader.fault("password", "'password' is missing", "add password = { env = \"NAME\" }");
      }
      if (connection.key_field.empty()) connection.key_field = "correlation_id";
      break;
  }
}

void read_schedule_dates(BlockReader& reader, model::Schedule& schedule) {
  const auto check = [&](std::string_view key, const std::string& text) {
    if (const auto valid = schedule::validate_local_time(text); !valid) {
      reader.fault(key, fmt::format("{}: {}", key, valid.error().message), valid.error().hint);
    }
  };
  if (const auto start = reader.optional_text("dtstart")) {
    check("dtstart", *start);
    schedule.dtstart = *start;
  }
  schedule.exdates = reader.texts("exdate");
  for (const std::string& exdate : schedule.exdates) check("exdate", exdate);
  std::ranges::sort(schedule.exdates);
  schedule.exdates.erase(std::ranges::unique(schedule.exdates).begin(), schedule.exdates.end());
  if (schedule.exdates.size() > most_exdates) {
    reader.fault("exdate", fmt::format("exdate holds more than {} dates", most_exdates),
                 "remove those that are over, or change the rule");
  }
  if (schedule.dtstart.empty()) return;
  const auto calendar = schedule::Calendar::make(schedule, Instant{});
  if (calendar && !calendar->next(Instant::min())) {
    reader.fault("dtstart",
                 fmt::format("dtstart: from {} on the rule never falls on any date", schedule.dtstart),
                 "change dtstart, or UNTIL, INTERVAL or exdate");
  }
}

void read_proxy(BlockReader& reader, model::Connection& connection, const FileProbe& probe) {
  if (const auto url = reader.optional_text("proxy"); url && !url->empty()) {
    const auto normal = normalize_proxy_url(*url);
    if (normal) connection.proxy = *normal;
    if (!normal) reader.fault("proxy", normal.error());
  }
  connection.proxy_username = reader.text("proxy_username");
  connection.proxy_password = read_secret(reader, "proxy_password", probe);
  if (connection.proxy_username.contains(':'))
    reader.fault("proxy_username", "'proxy_username' must not hold a colon");
  for (const std::string_view key : {"proxy_username", "proxy_password"}) {
    const std::string_view other = key == "proxy_username" ? "proxy_password" : "proxy_username";
    if (!reader.has(key)) continue;
    if (!reader.has("proxy")) reader.fault(key, fmt::format("'{}' stands without 'proxy'", key), "remove it");
    if (!reader.has(other)) reader.fault(key, fmt::format("'{}' stands without '{}'", key, other));
  }
}

}  // namespace

ServerSettings read_server(const toml::table& table, Problems& problems) {
  BlockReader reader(table, block("server"), problems);
  ServerSettings settings;
  settings.product_name = reader.text("product_name", settings.product_name);
  if (single_line(settings.product_name) != settings.product_name || settings.product_name.empty()) {
    reader.fault("product_name", "product_name must be one line of text");
  }
  if (const auto url = reader.optional_text("public_url")) {
    const auto normal = with_port(*url);
    if (normal) settings.public_url = *normal;
    if (!normal) reader.fault("public_url", normal.error());
  }
  settings.metrics_listen = reader.text("metrics_listen", settings.metrics_listen);
  if (!settings.metrics_listen.empty()) {
    if (const auto at = parse_listen(settings.metrics_listen); !at)
      reader.fault("metrics_listen", at.error());
  }
  settings.log_format = one_of(reader, "log_format", settings.log_format, {"text", "json"});
  settings.log_level = one_of(reader, "log_level", settings.log_level, {"debug", "info", "warning", "error"});
  return settings;
}

// How CRLs and OCSP responses are fetched.
void read_fetching(BlockReader& reader, ScanSettings& settings) {
  if (const auto url = reader.optional_text("fetch_proxy"); url && !url->empty()) {
    const auto normal = normalize_proxy_url(*url);
    if (normal) settings.fetch_proxy = *normal;
    if (!normal) reader.fault("fetch_proxy", normal.error());
  }
  settings.fetch_timeout = reader.duration("fetch_timeout", settings.fetch_timeout);
  if (settings.fetch_timeout.elapsed() < Seconds(1) || settings.fetch_timeout.elapsed() > Seconds(60)) {
    reader.fault("fetch_timeout", "'fetch_timeout' is not from 1s to 60s");
  }
  settings.crl_limit = static_cast<int>(reader.number("crl_limit", settings.crl_limit, 1, 64));
}

ScanSettings read_scan(const toml::table& table, const FileProbe& probe, Problems& problems) {
  BlockReader reader(table, block("scan"), problems);
  ScanSettings settings;
  settings.trust = reader.texts("trust", settings.trust);
  for (const std::string& root : settings.trust) {
    if (root != "system") require_readable(reader, "trust", root, probe);
  }
  settings.fetch_allow = reader.texts("fetch_allow");
  for (const std::string& network : settings.fetch_allow) {
    if (is_network(network)) continue;
    reader.fault("fetch_allow", fmt::format("'{}' is not a network", single_line(network)),
                 "write it like 10.0.0.0/8");
  }
  settings.lists = reader.text("lists", settings.lists);
  settings.revocation = reader.flag("revocation", settings.revocation);
  read_fetching(reader, settings);
  settings.verify_after = reader.duration("verify_after", settings.verify_after);
  settings.connections = static_cast<int>(reader.number("connections", settings.connections, 1, 10'000));
  settings.host_connections =
      static_cast<int>(reader.number("host_connections", settings.host_connections, 1, 64));
  settings.host_rate = static_cast<int>(reader.number("host_rate", settings.host_rate, 0, 100'000));
  return settings;
}

RetentionSettings read_retention(const toml::table& table, Problems& problems) {
  BlockReader reader(table, block("retention"), problems);
  RetentionSettings settings;
  settings.observations = reader.duration("observations", settings.observations);
  settings.deliveries = reader.duration("deliveries", settings.deliveries);
  settings.runs = reader.duration("runs", settings.runs);
  return settings;
}

std::optional<model::Endpoint> read_endpoint(const toml::table& table, Problems& problems) {
  BlockReader reader(table, block("endpoint"), problems);
  const std::string host = reader.required_text("host");
  const std::string starttls = reader.text("starttls");
  const auto* protocol = scan::starttls::find_protocol(starttls);
  const std::uint16_t usual_port = protocol == nullptr ? 443 : protocol->port;
  const auto port = static_cast<std::uint16_t>(reader.number("port", usual_port, 1, 65'535));
  const auto sni = reader.optional_text("sni");
  const std::string address = reader.text("address");
  model::Endpoint endpoint;
  endpoint.owner = reader.text("owner");
  endpoint.tags = reader.texts("tags");
  std::ranges::sort(endpoint.tags);
  endpoint.tags.erase(std::ranges::unique(endpoint.tags).begin(), endpoint.tags.end());
  if (host.empty()) return std::nullopt;
  if (!starttls.empty() && protocol == nullptr) {
    reader.fault("starttls", scan::starttls::need_protocol(starttls).error());
    return std::nullopt;
  }
  const auto key = model::make_endpoint_key(host, port, sni, address, starttls);
  if (!key) {
    reader.fault("host", key.error());
    return std::nullopt;
  }
  endpoint.key = *key;
  return endpoint;
}

model::Connection read_connection(const toml::table& table, const FileProbe& probe, Problems& problems,
                                  std::vector<std::string>& warnings) {
  BlockReader reader(table, block("connection"), problems);
  model::Connection connection;
  connection.name = reader.required_text("name");
  if (connection.name == "*") reader.fault("name", "a connection cannot be called '*': it means all of them");
  const std::string type = reader.required_text("type");
  connection.type = choice(reader, "type", type, model::connection_type_from(type), connection.type,
                           "\"servicedesk_plus\" or \"servicenow\"");
  const std::string url = reader.required_text("url");
  if (const auto normal = normalize_base_url(url)) {
    connection.url = *normal;
    if (normal->starts_with("http://")) {
      warnings.push_back(fmt::format("connection '{}': its credentials travel in the clear over {}",
                                     connection.name, *normal));
    }
  } else if (!url.empty()) {
    reader.fault("url", normal.error());
  }
  connection.enabled = reader.flag("enabled", true);
  connection.edition = reader.text("edition", connection.edition);
  if (connection.edition != "on_premises") {
    reader.fault(
        "edition",
        fmt::format("edition '{}' is not supported by this version", single_line(connection.edition)),
        "write edition = \"on_premises\"");
  }
  connection.table = reader.text("table", connection.table);
  connection.key_field = reader.text("key_field");
  read_credentials(reader, connection, probe);
  connection.ca_file = reader.text("ca_file");
  connection.client_cert = reader.text("client_cert");
  connection.client_key = reader.text("client_key");
  require_readable(reader, "ca_file", connection.ca_file, probe);
  require_readable(reader, "client_cert", connection.client_cert, probe, FileKind::certificate);
  require_readable(reader, "client_key", connection.client_key, probe, FileKind::key);
  read_proxy(reader, connection, probe);
  const std::string name = reader.text("template", "detailed");
  connection.body_template = choice(reader, "template", name, model::template_from(name),
                                    connection.body_template, "\"detailed\" or \"reference\"");
  connection.timeout = reader.duration("timeout", connection.timeout);
  connection.settle = reader.duration("settle", connection.settle);
  connection.rate = static_cast<int>(reader.number("rate", 0, 0, 1'000'000));
  read_ticket_fields(reader, connection);
  return connection;
}

model::Policy read_policy(const toml::table& table, Problems& problems) {
  BlockReader reader(table, block("policy"), problems);
  model::Policy policy;
  policy.name = reader.required_text("name");
  const std::string kind = reader.required_text("kind");
  policy.kind =
      choice(reader, "kind", kind, check_kind_from(kind), policy.kind, "\"expiry\" or \"vulnerability\"");
  const bool expiry = policy.kind == model::CheckKind::expiry;
  policy.enabled = reader.flag("enabled", true);
  if (const auto within = reader.optional_text("within")) {
    const auto parsed = model::parse_within(*within);
    if (parsed) policy.within = *parsed;
    if (!parsed) reader.fault("within", parsed.error());
    if (!expiry) reader.fault("within", "'within' belongs to policies of kind \"expiry\"", "remove it");
  }
  policy.every =
      reader.duration("every", expiry ? Duration{1, DurationUnit::day} : Duration{1, DurationUnit::week});
  if (policy.every.count == 0) reader.fault("every", "'every' must be longer than nothing");
  const std::string repeat = reader.text("repeat", "update");
  policy.repeat =
      choice(reader, "repeat", repeat, repeat_from(repeat), policy.repeat, "\"update\" or \"new_ticket\"");
  const std::string severity = reader.text("min_severity", "info");
  policy.min_severity = choice(reader, "min_severity", severity, model::severity_from(severity),
                               policy.min_severity, "info, low, medium, high or critical");
  policy.checks = reader.texts("checks");
  for (const std::string& check : policy.checks) {
    if (model::find_check(check) == nullptr) {
      reader.fault("checks", fmt::format("there is no check '{}'", single_line(check)),
                   "doc/cli.md lists the checks");
    }
  }
  policy.channels = reader.texts("channels", policy.channels);
  policy.max_new = static_cast<int>(reader.number("max_new", policy.max_new, 0, 1'000'000));
  return policy;
}

model::Schedule read_schedule(const toml::table& table, Problems& problems) {
  BlockReader reader(table, block("schedule"), problems);
  model::Schedule schedule;
  schedule.name = reader.required_text("name");
  const std::string task = reader.required_text("task");
  schedule.task = choice(reader, "task", task, model::task_kind_from(task), schedule.task,
                         "\"expiry_notification\", \"vulnerability_scan\" or \"discovery\"");
  if (schedule.task == model::TaskKind::expiry_report)
    reader.fault("task", fmt::format("task '{}' is not supported by this version", task));
  schedule.discovery = reader.text("discovery");
  if (schedule.task == model::TaskKind::discovery && schedule.discovery.empty())
    reader.fault("discovery", "'discovery' is missing", "add discovery = \"NAME\"");
  if (schedule.task != model::TaskKind::discovery && !schedule.discovery.empty())
    reader.fault("discovery", "'discovery' belongs to schedules of task \"discovery\"", "remove it");
  schedule.rrule = reader.required_text("rrule");
  schedule.time_zone = reader.text("time_zone", schedule.time_zone);
  schedule.enabled = reader.flag("enabled", true);
  const auto valid = schedule::validate_rule(schedule.rrule, schedule.time_zone);
  if (!valid && !schedule.rrule.empty()) reader.fault("rrule", valid.error());
  read_schedule_dates(reader, schedule);
  return schedule;
}

}  // namespace certherald::app
