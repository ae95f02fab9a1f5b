#pragma once

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald list endpoints|certificates|findings|tickets|deliveries|runs|policies [--json]`. Rows are
// printed as they are read. `app` and `context` outlive its callback.
void add_list_command(CLI::App& app, CommandContext& context);

}  // namespace certherald::cli
