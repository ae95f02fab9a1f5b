#include "cli/store_commands.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

int run_migrate(const StoreArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments, store::Migrate::yes, context);
  if (!store) return complain(context, "migrate", store.error(), exit_code_of(store.error()));
  const auto version = (*store)->schema_version();
  if (!version) return complain(context, "migrate", version.error(), exit_code_of(version.error()));
  context.out << (*store)->path() << ": schema " << *version << " is the newest\n";
  return exit_fine;
}

std::string_view mark(store::HealthCheck::State state) {
  switch (state) {
    case store::HealthCheck::State::good:
      return "ok      ";
    case store::HealthCheck::State::warning:
      return "warning ";
    case store::HealthCheck::State::bad:
      return "BAD     ";
  }
  return "";
}

int run_doctor(const StoreArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments, store::Migrate::no, context);
  if (!store) return complain(context, "doctor", store.error(), exit_code_of(store.error()));
  const auto checks = (*store)->doctor();
  if (!checks) return complain(context, "doctor", checks.error(), exit_code_of(checks.error()));
  bool bad = false;
  for (const store::HealthCheck& check : *checks) {
    bad = bad || check.state == store::HealthCheck::State::bad;
    context.out << mark(check.state) << check.name << ": " << single_line(check.message) << '\n';
    if (!check.mend.empty()) context.out << "        " << single_line(check.mend) << '\n';
  }
  return bad ? exit_bad_news : exit_fine;
}

}  // namespace

void add_store_commands(CLI::App& app, CommandContext& context) {
  CLI::App* migrate = app.add_subcommand("migrate", "Bring the store to this version's schema");
  const auto migrate_arguments = std::make_shared<StoreArguments>();
  add_store_options(*migrate, *migrate_arguments);
  migrate->callback(
      [migrate_arguments, &context] { context.exit_code = run_migrate(*migrate_arguments, context); });

  CLI::App* doctor = app.add_subcommand("doctor", "Look for what is wrong with the store");
  const auto doctor_arguments = std::make_shared<StoreArguments>();
  add_store_options(*doctor, *doctor_arguments);
  doctor->callback(
      [doctor_arguments, &context] { context.exit_code = run_doctor(*doctor_arguments, context); });
}

}  // namespace certherald::cli
