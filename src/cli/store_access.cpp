#include "cli/store_access.hpp"

#include <cstdlib>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.hpp"

namespace certherald::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string default_directory() {
  if (std::string chosen = environment("CERTHERALD_DATA"); !chosen.empty()) return chosen;
  // The XDG base directories, as file-hierarchy(7) has them; the system's place for a service.
  if (std::string state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/certherald";
  if (std::string home = environment("HOME"); !home.empty()) return home + "/.local/state/certherald";
  return "/var/lib/certherald";
}

}  // namespace

void add_store_options(CLI::App& command, StoreArguments& arguments) {
  auto* data = command.add_option("--data", arguments.data,
                                  "Directory of the embedded store (default: $CERTHERALD_DATA)");
  command.add_option("--database", arguments.database, "sqlite:DIR or postgresql://USER@HOST/DATABASE")
      ->excludes(data);
}

void add_key_file_option(CLI::App& command, std::string& key_file) {
  command.add_option("--key-file", key_file,
                     "File that holds the keys of stored secrets (default: $CERTHERALD_KEY_FILE)");
}

std::string key_file_of(const std::string& given) {
  return given.empty() ? environment("CERTHERALD_KEY_FILE") : given;
}

Result<std::unique_ptr<store::Store>> open_store(const StoreArguments& arguments, store::Migrate migrate,
                                                 CommandContext& context) {
  store::StoreOptions options;
  options.migrate = migrate;
  options.location = !arguments.database.empty() ? arguments.database
                     : !arguments.data.empty()   ? arguments.data
                                                 : default_directory();
  return store::Store::open(options, context.clock, context.random);
}

int complain(CommandContext& context, std::string_view command, const Error& error, int exit_code) {
  context.err << "certherald " << command << ": " << single_line(describe(error)) << '\n';
  return exit_code;
}

int exit_code_of(const Error& error) {
  return error.kind == ErrorKind::invalid_input ? exit_misuse : exit_failed;
}

}  // namespace certherald::cli
