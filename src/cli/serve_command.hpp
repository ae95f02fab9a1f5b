#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// certherald serve: schedules, scans and delivers until it is told to stop.
void add_serve_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
