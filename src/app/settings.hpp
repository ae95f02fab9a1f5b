#pragma once

#include "app/config/configuration.hpp"
#include "base/result.hpp"
#include "store/session.hpp"

namespace certherald::app {

// The settings blocks of the configuration as the store keeps them; defaults where one was never set.
struct Settings {
  ServerSettings server;
  ScanSettings scan;
  RetentionSettings retention;
};

[[nodiscard]] Result<Settings> load_settings(store::Session& session);

[[nodiscard]] Result<store::Put> store_settings(store::Session& session, const ServerSettings& settings);
[[nodiscard]] Result<store::Put> store_settings(store::Session& session, const ScanSettings& settings);
[[nodiscard]] Result<store::Put> store_settings(store::Session& session, const RetentionSettings& settings);

// Where tickets say this installation runs, with its port; a name of this machine where nothing was set.
[[nodiscard]] std::string public_url(const ServerSettings& settings);

}  // namespace certherald::app
