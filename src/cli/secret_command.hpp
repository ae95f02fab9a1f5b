#pragma once

#include <CLI/CLI.hpp>

#include "cli/context.hpp"

namespace certherald::cli {

// `secret keygen|set|list|remove|rotate`: secrets that are kept in the store, sealed by the keys of a key
// file.
void add_secret_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
