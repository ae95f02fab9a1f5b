#include "cli/explain_command.hpp"

#include <memory>
#include <ostream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/nearest.hpp"
#include "base/text.hpp"
#include "cli/check_pages.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

int list_checks(CommandContext& context) {
  for (const model::CheckInfo& check : model::all_checks()) {
    context.out << fmt::format("{:<21}{:<10}{:<11}{}\n", check.id, to_string(check.severity),
                               to_string(check.tier), check.title);
  }
  context.out << "\n`certherald explain CHECK` tells more about one.\n";
  return exit_fine;
}

// Those that hold the word, else the nearest by spelling, else all.
std::string mend_for(std::string_view word) {
  std::vector<std::string_view> ids;
  for (const model::CheckInfo& check : model::all_checks()) ids.push_back(check.id);
  std::vector<std::string> some;
  for (const std::string_view id : ids) {
    const bool holds = !word.empty() && id != word && id.find(word) != std::string_view::npos;
    if (holds) some.emplace_back(id);
  }
  if (!some.empty()) return fmt::format("did you mean {}?", join(some, " or "));
  if (const std::string_view near = nearest_word(word, ids); !near.empty())
    return fmt::format("did you mean '{}'?", near);
  return fmt::format("there are {}", join({ids.begin(), ids.end()}, ", "));
}

int explain(const std::string& id, CommandContext& context) {
  if (id.empty()) return list_checks(context);
  const std::string_view page = check_page(id);
  if (page.empty()) {
    context.err << fmt::format("certherald explain: there is no check '{}' ({})\n",
                               truncate(single_line(id), 60), mend_for(lower_ascii(id)));
    return exit_misuse;
  }
  context.out << page;
  context.out.flush();
  return context.out ? exit_fine : exit_failed;
}

}  // namespace

void add_explain_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("explain", "Tell what a check is, how it is detected and how to mend it");
  const auto check = std::make_shared<std::string>();
  command->add_option("CHECK", *check, "The check; without it all are listed");
  command->callback([check, &context] { context.exit_code = explain(*check, context); });
}

}  // namespace certherald::cli
