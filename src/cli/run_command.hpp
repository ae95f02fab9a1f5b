#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald run expiry-notification|vulnerability-scan [--wait 10m] [--all]` and
// `certherald connection test NAME [--ticket]`. `app` and `context` outlive their callbacks.
void add_run_command(CLI::App& app, CommandContext& context);
void add_connection_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
