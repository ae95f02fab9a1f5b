#include "cli/apply_command.hpp"

#include <memory>
#include <ostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/apply.hpp"
#include "app/config/parse.hpp"
#include "base/text.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

struct ApplyArguments {
  StoreArguments store;
  std::string file;
  bool dry_run = false;
  bool prune = false;
};

std::string_view verb(app::ApplyChange::Kind kind) {
  switch (kind) {
    case app::ApplyChange::Kind::created:
      return "created";
    case app::ApplyChange::Kind::updated:
      return "updated";
    case app::ApplyChange::Kind::removed:
      return "removed";
  }
  return "";
}

void print(const app::ApplyReport& report, const ApplyArguments& arguments, CommandContext& context) {
  for (const app::ApplyChange& change : report.changes) {
    context.out << (arguments.dry_run ? "would be " : "") << verb(change.kind) << ' ' << change.what << ' '
                << single_line(change.name) << '\n';
  }
  context.out << report.changes.size() << (arguments.dry_run ? " would change, " : " changed, ")
              << report.unchanged << " as they were\n";
}

int refuse(const std::vector<app::ConfigurationProblem>& problems, CommandContext& context) {
  for (const auto& problem : problems) context.err << single_line(describe(problem)) << '\n';
  context.err << "certherald apply: nothing was applied\n";
  return exit_misuse;
}

int run_apply(const ApplyArguments& arguments, CommandContext& context) {
  const auto configuration = app::load_configuration(arguments.file);
  if (!configuration) return refuse(configuration.error(), context);
  for (const std::string& warning : configuration->warnings)
    context.err << "warning: " << single_line(warning) << '\n';
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "apply", store.error(), exit_code_of(store.error()));
  const auto prune = arguments.prune ? app::Prune::yes : app::Prune::no;
  std::vector<app::ConfigurationProblem> problems;
  const auto work = [&](store::Session& session) -> Result<app::ApplyReport> {
    auto report = app::apply(session, *configuration, prune);
    if (!report) return report;
    auto unknown = app::unknown_names(session, *configuration);
    if (!unknown) return fail(unknown.error());
    problems = std::move(*unknown);
    if (!problems.empty()) return fail(ErrorKind::invalid_input, "unknown names");
    return report;
  };
  const auto report = arguments.dry_run ? (*store)->rehearse(work) : (*store)->write(work);
  if (!problems.empty()) return refuse(problems, context);
  if (!report) return complain(context, "apply", report.error(), exit_code_of(report.error()));
  print(*report, arguments, context);
  return exit_fine;
}

}  // namespace

void add_apply_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("apply", "Make the store say what a configuration file says, all or nothing");
  const auto arguments = std::make_shared<ApplyArguments>();
  add_store_options(*command, arguments->store);
  command->add_option("-f,--file", arguments->file, "The file; - for standard input")->required();
  command->add_flag("--dry-run", arguments->dry_run, "Only say what would change");
  command->add_flag("--prune", arguments->prune,
                    "Remove what an earlier apply of the same set made and the file no longer has");
  command->callback([arguments, &context] { context.exit_code = run_apply(*arguments, context); });
}

}  // namespace certherald::cli
