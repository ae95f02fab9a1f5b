#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace certherald::app {

// What the service manager is told (sd_notify(3)); nothing happens where there is none.
void notify_ready();
void notify_reloading();  // until the next notify_ready
void notify_stopping();
void notify_status(std::string_view line);  // for people, as `systemctl status` shows it
void notify_alive();                        // the watchdog's sign of life

// How often a sign of life is expected; nothing where no watchdog runs.
[[nodiscard]] std::optional<Millis> watchdog_interval();

}  // namespace certherald::app
