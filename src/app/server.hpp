#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/log.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace certherald::app {

struct ServerOptions {
  std::string metrics_listen;  // "127.0.0.1:9180"; "" for no listener
  std::string_view version;
  std::string key_file;  // of stored secrets; "": none
  // Reads the configuration file anew and applies it, at SIGHUP. Blocks on the first store.
  std::function<Status()> reload = [] { return Status(); };
  // Told the address that /metrics is at, once it is.
  std::function<void(const std::string&)> on_listening = [](const std::string&) {};
};

// The server: schedules, scans, decides and delivers until SIGTERM or SIGINT; then what is under way is given
// back or finished, and nothing is lost. A second signal does not wait. SIGHUP reloads. Returns an error
// where it could not start; what fails later is logged, and tried again.
//
// `store` is for runs and scans, `delivery_store` another handle of the same store, so that a large decision
// keeps no ticket waiting. All references outlive the call, which owns the process's signals meanwhile.
[[nodiscard]] Status serve(store::Store& store, store::Store& delivery_store, const Clock& clock,
                           Random& random, Log& log, const ServerOptions& options);

}  // namespace certherald::app
