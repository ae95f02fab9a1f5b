#include "cli/unknown_command.hpp"

#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/nearest.hpp"
#include "base/text.hpp"

namespace certherald::cli {

std::optional<std::string> unknown_command(const CLI::App& app, std::span<const std::string> words) {
  const CLI::App* group = &app;
  std::string path = app.get_name();
  for (const std::string& word : words) {
    if (word.starts_with('-') || group->get_require_subcommand_min() == 0) return std::nullopt;
    const auto commands = group->get_subcommands([](const CLI::App* /*any*/) { return true; });
    const auto named = std::ranges::find(commands, word, [](const CLI::App* one) { return one->get_name(); });
    if (named == commands.end()) {
      std::vector<std::string> owned;
      owned.reserve(commands.size());
      for (const CLI::App* command : commands) owned.push_back(command->get_name());
      const std::vector<std::string_view> names(owned.begin(), owned.end());
      const std::string_view near = nearest_word(word, names);
      const std::string mend = near.empty() ? fmt::format("there are {}", join(owned, ", "))
                                            : fmt::format("did you mean '{}'?", near);
      return fmt::format("{}: there is no command '{}' ({})", path, single_line(word), mend);
    }
    group = *named;
    path += " " + word;
  }
  return std::nullopt;
}

}  // namespace certherald::cli
