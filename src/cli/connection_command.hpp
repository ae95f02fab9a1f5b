#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"
#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "store/store.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Adds `certherald connection test NAME [--ticket]`. `app` and `context` outlive its callback.
void add_connection_command(CLI::App& app, CommandContext& context);

// Asks a ticketing system what `connection test` asks. `key_file`: of stored secrets, "" for none.
[[nodiscard]] std::vector<connector::TestLine> try_connection(store::Store& store,
                                                              const std::string& key_file,
                                                              const model::Connection& connection,
                                                              connector::TestTicket ticket);

}  // namespace certherald::cli
