#pragma once

#include <optional>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "app/config/configuration.hpp"
#include "app/config/parse.hpp"
#include "app/config/reader.hpp"

namespace certherald::app {

// One function for each block of the configuration file. What is wrong goes to `problems`; the value
// returned is then not used.
[[nodiscard]] ServerSettings read_server(const toml::table& table, Problems& problems);
[[nodiscard]] ScanSettings read_scan(const toml::table& table, const FileProbe& probe, Problems& problems);
[[nodiscard]] RetentionSettings read_retention(const toml::table& table, Problems& problems);
[[nodiscard]] std::optional<model::Endpoint> read_endpoint(const toml::table& table, Problems& problems);
[[nodiscard]] model::Connection read_connection(const toml::table& table, const FileProbe& probe,
                                                Problems& problems, std::vector<std::string>& warnings);
[[nodiscard]] model::Policy read_policy(const toml::table& table, Problems& problems);
[[nodiscard]] model::Discovery read_discovery(const toml::table& table, const FileProbe& probe,
                                              Problems& problems);
[[nodiscard]] model::Schedule read_schedule(const toml::table& table, Problems& problems);

// An http or https URL without user, query and fragment; the final slash is removed.
[[nodiscard]] Result<std::string> normalize_base_url(std::string_view text);

// The same with its port always written: "https://host" becomes "https://host:443".
[[nodiscard]] Result<std::string> with_port(std::string_view text);

// The URL of a proxy (http, https or socks5h): a host and perhaps a port, without user and password.
[[nodiscard]] Result<std::string> normalize_proxy_url(std::string_view text);

}  // namespace certherald::app
