#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace certherald::cli {

// What the Monitoring Plugins guidelines call the states of a service; the values are exit codes.
enum class NagiosState : std::uint8_t { ok = 0, warning = 1, critical = 2, unknown = 3 };

// "TLS CRITICAL - text | perfdata" and a newline. `text` may be hostile: what would end the line or begin
// performance data is taken out.
[[nodiscard]] std::string nagios_line(NagiosState state, std::string_view text, std::string_view perfdata);

}  // namespace certherald::cli
