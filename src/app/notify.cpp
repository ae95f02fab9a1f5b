#include "app/notify.hpp"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "base/text.hpp"

namespace certherald::app {
namespace {

constexpr int keep_environment = 0;

void notify(const std::string& message) {
  // A manager that cannot be reached is no reason to stop.
  (void)::sd_notify(keep_environment, message.c_str());
}

std::int64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

}  // namespace

void notify_ready() { notify("READY=1"); }
void notify_reloading() { notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_microseconds())); }
void notify_stopping() { notify("STOPPING=1"); }
void notify_status(std::string_view line) { notify("STATUS=" + single_line(line)); }
void notify_alive() { notify("WATCHDOG=1"); }

std::optional<Millis> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(keep_environment, &microseconds) <= 0 || microseconds == 0) return std::nullopt;
  return Millis(static_cast<std::int64_t>(microseconds / 1'000));
}

}  // namespace certherald::app
