#include <array>
#include <cassert>
#include <vector>

#include "app/config/schema.hpp"
#include "base/nearest.hpp"

namespace certherald::app {
namespace {

constexpr KeySpec top_keys[] = {
    {"set", "\"default\"",
     "The name of this set of rows: `apply --prune` removes only what an earlier apply of the same set "
     "made."},
};

constexpr KeySpec server_keys[] = {
    {"public_url", "https with this host's name, port 8443",
     "The address of this server as people reach it. Printed in tickets, always with its port."},
    {"product_name", "\"Certherald\"",
     "Printed in tickets: `Scanned by: <product_name> running at <public_url>`."},
    {"metrics_listen", "\"127.0.0.1:9180\"",
     "Where `serve` answers /healthz, /readyz and /metrics: IP address and port; \"\" for nowhere."},
    {"log_format", "\"text\"", "How `serve` writes its log: \"text\" or \"json\"."},
    {"log_level", "\"info\"", "From which level on: debug, info, warning or error."},
};

constexpr KeySpec scan_keys[] = {
    {"trust", "[\"system\"]", "The roots that endpoints' chains may end in: `system`, or PEM files."},
    {"revocation", "true", "Ask CRLs and OCSP responders whether certificates were revoked."},
    {"fetch_allow", "[]", "Private networks (CIDR) where OCSP, CRL and issuer certificates may be fetched."},
    {"lists", "\"\"",
     "A folder whose `distrusted_cas.txt`, `known_keys.txt`, `ct_logs.json` and `intermediates.pem` replace "
     "the "
     "lists that are built in; \"\" for none."},
    {"fetch_proxy", "none", "Proxy for these fetches: http, https or socks5h URL without credentials."},
    {"fetch_timeout", "\"15s\"", "For one of these fetches, 1s to 60s."},
    {"crl_limit", "64", "The largest CRL that is read, in MiB, 1 to 64."},
    {"verify_after", "\"10m\"",
     "A finding seen good is looked at once more after this before it is resolved."},
    {"connections", "256", "Connections to all hosts at once, 1 to 10000."},
    {"host_connections", "4", "Connections to one host at once, 1 to 64."},
    {"host_rate", "20", "New connections a second to one host; 0 is no limit."},
};

constexpr KeySpec endpoint_keys[] = {
    {"host", "required", "Name or address."},
    {"port", "443, with `starttls` the protocol's own", "TCP port, 1 to 65535."},
    {"sni", "host, where that is a name", "Server name to ask for; \"\" asks for none."},
    {"address", "none", "Connect here instead of resolving host."},
    {"starttls", "none",
     "Protocol to speak before TLS: \"smtp\", \"lmtp\", \"imap\", \"pop3\", \"ftp\", \"ldap\", \"xmpp\", "
     "\"xmpp-server\", "
     "\"postgres\", \"mysql\", \"mssql\", \"rdp\", \"nntp\", \"sieve\", \"irc\" or \"telnet\"."},
    {"owner", "none", "Who cares for it."},
    {"tags", "[]", "Words to select it by."},
};

constexpr KeySpec connection_keys[] = {
    {"name", "required", "What policies call it; unique."},
    {"type", "required", "\"servicedesk_plus\" or \"servicenow\"."},
    {"url", "required", "Base address of the system, http or https."},
    {"enabled", "true", "false keeps it without using it."},
    {"edition", "\"on_premises\"", "ServiceDesk Plus only: \"on_premises\"."},
    {"table", "\"incident\"", "ServiceNow only: the table tickets are made in."},
    {"username", "none", "ServiceNow: user for Basic authentication."},
    {"password", "none", "ServiceNow: `{ env = NAME }`, `{ file = PATH }` or `{ stored = NAME }`."},
    {"auth_token", "none", "ServiceDesk Plus: `{ env = NAME }`, `{ file = PATH }` or `{ stored = NAME }`."},
    {"key_field", "\"correlation_id\" for servicenow, none else",
     "Field that holds our key. Without one the key ends the description."},
    {"ca_file", "the system's roots", "PEM file of the roots that vouch for the system."},
    {"client_cert", "none", "PEM file of a client certificate."},
    {"client_key", "none", "PEM file of its key."},
    {"proxy", "none", "URL of a proxy: http, https or socks5h."},
    {"proxy_username", "none", "User for the proxy."},
    {"proxy_password", "none", "`{ env = NAME }`, `{ file = PATH }` or `{ stored = NAME }`."},
    {"template", "\"detailed\"", "Text of tickets: \"detailed\" or \"reference\"."},
    {"timeout", "\"30s\"", "For one request."},
    {"settle", "\"15s\"", "Wait before an unknown outcome is looked up."},
    {"rate", "0", "Requests a minute at most; 0 is no limit."},
    {"requester", "none", "ServiceDesk Plus: name or email of the requester."},
    {"technician", "none", "ServiceDesk Plus field."},
    {"group", "none", "ServiceDesk Plus field."},
    {"category", "none", "Field of both systems."},
    {"subcategory", "none", "Field of both systems."},
    {"item", "none", "ServiceDesk Plus field."},
    {"priority", "none", "ServiceDesk Plus field; left out where the instance refuses it."},
    {"urgency", "by severity and date", "Field of both systems."},
    {"impact", "by severity", "Field of both systems."},
    {"level", "none", "ServiceDesk Plus field."},
    {"mode", "none", "ServiceDesk Plus field."},
    {"status", "none", "ServiceDesk Plus field."},
    {"site", "none", "ServiceDesk Plus field."},
    {"request_type", "none", "ServiceDesk Plus field."},
    {"request_template", "none", "ServiceDesk Plus: name of the request template."},
    {"service_category", "none", "ServiceDesk Plus field."},
    {"udf_*", "none", "ServiceDesk Plus: additional fields, by name."},
    {"caller_id", "none", "ServiceNow: sys_id of the caller."},
    {"assignment_group", "none", "ServiceNow: sys_id of the group."},
    {"assigned_to", "none", "ServiceNow: sys_id of a user."},
    {"contact_type", "none", "ServiceNow field."},
    {"cmdb_ci", "none", "ServiceNow: sys_id of the configuration item."},
    {"business_service", "none", "ServiceNow: sys_id."},
    {"service_offering", "none", "ServiceNow: sys_id."},
    {"company", "none", "ServiceNow: sys_id."},
    {"location", "none", "ServiceNow: sys_id."},
    {"u_*", "none", "ServiceNow: additional fields, by name."},
};

constexpr KeySpec policy_keys[] = {
    {"name", "required", "Unique."},
    {"kind", "required", "\"expiry\" or \"vulnerability\"."},
    {"enabled", "true", "false keeps it without using it."},
    {"within", "\"30d\"",
     "Expiry only: how long before its end a certificate is told about, or a share of its validity "
     "(\"33%\")."},
    {"every", "\"1d\"; \"1w\" for vulnerability", "How often a notice is due while the problem lasts."},
    {"repeat", "\"update\"",
     "\"update\": one living ticket for a problem; \"new_ticket\": each due notice makes one."},
    {"min_severity", "\"info\"", "info, low, medium, high or critical."},
    {"checks", "[]", "Ids of the checks it tells about; [] is all of its kind."},
    {"channels", "[\"*\"]", "Names of connections of this file or the store; \"*\" is every enabled one."},
    {"max_new", "100", "New tickets a run at most; the rest wait for `run ... --all` or the next run."},
};

constexpr KeySpec discovery_keys[] = {
    {"name", "required", "What `run discovery` and schedules call it; unique."},
    {"targets", "required",
     "Where to look, written as for `scan`: names, addresses, networks, ranges, `host:ports`, `smtp://host`; "
     "`@FILE` is a list that is read at each run."},
    {"ports", "\"443\"",
     "Ports of targets that name neither port nor protocol, such as \"443,8443,9000-9010\"."},
    {"exclude", "[]",
     "What is left alone: names, addresses, networks of any size and ranges, each perhaps with `:ports`."},
    {"owner", "none", "Who cares for endpoints that it finds."},
    {"tags", "[]", "The words that endpoints get which it finds."},
    {"rate", "100", "New connections a second to all hosts; 0 is no limit."},
    {"timeout", "\"3s\"", "How long an address may take to answer, 1s to 60s."},
};

constexpr KeySpec schedule_keys[] = {
    {"name", "required", "Unique."},
    {"task", "required", "\"expiry_notification\", \"vulnerability_scan\" or \"discovery\"."},
    {"discovery", "none", "Task \"discovery\" only, and required there: the name of a `[[discovery]]`."},
    {"rrule", "required", "Recurrence rule (RFC 5545), such as FREQ=DAILY;BYHOUR=2;BYMINUTE=0."},
    {"time_zone", "\"UTC\"", "Name of a time zone, such as Europe/Berlin."},
    {"dtstart", "its creation",
     "Since when the rule counts (its DTSTART): date and time in its zone, such as \"2026-12-01T02:00:00\"."},
    {"exdate", "[]", "Dates and times in its zone, written as for dtstart, when it does not happen."},
    {"enabled", "true", "false keeps it without using it."},
};

constexpr KeySpec retention_keys[] = {
    {"observations", "\"400d\"", "How long the history of scans is kept."},
    {"deliveries", "\"400d\"",
     "How long finished deliveries are kept. What belongs to an open ticket stays."},
    {"runs", "\"400d\"", "How long the record of runs is kept."},
};

constexpr std::array blocks = std::to_array<BlockSpec>({
    {"", "top level", top_keys},
    {"server", "[server]", server_keys},
    {"scan", "[scan]", scan_keys},
    {"endpoint", "[[endpoint]]", endpoint_keys},
    {"connection", "[[connection]]", connection_keys},
    {"policy", "[[policy]]", policy_keys},
    {"discovery", "[[discovery]]", discovery_keys},
    {"schedule", "[[schedule]]", schedule_keys},
    {"retention", "[retention]", retention_keys},
});

constexpr std::string_view desk_fields[] = {
    "requester",        "technician",      "group", "category", "subcategory", "item", "priority",
    "urgency",          "impact",          "level", "mode",     "status",      "site", "request_type",
    "request_template", "service_category"};
constexpr std::string_view snow_fields[] = {
    "caller_id",        "assignment_group", "assigned_to",  "category", "subcategory",
    "urgency",          "impact",           "contact_type", "cmdb_ci",  "business_service",
    "service_offering", "company",          "location"};

bool matches(std::string_view pattern, std::string_view key) {
  if (!pattern.ends_with('*')) return pattern == key;
  pattern.remove_suffix(1);
  return key.size() > pattern.size() && key.starts_with(pattern);
}

}  // namespace

std::span<const BlockSpec> configuration_blocks() { return blocks; }

const BlockSpec& block(std::string_view name) {
  for (const BlockSpec& spec : blocks) {
    if (spec.name == name) return spec;
  }
  assert(false);
  return blocks.front();
}

bool has_key(const BlockSpec& spec, std::string_view key) {
  return std::ranges::any_of(spec.keys, [&](const KeySpec& known) { return matches(known.name, key); });
}

std::string_view nearest_key(const BlockSpec& spec, std::string_view key) {
  std::vector<std::string_view> names;
  for (const KeySpec& known : spec.keys) names.push_back(known.name);
  return nearest_word(key, names);
}

bool is_ticket_field(std::string_view connection_type, std::string_view key) {
  if (connection_type == "servicedesk_plus") {
    return key.starts_with("udf_") || std::ranges::find(desk_fields, key) != std::end(desk_fields);
  }
  return key.starts_with("u_") || std::ranges::find(snow_fields, key) != std::end(snow_fields);
}

}  // namespace certherald::app
