#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald migrate` and `certherald doctor`. `app` and `context` outlive their callbacks.
void add_store_commands(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
