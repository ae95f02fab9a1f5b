#include "cli/store_commands.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/connection_command.hpp"
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

struct DoctorArguments {
  StoreArguments store;
  std::string key_file;
};

void print(const store::HealthCheck& check, CommandContext& context) {
  context.out << mark(check.state) << check.name << ": " << single_line(check.message) << '\n';
  if (!check.mend.empty()) context.out << "        " << single_line(check.mend) << '\n';
}

// What keeps a connection from being used, if anything does.
store::HealthCheck health_of(store::Store& store, const std::string& key_file,
                             const model::Connection& connection) {
  using State = store::HealthCheck::State;
  store::HealthCheck check{State::good, "connection " + connection.name, "it can be used", ""};
  if (!connection.enabled) {
    check.message = "it is disabled";
    return check;
  }
  for (const connector::TestLine& line :
       try_connection(store, key_file, connection, connector::TestTicket::no)) {
    if (line.state == connector::TestLine::State::ok || check.state == State::bad) continue;
    const bool failed = line.state == connector::TestLine::State::failed;
    check.state = failed ? State::bad : State::warning;
    check.message = line.what + ": " + line.detail;
    check.mend = line.hint;
  }
  return check;
}

int run_doctor(const DoctorArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return complain(context, "doctor", store.error(), exit_code_of(store.error()));
  auto checks = (*store)->doctor();
  if (!checks) return complain(context, "doctor", checks.error(), exit_code_of(checks.error()));
  const auto connections = (*store)->read([](store::Session& session) { return session.connections(); });
  if (!connections) return complain(context, "doctor", connections.error(), exit_failed);
  for (const store::ConnectionRow& row : *connections) {
    checks->push_back(health_of(**store, key_file_of(arguments.key_file), row.connection));
  }
  bool bad = false;
  for (const store::HealthCheck& check : *checks) {
    bad = bad || check.state == store::HealthCheck::State::bad;
    print(check, context);
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

  CLI::App* doctor =
      app.add_subcommand("doctor", "Look for what is wrong with the store and the connections");
  const auto doctor_arguments = std::make_shared<DoctorArguments>();
  add_store_options(*doctor, doctor_arguments->store);
  add_key_file_option(*doctor, doctor_arguments->key_file);
  doctor->callback(
      [doctor_arguments, &context] { context.exit_code = run_doctor(*doctor_arguments, context); });
}

}  // namespace certherald::cli
