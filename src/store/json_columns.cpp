#include "store/json_columns.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "store/engine.hpp"

namespace certherald::store {
namespace {

namespace json = boost::json;

json::value parse(std::string_view text) {
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) damaged("JSON", text);
  return value;
}

json::object parse_object(std::string_view text) {
  json::value value = parse(text);
  if (!value.is_object()) damaged("JSON object", text);
  return std::move(value.get_object());
}

json::string text_value(std::string_view text) {
  const std::string clean = storable(text);
  return {json::string_view(clean.data(), clean.size())};
}

std::string text_of(const json::value& value) {
  const json::string* text = value.if_string();
  if (text == nullptr) damaged("text in JSON", json::serialize(value));
  return {text->data(), text->size()};
}

std::int64_t integer_of(const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<std::int64_t>(error);
  if (error) damaged("number in JSON", json::serialize(value));
  return number;
}

const json::array& array_of(const json::value& value) {
  const json::array* array = value.if_array();
  if (array == nullptr) damaged("list in JSON", json::serialize(value));
  return *array;
}

void read(const json::object& object, std::string_view key, std::string& out) {
  if (const json::value* value = object.if_contains({key.data(), key.size()})) out = text_of(*value);
}

template <class Integer>
  requires std::is_integral_v<Integer>
void read(const json::object& object, std::string_view key, Integer& out) {
  if (const json::value* value = object.if_contains({key.data(), key.size()})) {
    out = static_cast<Integer>(integer_of(*value));
  }
}

void read(const json::object& object, std::string_view key, Duration& out) {
  std::string text;
  read(object, key, text);
  if (text.empty()) return;
  const Result<Duration> duration = parse_duration(text);
  if (!duration) damaged("duration", text);
  out = *duration;
}

template <class Enum>
void read_enum(const json::object& object, std::string_view key,
               std::optional<Enum> (*from)(std::string_view), Enum& out) {
  std::string text;
  read(object, key, text);
  if (!text.empty()) out = require(from(text), key, text);
}

json::array strings_value(const std::vector<std::string>& strings) {
  json::array out;
  out.reserve(strings.size());
  for (const std::string& text : strings) out.emplace_back(text_value(text));
  return out;
}

std::vector<std::string> strings_of(const json::value& value) {
  std::vector<std::string> out;
  for (const json::value& item : array_of(value)) out.push_back(text_of(item));
  return out;
}

void read(const json::object& object, std::string_view key, std::vector<std::string>& out) {
  if (const json::value* value = object.if_contains({key.data(), key.size()})) out = strings_of(*value);
}

using TextMap = std::map<std::string, std::string>;

json::object map_value(const TextMap& map) {
  json::object out;
  for (const auto& [key, value] : map) out[text_value(key)] = text_value(value);
  return out;
}

TextMap map_of(const json::value& value) {
  TextMap out;
  if (!value.is_object()) damaged("JSON object", json::serialize(value));
  for (const auto& item : value.get_object()) {
    out.emplace(std::string(item.key().data(), item.key().size()), text_of(item.value()));
  }
  return out;
}

void read(const json::object& object, std::string_view key, TextMap& out) {
  if (const json::value* value = object.if_contains({key.data(), key.size()})) out = map_of(*value);
}

json::value secret_value(const std::optional<model::SecretRef>& secret) {
  if (!secret) return nullptr;
  json::object out;
  if (const auto* env = std::get_if<model::EnvSecret>(&*secret)) out["env"] = text_value(env->name);
  if (const auto* file = std::get_if<model::FileSecret>(&*secret)) out["file"] = text_value(file->path);
  if (const auto* stored = std::get_if<model::StoredSecret>(&*secret))
    out["stored"] = text_value(stored->name);
  return out;
}

void read(const json::object& object, std::string_view key, std::optional<model::SecretRef>& out) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || value->is_null()) return;
  const TextMap map = map_of(*value);
  if (const auto env = map.find("env"); env != map.end()) out = model::EnvSecret{env->second};
  if (const auto file = map.find("file"); file != map.end()) out = model::FileSecret{file->second};
  if (const auto stored = map.find("stored"); stored != map.end()) out = model::StoredSecret{stored->second};
}

std::optional<model::Repeat> repeat_from(std::string_view text) {
  for (const model::Repeat repeat : {model::Repeat::update, model::Repeat::new_ticket}) {
    if (to_string(repeat) == text) return repeat;
  }
  return std::nullopt;
}

std::optional<model::CheckKind> check_kind_from(std::string_view text) {
  for (const model::CheckKind kind : {model::CheckKind::expiry, model::CheckKind::vulnerability}) {
    if (to_string(kind) == text) return kind;
  }
  return std::nullopt;
}

json::array versions_value(const std::vector<model::VersionCiphers>& versions) {
  json::array out;
  for (const model::VersionCiphers& accepted : versions) {
    json::array ciphers;
    for (const model::CipherSuite& suite : accepted.ciphers) {
      ciphers.emplace_back(json::array{suite.code, text_value(suite.name)});
    }
    out.emplace_back(json::object{{"version", to_string(accepted.version)}, {"ciphers", std::move(ciphers)}});
  }
  return out;
}

std::vector<model::VersionCiphers> versions_of(const json::value& value) {
  std::vector<model::VersionCiphers> out;
  for (const json::value& item : array_of(value)) {
    if (!item.is_object()) damaged("versions", json::serialize(item));
    model::VersionCiphers accepted;
    read_enum(item.get_object(), "version", &model::protocol_version_from, accepted.version);
    if (const json::value* ciphers = item.get_object().if_contains("ciphers")) {
      for (const json::value& pair : array_of(*ciphers)) {
        const json::array& fields = array_of(pair);
        if (fields.size() != 2) damaged("cipher suite", json::serialize(pair));
        accepted.ciphers.push_back({static_cast<std::uint32_t>(integer_of(fields[0])), text_of(fields[1])});
      }
    }
    out.push_back(std::move(accepted));
  }
  return out;
}

json::array checks_value(const std::vector<model::CheckResult>& checks) {
  json::array out;
  for (const model::CheckResult& check : checks) {
    out.emplace_back(json::object{{"id", text_value(check.id)},
                                  {"verdict", to_string(check.verdict)},
                                  {"reason", text_value(check.reason)},
                                  {"evidence", map_value(check.evidence)}});
  }
  return out;
}

std::vector<model::CheckResult> checks_of(const json::value& value) {
  std::vector<model::CheckResult> out;
  for (const json::value& item : array_of(value)) {
    if (!item.is_object()) damaged("checks", json::serialize(item));
    const json::object& object = item.get_object();
    model::CheckResult check;
    read(object, "id", check.id);
    read_enum(object, "verdict", &model::verdict_from, check.verdict);
    read(object, "reason", check.reason);
    read(object, "evidence", check.evidence);
    out.push_back(std::move(check));
  }
  return out;
}

}  // namespace

void damaged(std::string_view what, std::string_view text) {
  throw DatabaseError(
      {ErrorKind::storage,
       fmt::format("a row of the store is damaged: {} \"{}\"", what, truncate(single_line(text), 60)),
       "run certherald doctor"});
}

std::string storable(std::string_view text) {
  std::string out = to_utf8(text);
  for (std::size_t at = out.find('\0'); at != std::string::npos; at = out.find('\0', at)) {
    out.replace(at, 1, "\xef\xbf\xbd");
  }
  return out;
}

std::string strings_to_json(const std::vector<std::string>& strings) {
  return json::serialize(strings_value(strings));
}
std::vector<std::string> strings_from_json(std::string_view text) { return strings_of(parse(text)); }
std::string evidence_to_json(const model::Evidence& evidence) { return json::serialize(map_value(evidence)); }
model::Evidence evidence_from_json(std::string_view text) { return map_of(parse(text)); }
std::string digests_to_json(const Digests& digests) { return json::serialize(map_value(digests)); }
Digests digests_from_json(std::string_view text) { return map_of(parse(text)); }

std::string integers_to_json(std::span<const std::int64_t> integers) {
  json::array out;
  out.reserve(integers.size());
  for (const std::int64_t integer : integers) out.emplace_back(integer);
  return json::serialize(out);
}

std::string policy_to_json(const model::Policy& policy) {
  return json::serialize(json::object{{"kind", to_string(policy.kind)},
                                      {"enabled", policy.enabled ? 1 : 0},
                                      {"within", model::to_string(policy.within)},
                                      {"every", to_string(policy.every)},
                                      {"repeat", to_string(policy.repeat)},
                                      {"min_severity", to_string(policy.min_severity)},
                                      {"checks", strings_value(policy.checks)},
                                      {"channels", strings_value(policy.channels)},
                                      {"max_new", policy.max_new}});
}

model::Policy policy_from_json(std::string name, std::string_view text) {
  const json::object object = parse_object(text);
  model::Policy policy;
  policy.name = std::move(name);
  read_enum(object, "kind", &check_kind_from, policy.kind);
  read(object, "enabled", policy.enabled);
  std::string within;
  read(object, "within", within);
  if (!within.empty()) {
    const Result<model::Within> parsed = model::parse_within(within);
    if (!parsed) damaged("within", within);
    policy.within = *parsed;
  }
  read(object, "every", policy.every);
  read_enum(object, "repeat", &repeat_from, policy.repeat);
  read_enum(object, "min_severity", &model::severity_from, policy.min_severity);
  read(object, "checks", policy.checks);
  read(object, "channels", policy.channels);
  read(object, "max_new", policy.max_new);
  return policy;
}

std::string connection_to_json(const model::Connection& c) {
  return json::serialize(json::object{{"type", to_string(c.type)},
                                      {"enabled", c.enabled ? 1 : 0},
                                      {"url", text_value(c.url)},
                                      {"edition", text_value(c.edition)},
                                      {"table", text_value(c.table)},
                                      {"username", text_value(c.username)},
                                      {"password", secret_value(c.password)},
                                      {"auth_token", secret_value(c.auth_token)},
                                      {"key_field", text_value(c.key_field)},
                                      {"ca_file", text_value(c.ca_file)},
                                      {"client_cert", text_value(c.client_cert)},
                                      {"client_key", text_value(c.client_key)},
                                      {"proxy", text_value(c.proxy)},
                                      {"proxy_username", text_value(c.proxy_username)},
                                      {"proxy_password", secret_value(c.proxy_password)},
                                      {"template", to_string(c.body_template)},
                                      {"timeout", to_string(c.timeout)},
                                      {"settle", to_string(c.settle)},
                                      {"rate", c.rate},
                                      {"fields", map_value(c.fields)}});
}

model::Connection connection_from_json(std::string name, std::string_view text) {
  const json::object object = parse_object(text);
  model::Connection c;
  c.name = std::move(name);
  read_enum(object, "type", &model::connection_type_from, c.type);
  read(object, "enabled", c.enabled);
  read(object, "url", c.url);
  read(object, "edition", c.edition);
  read(object, "table", c.table);
  read(object, "username", c.username);
  read(object, "password", c.password);
  read(object, "auth_token", c.auth_token);
  read(object, "key_field", c.key_field);
  read(object, "ca_file", c.ca_file);
  read(object, "client_cert", c.client_cert);
  read(object, "client_key", c.client_key);
  read(object, "proxy", c.proxy);
  read(object, "proxy_username", c.proxy_username);
  read(object, "proxy_password", c.proxy_password);
  read_enum(object, "template", &model::template_from, c.body_template);
  read(object, "timeout", c.timeout);
  read(object, "settle", c.settle);
  read(object, "rate", c.rate);
  read(object, "fields", c.fields);
  return c;
}

std::string discovery_to_json(const model::Discovery& d) {
  return json::serialize(json::object{{"targets", strings_value(d.targets)},
                                      {"ports", d.ports},
                                      {"exclude", strings_value(d.exclude)},
                                      {"owner", text_value(d.owner)},
                                      {"tags", strings_value(d.tags)},
                                      {"rate", d.rate},
                                      {"timeout", to_string(d.timeout)}});
}

model::Discovery discovery_from_json(std::string name, std::string_view text) {
  const json::object object = parse_object(text);
  model::Discovery d;
  d.name = std::move(name);
  read(object, "targets", d.targets);
  read(object, "ports", d.ports);
  read(object, "exclude", d.exclude);
  read(object, "owner", d.owner);
  read(object, "tags", d.tags);
  read(object, "rate", d.rate);
  read(object, "timeout", d.timeout);
  return d;
}

std::string draft_to_json(const model::TicketDraft& draft) {
  return json::serialize(json::object{{"subject", text_value(draft.subject)},
                                      {"body", text_value(draft.body)},
                                      {"severity", to_string(draft.severity)},
                                      {"urgency", draft.urgency},
                                      {"impact", draft.impact},
                                      {"values", map_value(draft.values)}});
}

model::TicketDraft draft_from_json(std::string key, std::string_view text) {
  const json::object object = parse_object(text);
  model::TicketDraft draft;
  draft.key = std::move(key);
  read(object, "subject", draft.subject);
  read(object, "body", draft.body);
  read_enum(object, "severity", &model::severity_from, draft.severity);
  read(object, "urgency", draft.urgency);
  read(object, "impact", draft.impact);
  read(object, "values", draft.values);
  return draft;
}

std::string counts_to_json(const model::RunCounts& counts) {
  return json::serialize(json::object{{"endpoints", counts.endpoints},
                                      {"scanned", counts.scanned},
                                      {"unreachable", counts.unreachable},
                                      {"findings", counts.findings},
                                      {"notices", counts.notices},
                                      {"held", counts.held},
                                      {"deliveries", counts.deliveries},
                                      {"found", counts.found},
                                      {"added", counts.added},
                                      {"known", counts.known},
                                      {"excluded", counts.excluded},
                                      {"silent", counts.silent}});
}

model::RunCounts counts_from_json(std::string_view text) {
  const json::object object = parse_object(text);
  model::RunCounts counts;
  read(object, "endpoints", counts.endpoints);
  read(object, "scanned", counts.scanned);
  read(object, "unreachable", counts.unreachable);
  read(object, "findings", counts.findings);
  read(object, "notices", counts.notices);
  read(object, "held", counts.held);
  read(object, "deliveries", counts.deliveries);
  read(object, "found", counts.found);
  read(object, "added", counts.added);
  read(object, "known", counts.known);
  read(object, "excluded", counts.excluded);
  read(object, "silent", counts.silent);
  return counts;
}

std::string options_to_json(const model::Run& run) {
  return json::serialize(json::object{{"all", run.all ? 1 : 0}, {"discovery", text_value(run.discovery)}});
}

void read_options(std::string_view text, model::Run& run) {
  int all = 0;
  const json::object object = parse_object(text);
  read(object, "all", all);
  run.all = all == 1;
  read(object, "discovery", run.discovery);
}

namespace {

json::array fingerprints_value(const std::vector<model::Certificate>& chain) {
  json::array out;
  for (const model::Certificate& certificate : chain) out.emplace_back(text_value(certificate.sha256));
  return out;
}

void read_fingerprints(const json::object& object, std::vector<model::Certificate>& chain) {
  std::vector<std::string> fingerprints;
  read(object, "chain", fingerprints);
  for (std::string& sha256 : fingerprints) chain.emplace_back().sha256 = std::move(sha256);
}

json::array other_chains_value(const std::vector<model::OtherChain>& others) {
  json::array out;
  for (const model::OtherChain& other : others) {
    out.emplace_back(json::object{{"way", text_value(other.way)},
                                  {"for_name", other.for_name ? 1 : 0},
                                  {"chain", fingerprints_value(other.chain)}});
  }
  return out;
}

void read_other_chains(const json::object& object, std::vector<model::OtherChain>& others) {
  const json::value* value = object.if_contains("other_chains");
  if (value == nullptr || !value->is_array()) return;
  for (const json::value& item : value->as_array()) {
    if (!item.is_object()) continue;
    model::OtherChain other;
    read(item.as_object(), "way", other.way);
    int for_name = 0;
    read(item.as_object(), "for_name", for_name);
    other.for_name = for_name == 1;
    read_fingerprints(item.as_object(), other.chain);
    if (!other.chain.empty()) others.push_back(std::move(other));
  }
}

}  // namespace

std::string observation_to_json(const model::Observation& observation) {
  return json::serialize(json::object{{"error", text_value(observation.error)},
                                      {"versions", versions_value(observation.versions)},
                                      {"groups", strings_value(observation.groups)},
                                      {"chain", fingerprints_value(observation.chain)},
                                      {"other_chains", other_chains_value(observation.other_chains)},
                                      {"others_asked", observation.others_asked ? 1 : 0},
                                      {"checks", checks_value(observation.checks)},
                                      {"connections", observation.connections},
                                      {"bytes_received", observation.bytes_received},
                                      {"duration_ms", observation.duration.count()}});
}

void observation_from_json(std::string_view text, model::Observation& observation) {
  const json::object object = parse_object(text);
  read(object, "error", observation.error);
  if (const json::value* value = object.if_contains("versions")) observation.versions = versions_of(*value);
  read(object, "groups", observation.groups);
  read_fingerprints(object, observation.chain);
  read_other_chains(object, observation.other_chains);
  int others_asked = 0;
  read(object, "others_asked", others_asked);
  observation.others_asked = others_asked == 1;
  if (const json::value* value = object.if_contains("checks")) observation.checks = checks_of(*value);
  read(object, "connections", observation.connections);
  read(object, "bytes_received", observation.bytes_received);
  std::int64_t millis = 0;
  read(object, "duration_ms", millis);
  observation.duration = Millis(millis);
}

std::string certificates_to_json(std::span<const model::Certificate* const> certificates) {
  json::array rows;
  rows.reserve(certificates.size());
  for (const model::Certificate* c : certificates) {
    rows.emplace_back(json::array{text_value(c->sha256), text_value(c->subject), text_value(c->common_name),
                                  strings_to_json(c->dns_names), strings_to_json(c->ip_addresses),
                                  text_value(c->issuer), text_value(c->serial),
                                  c->not_before.time_since_epoch().count(),
                                  c->not_after.time_since_epoch().count(), text_value(c->signature_algorithm),
                                  text_value(c->key.type), c->key.bits, text_value(c->key.curve),
                                  text_value(c->key.spki_sha256), c->is_ca ? 1 : 0, c->self_signed ? 1 : 0});
  }
  return json::serialize(rows);
}

}  // namespace certherald::store
