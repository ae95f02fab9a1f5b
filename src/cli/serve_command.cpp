#include "cli/serve_command.hpp"

#include <cstdlib>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/apply.hpp"
#include "app/config/parse.hpp"
#include "app/log.hpp"
#include "app/server.hpp"
#include "app/settings.hpp"
#include "base/enum_names.hpp"
#include "base/text.hpp"
#include "cli/store_access.hpp"
#include "cli/version.hpp"

namespace certherald::cli {
namespace {

struct ServeArguments {
  StoreArguments store;
  std::string key_file;
  std::string configuration;
  std::optional<std::string> metrics_listen;
};

// Every fault of a file in one error.
std::unexpected<Error> faulty(const std::vector<app::ConfigurationProblem>& problems) {
  std::vector<std::string> faults;
  faults.reserve(problems.size());
  for (const auto& problem : problems) faults.push_back(single_line(describe(problem)));
  return fail(ErrorKind::invalid_input, "{}", join(faults, "; "));
}

// Makes the store say what the file says, all of it or nothing.
Status apply_file(const std::string& path, store::Store& store) {
  const auto configuration = app::load_configuration(path);
  if (!configuration) return faulty(configuration.error());
  return store.write([&](store::Session& session) -> Status {
    const auto report = app::apply(session, *configuration, app::Prune::no);
    if (!report) return fail(report.error());
    const auto unknown = app::unknown_names(session, *configuration);
    if (!unknown) return fail(unknown.error());
    if (!unknown->empty()) return faulty(*unknown);
    return {};
  });
}

app::LogLevel level_of(const app::ServerSettings& settings) {
  constexpr EnumNames<app::LogLevel, 4> levels = {{"debug", "info", "warning", "error"}};
  return levels.find(settings.log_level).value_or(app::LogLevel::info);
}

app::LogOptions log_options(const app::ServerSettings& settings) {
  app::LogOptions options;
  options.level = level_of(settings);
  const auto format = settings.log_format == "json" ? app::LogFormat::json : app::LogFormat::text;
  options.format = app::for_journal(format, std::getenv("JOURNAL_STREAM"));
  return options;
}

int run_serve(const ServeArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "serve", store.error(), exit_code_of(store.error()));
  auto delivery_store = open_store(arguments.store, store::Migrate::no, context);
  if (!delivery_store)
    return complain(context, "serve", delivery_store.error(), exit_code_of(delivery_store.error()));
  if (!arguments.configuration.empty()) {
    const Status applied = apply_file(arguments.configuration, **store);
    if (!applied) return complain(context, "serve", applied.error(), exit_code_of(applied.error()));
  }
  const auto load = [&store] {
    return (*store)->read([](store::Session& session) { return app::load_settings(session); });
  };
  const auto settings = load();
  if (!settings) return complain(context, "serve", settings.error(), exit_failed);

  app::Log log(context.clock, log_options(settings->server));
  app::ServerOptions options;
  options.version = version;
  options.key_file = key_file_of(arguments.key_file);
  options.metrics_listen = arguments.metrics_listen.value_or(settings->server.metrics_listen);
  options.on_listening = [&log](const std::string& at) { log.info("listening", {{"metrics", at}}); };
  options.reload = [&]() -> Status {
    if (!arguments.configuration.empty()) {
      if (Status applied = apply_file(arguments.configuration, **store); !applied) return applied;
    }
    const auto now = load();
    if (!now) return fail(now.error());
    log.set_level(level_of(now->server));
    return {};
  };
  const Status served = app::serve(**store, **delivery_store, context.clock, context.random, log, options);
  if (!served) return complain(context, "serve", served.error(), exit_code_of(served.error()));
  return exit_fine;
}

}  // namespace

void add_serve_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("serve", "Schedule, scan and deliver until told to stop");
  const auto arguments = std::make_shared<ServeArguments>();
  add_store_options(*command, arguments->store);
  add_key_file_option(*command, arguments->key_file);
  command->add_option("--config", arguments->configuration,
                      "A configuration file that is applied at the start and at SIGHUP");
  command->add_option("--metrics-listen", arguments->metrics_listen,
                      "ADDRESS:PORT of /healthz, /readyz and /metrics; \"\" for nowhere");
  command->callback([arguments, &context] { context.exit_code = run_serve(*arguments, context); });
}

}  // namespace certherald::cli
