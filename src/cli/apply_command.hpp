#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald apply -f FILE [--dry-run] [--prune]`. `app` and `context` outlive its callback.
void add_apply_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
