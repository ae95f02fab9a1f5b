#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald import FILE...`. `app` and `context` outlive its callback.
void add_import_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
