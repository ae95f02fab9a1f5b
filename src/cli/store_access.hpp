#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "cli/context.hpp"
#include "store/store.hpp"

namespace CLI {
class App;
}

namespace certherald::cli {

// Where a command finds its store: --data DIR or --database URL, else $CERTHERALD_DATA, else the platform's
// state directory.
struct StoreArguments {
  std::string data;
  std::string database;
};

void add_store_options(CLI::App& command, StoreArguments& arguments);

// Where the keys of stored secrets are: --key-file FILE, else $CERTHERALD_KEY_FILE, else none ("").
void add_key_file_option(CLI::App& command, std::string& key_file);
[[nodiscard]] std::string key_file_of(const std::string& given);

[[nodiscard]] Result<std::unique_ptr<store::Store>> open_store(const StoreArguments& arguments,
                                                               store::Migrate migrate,
                                                               CommandContext& context);

// Prints "certherald COMMAND: what (mend)" on one line and gives the exit code back.
int complain(CommandContext& context, std::string_view command, const Error& error, int exit_code);

// The exit code an error stands for: misuse for what a person wrote, failure for the rest.
[[nodiscard]] int exit_code_of(const Error& error);

}  // namespace certherald::cli
