#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/duration.hpp"

namespace certherald::model {

enum class ConnectionType : std::uint8_t { servicedesk_plus, servicenow };
enum class Template : std::uint8_t { detailed, reference };

struct EnvSecret {
  std::string name;
  friend bool operator==(const EnvSecret&, const EnvSecret&) = default;
};
struct FileSecret {
  std::string path;
  friend bool operator==(const FileSecret&, const FileSecret&) = default;
};
// One that was entered through an interface: kept in the store, sealed by a key of the key file.
struct StoredSecret {
  std::string name;
  friend bool operator==(const StoredSecret&, const StoredSecret&) = default;
};
// Where a secret is found, resolved at each use. The secret itself never stands in a configuration and is
// never shown.
using SecretRef = std::variant<EnvSecret, FileSecret, StoredSecret>;

// What a stored secret may be called: 1 to 64 of the letters, digits and . _ - of ASCII.
[[nodiscard]] bool is_secret_name(std::string_view text);

// A configured ticketing system.
struct Connection {
  std::string name;  // unique among channels
  ConnectionType type = ConnectionType::servicedesk_plus;
  bool enabled = true;
  std::string url;                      // base, without the API path and without a final slash
  std::string edition = "on_premises";  // servicedesk_plus
  std::string table = "incident";       // servicenow
  std::string username;                 // Basic authentication
  std::optional<SecretRef> password;
  std::optional<SecretRef> auth_token;  // servicedesk_plus
  std::string key_field;    // where our key is kept; "": the key ends the description (servicedesk_plus only)
  std::string ca_file;      // PEM; "": the system's roots
  std::string client_cert;  // PEM
  std::string client_key;   // PEM
  std::string proxy;        // URL without credentials; "": none
  std::string proxy_username;
  std::optional<SecretRef> proxy_password;
  Template body_template = Template::detailed;
  Duration timeout{30, DurationUnit::second};  // one request
  Duration settle{15, DurationUnit::second};   // wait before an unknown outcome is looked up
  int rate = 0;                                // requests a minute; 0: no limit of ours
  // Fields of the ticket by the system's own names: requester, group, category, priority, ... Values may
  // hold {{...}} of the ticket's template values.
  std::map<std::string, std::string> fields;

  friend bool operator==(const Connection&, const Connection&) = default;
};

// Whether any key of the connection refers to that stored secret.
[[nodiscard]] bool uses_secret(const Connection& connection, std::string_view name);

[[nodiscard]] std::string_view to_string(ConnectionType type);
[[nodiscard]] std::optional<ConnectionType> connection_type_from(std::string_view text);
[[nodiscard]] std::string_view to_string(Template body_template);
[[nodiscard]] std::optional<Template> template_from(std::string_view text);

}  // namespace certherald::model
