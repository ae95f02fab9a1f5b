#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "model/connection.hpp"
#include "model/discovery.hpp"
#include "model/endpoint.hpp"
#include "model/policy.hpp"
#include "model/run.hpp"

namespace certherald::app {

struct ServerSettings {
  std::string public_url;  // printed in tickets, always with its port; "" where never set
  std::string product_name = "Certherald";
  std::string metrics_listen = "127.0.0.1:9180";  // address and port; "" for no listener
  std::string log_format = "text";                // or "json"
  std::string log_level = "info";                 // debug, info, warning or error

  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

struct ScanSettings {
  std::vector<std::string> trust = {"system"};  // "system" or PEM files
  bool revocation = true;                       // CRLs and OCSP responders are asked
  std::vector<std::string> fetch_allow;         // CIDR
  std::string lists;                            // folder, as scan::load_lists takes it; "" for none
  std::string fetch_proxy;                      // URL; "" for none
  Duration fetch_timeout{15, DurationUnit::second};
  int crl_limit = 64;  // MiB
  Duration verify_after{10, DurationUnit::minute};
  int connections = 256;     // to all hosts at once
  int host_connections = 4;  // to one host at once
  int host_rate = 20;        // new connections a second to one host; 0: no limit

  friend bool operator==(const ScanSettings&, const ScanSettings&) = default;
};

struct RetentionSettings {
  Duration observations{400, DurationUnit::day};
  Duration deliveries{400, DurationUnit::day};
  Duration runs{400, DurationUnit::day};

  friend bool operator==(const RetentionSettings&, const RetentionSettings&) = default;
};

// Whose the endpoints are that `import` brought; no apply set is called so.
inline constexpr const char* import_set = "import";

// What an apply file says. Blocks it does not have are left as they are in the store.
struct Configuration {
  std::string file;             // its name, for messages
  std::string set = "default";  // whose rows `apply --prune` may remove
  std::optional<ServerSettings> server;
  std::optional<ScanSettings> scan;
  std::optional<RetentionSettings> retention;
  std::vector<model::Endpoint> endpoints;
  std::vector<model::Connection> connections;
  std::vector<model::Policy> policies;
  std::vector<int> channel_lines;  // where the channels of each policy stand
  std::vector<model::Discovery> discoveries;
  std::vector<model::Schedule> schedules;
  std::vector<int> discovery_lines;   // where each schedule names its discovery
  std::vector<std::string> warnings;  // allowed, but worth a look
};

}  // namespace certherald::app
