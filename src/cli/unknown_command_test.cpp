#include "cli/unknown_command.hpp"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace certherald::cli {
namespace {

TEST(UnknownCommand, IsNamedWithTheNearestOne) {
  CLI::App app("", "certherald");
  app.require_subcommand(1);
  app.add_subcommand("scan", "")->add_option("TARGET");
  CLI::App* group = app.add_subcommand("delivery", "");
  group->require_subcommand(1);
  group->add_subcommand("retry", "");
  group->add_subcommand("drop", "");
  const std::pair<std::vector<std::string>, std::optional<std::string>> rows[] = {
      {{}, {}},
      {{"--version"}, {}},
      {{"scan", "frob"}, {}},
      {{"delivery"}, {}},
      {{"delivery", "drop", "7"}, {}},
      {{"delivery", "--help"}, {}},
      {{"frob"}, "certherald: there is no command 'frob' (there are scan, delivery)"},
      {{"scna", "host"}, "certherald: there is no command 'scna' (did you mean 'scan'?)"},
      {{"delivery", "drpo", "7"}, "certherald delivery: there is no command 'drpo' (did you mean 'drop'?)"},
      {{"\x1b[31m"},
       "certherald: there is no command '\xEF\xBF\xBD"
       "[31m' (there are scan, delivery)"},
  };
  for (const auto& [words, said] : rows) EXPECT_EQ(unknown_command(app, words), said);
}

}  // namespace
}  // namespace certherald::cli
