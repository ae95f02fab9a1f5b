#include "app/settings.hpp"

#include <unistd.h>

#include <array>

#include <boost/json.hpp>

namespace certherald::app {
namespace {

namespace json = boost::json;

constexpr std::string_view server_name = "server";
constexpr std::string_view scan_name = "scan";
constexpr std::string_view retention_name = "retention";

Result<json::object> load(store::Session& session, std::string_view name) {
  auto text = session.setting(std::string(name));
  if (!text) return fail(text.error());
  if (!*text) return json::object();
  boost::system::error_code error;
  json::value value = json::parse(**text, error);
  if (error || !value.is_object())
    return fail(ErrorKind::storage, "the stored [{}] settings are damaged", name);
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view key, const std::string& fallback) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : fallback;
}

bool flag_of(const json::object& object, std::string_view key, bool fallback) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->as_bool() : fallback;
}

int number_of(const json::object& object, std::string_view key, int fallback) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? static_cast<int>(value->as_int64()) : fallback;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key,
                                  std::vector<std::string> fallback) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) return fallback;
  std::vector<std::string> texts;
  for (const json::value& item : value->as_array()) {
    if (item.is_string()) texts.emplace_back(item.as_string());
  }
  return texts;
}

Duration duration_of(const json::object& object, std::string_view key, Duration fallback) {
  return parse_duration(text_of(object, key, to_string(fallback))).value_or(fallback);
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

Result<store::Put> put(store::Session& session, std::string_view name, const json::object& object) {
  return session.set_setting(std::string(name), json::serialize(object));
}

}  // namespace

Result<Settings> load_settings(store::Session& session) {
  const auto server = load(session, server_name);
  if (!server) return fail(server.error());
  const auto scan = load(session, scan_name);
  if (!scan) return fail(scan.error());
  const auto retention = load(session, retention_name);
  if (!retention) return fail(retention.error());
  Settings settings;
  settings.server.public_url = text_of(*server, "public_url", settings.server.public_url);
  settings.server.product_name = text_of(*server, "product_name", settings.server.product_name);
  settings.server.metrics_listen = text_of(*server, "metrics_listen", settings.server.metrics_listen);
  settings.server.log_format = text_of(*server, "log_format", settings.server.log_format);
  settings.server.log_level = text_of(*server, "log_level", settings.server.log_level);
  settings.scan.trust = texts_of(*scan, "trust", settings.scan.trust);
  settings.scan.fetch_allow = texts_of(*scan, "fetch_allow", settings.scan.fetch_allow);
  settings.scan.lists = text_of(*scan, "lists", settings.scan.lists);
  settings.scan.revocation = flag_of(*scan, "revocation", settings.scan.revocation);
  settings.scan.fetch_proxy = text_of(*scan, "fetch_proxy", settings.scan.fetch_proxy);
  settings.scan.fetch_timeout = duration_of(*scan, "fetch_timeout", settings.scan.fetch_timeout);
  settings.scan.crl_limit = number_of(*scan, "crl_limit", settings.scan.crl_limit);
  settings.scan.verify_after = duration_of(*scan, "verify_after", settings.scan.verify_after);
  settings.scan.connections = number_of(*scan, "connections", settings.scan.connections);
  settings.scan.host_connections = number_of(*scan, "host_connections", settings.scan.host_connections);
  settings.scan.host_rate = number_of(*scan, "host_rate", settings.scan.host_rate);
  settings.retention.observations = duration_of(*retention, "observations", settings.retention.observations);
  settings.retention.deliveries = duration_of(*retention, "deliveries", settings.retention.deliveries);
  settings.retention.runs = duration_of(*retention, "runs", settings.retention.runs);
  return settings;
}

Result<store::Put> store_settings(store::Session& session, const ServerSettings& settings) {
  return put(session, server_name,
             {{"public_url", settings.public_url},
              {"product_name", settings.product_name},
              {"metrics_listen", settings.metrics_listen},
              {"log_format", settings.log_format},
              {"log_level", settings.log_level}});
}

Result<store::Put> store_settings(store::Session& session, const ScanSettings& settings) {
  return put(session, scan_name,
             {{"trust", array_of(settings.trust)},
              {"fetch_allow", array_of(settings.fetch_allow)},
              {"lists", settings.lists},
              {"revocation", settings.revocation},
              {"fetch_proxy", settings.fetch_proxy},
              {"fetch_timeout", to_string(settings.fetch_timeout)},
              {"crl_limit", settings.crl_limit},
              {"verify_after", to_string(settings.verify_after)},
              {"connections", settings.connections},
              {"host_connections", settings.host_connections},
              {"host_rate", settings.host_rate}});
}

Result<store::Put> store_settings(store::Session& session, const RetentionSettings& settings) {
  return put(session, retention_name,
             {{"observations", to_string(settings.observations)},
              {"deliveries", to_string(settings.deliveries)},
              {"runs", to_string(settings.runs)}});
}

std::string public_url(const ServerSettings& settings) {
  if (!settings.public_url.empty()) return settings.public_url;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "https://localhost:8443";
  return fmt::format("https://{}:8443", name.data());
}

}  // namespace certherald::app
