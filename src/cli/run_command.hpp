#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald run expiry-notification|vulnerability-scan [--wait 10m] [--all]` and
// `run discovery NAME [--dry-run]`. `app` and `context` outlive its callback.
void add_run_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
