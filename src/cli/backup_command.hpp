#pragma once

#include <CLI/CLI.hpp>

#include "cli/context.hpp"

namespace certherald::cli {

// `backup FILE` and `restore FILE [--as-new]`: all that a store holds as one file, of either engine and for
// either.
void add_backup_commands(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
