#include "cli/main.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/apply_command.hpp"
#include "cli/backup_command.hpp"
#include "cli/connection_command.hpp"
#include "cli/context.hpp"
#include "cli/delivery_command.hpp"
#include "cli/explain_command.hpp"
#include "cli/import_command.hpp"
#include "cli/list_command.hpp"
#include "cli/live_scan.hpp"
#include "cli/run_command.hpp"
#include "cli/scan_command.hpp"
#include "cli/secret_command.hpp"
#include "cli/serve_command.hpp"
#include "cli/store_commands.hpp"
#include "cli/unknown_command.hpp"
#include "cli/version.hpp"

namespace certherald::cli {
namespace {

Colours colours_of_terminal() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr ? Colours::on : Colours::off;
}

// A scan holds many connections; the soft limit of most systems is for programs that do not.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run_commands(int argc, char** argv) {
  SystemClock clock;
  SystemRandom random;
  CommandContext context{std::cin, std::cout, std::cerr, clock, random, colours_of_terminal(), exit_fine};
  LiveScan live_scan(clock, random);

  CLI::App app("Certherald watches certificates and TLS servers and turns what it finds into tickets.",
               "certherald");
  app.set_version_flag("--version", std::string(version));
  app.require_subcommand(1);
  add_scan_command(app, context, live_scan);
  add_explain_command(app, context);
  add_apply_command(app, context);
  add_import_command(app, context);
  add_list_command(app, context);
  add_run_command(app, context);
  add_serve_command(app, context);
  add_connection_command(app, context);
  add_delivery_command(app, context);
  add_secret_command(app, context);
  add_store_commands(app, context);
  add_backup_commands(app, context);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (const auto unknown = unknown_command(app, words)) {
    std::cerr << *unknown << '\n';
    return exit_misuse;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? exit_fine : exit_misuse;
  }
  return context.exit_code;
}

}  // namespace

int run(int argc, char** argv) {
  // A closed pipe is an error of the write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  std::ios::sync_with_stdio(false);
  raise_descriptor_limit();
  try {
    return run_commands(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "certherald: a bug, please report it: " << single_line(error.what()) << '\n';
    return exit_failed;
  }
}

}  // namespace certherald::cli
