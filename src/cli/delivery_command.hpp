#pragma once

#include <CLI/CLI.hpp>

#include "cli/context.hpp"

namespace certherald::cli {

// `delivery retry ID` and `delivery drop ID`: what a person decides about a parked delivery.
void add_delivery_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
