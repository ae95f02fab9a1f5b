#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald explain [CHECK]`: the page of a check, or the list of all. Its callback sets
// context.exit_code; `app` and `context` outlive it.
void add_explain_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
