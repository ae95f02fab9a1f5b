#include "cli/run_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "app/foreground.hpp"
#include "app/retention.hpp"
#include "app/stored_secrets.hpp"
#include "base/text.hpp"
#include "cli/discovery_run.hpp"
#include "cli/progress_line.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

struct RunArguments {
  StoreArguments store;
  std::string key_file;
  std::string task;
  std::string name;
  bool dry_run = false;
  std::string wait = "10m";
  bool all = false;
};

std::string bar(std::size_t done, std::size_t of) {
  constexpr std::size_t width = 30;
  const std::size_t full = of == 0 ? width : std::min(width, done * width / of);
  return std::string(full, '#') + std::string(width - full, '.');
}

app::ForegroundOptions options_of(const RunArguments& arguments, model::TaskKind task, Millis wait,
                                  CommandContext& context, ProgressLine& progress) {
  app::ForegroundOptions options{
      .run = {}, .until = net::Deadline::after(wait), .key_file = key_file_of(arguments.key_file)};
  options.run.task = task;
  options.run.started_by = "command line";
  options.run.all = arguments.all;
  options.on_progress = [&progress](const app::RunProgress& p) {
    const auto done = static_cast<std::size_t>(p.done);
    const auto of = static_cast<std::size_t>(p.of);
    progress.show(fmt::format("{:<8} [{}] {}/{}", to_string(p.stage), bar(done, of), done, of));
  };
  options.on_message = [&context, &progress](const std::string& message) {
    progress.clear();
    context.err << single_line(message) << '\n';
  };
  options.on_delivery = [&context, &progress](const app::DeliveryEvent& event) {
    progress.clear();
    using Kind = app::DeliveryEvent::Kind;
    if (event.kind == Kind::sent || event.kind == Kind::adopted) {
      const bool left = event.kind == Kind::adopted && event.delivery.kind == model::DeliveryKind::note;
      context.out << event.connection << ": " << to_string(event.delivery.kind) << ' '
                  << single_line(event.delivery.draft.subject)
                  << (left ? ": " + single_line(event.message) : std::string()) << '\n';
      return;
    }
    context.err << event.connection << ": " << single_line(event.message) << '\n';
  };
  return options;
}

// Why nothing carries what is left for a connection; "" where it is used.
using OutOfUse = std::map<std::string, std::string>;

std::string why_left(const model::Delivery& delivery, const OutOfUse& connections) {
  const auto at = connections.find(delivery.connection);
  if (at != connections.end() && at->second.empty()) return single_line(delivery.last_error);
  const std::string why = at == connections.end() ? "was removed" : at->second;
  return fmt::format("the connection {}; bring it back, or `certherald delivery drop {}`", why,
                     delivery.id.value);
}

// What is left in the outbox, by name; returns how many.
Result<std::int64_t> tell_what_is_left(store::Store& store, CommandContext& context) {
  return store.read([&](store::Session& session) -> Result<std::int64_t> {
    const auto rows = session.connections();
    if (!rows) return fail(rows.error());
    OutOfUse connections;
    for (const store::ConnectionRow& row : *rows)
      connections[row.connection.name] = row.connection.enabled ? "" : "is disabled";
    std::int64_t left = 0;
    const store::DeliveryFilter unfinished{.which = store::DeliveryFilter::Which::unfinished, .run = {}};
    const Status listed = session.each_delivery(unfinished, [&](const store::DeliveryRow& row) -> Status {
      constexpr std::int64_t named = 20;
      if (++left <= named) {
        context.err << to_string(row.delivery.state) << ": " << row.delivery.connection << ": "
                    << single_line(row.delivery.draft.subject) << ": " << why_left(row.delivery, connections)
                    << '\n';
      }
      return {};
    });
    if (!listed) return fail(listed.error());
    return left;
  });
}

// Connections in use that a restore still holds; returns how many.
Result<std::int64_t> tell_what_is_held(store::Store& store, CommandContext& context) {
  return store.read([&](store::Session& session) -> Result<std::int64_t> {
    const auto held = session.held_connections();
    if (!held) return fail(held.error());
    const auto rows = session.connections();
    if (!rows) return fail(rows.error());
    std::int64_t count = 0;
    for (const store::ConnectionRow& row : *rows) {
      const std::string& name = row.connection.name;
      if (!row.connection.enabled || std::ranges::find(*held, name) == held->end()) continue;
      ++count;
      context.err << "held: " << name
                  << ": not every open key was looked up after the restore; the next run goes on\n";
    }
    return count;
  });
}

// What the run could not scan, by name and reason.
Status tell_what_was_not_scanned(const model::Run& run, store::Store& store, CommandContext& context) {
  return store.read([&](store::Session& session) -> Status {
    constexpr std::int64_t named = 20;
    std::int64_t failed = 0;
    Status listed = session.each_failed_scan(run.started_at, [&](const store::FailedScan& scan) -> Status {
      if (++failed > named) return {};
      const bool fixed = !scan.endpoint.address.empty() || scan.address == scan.endpoint.host;
      const std::string at = fixed || scan.address.empty() ? "" : " at " + scan.address;
      context.err << single_line(display_name(scan.endpoint)) << at << ": " << single_line(scan.error)
                  << '\n';
      return {};
    });
    if (failed > named) context.err << "and " << failed - named << " more\n";
    return listed;
  });
}

int finish(const app::ForegroundResult& result, store::Store& store, CommandContext& context) {
  if (!result.run) return complain(context, "run", result.run.error(), exit_code_of(result.run.error()));
  const model::RunCounts& counts = result.run->counts;
  context.out << counts.scanned << " addresses scanned, " << counts.unreachable << " not reached, "
              << counts.findings << " findings, " << counts.notices << " notices\n";
  if (counts.held > 0) {
    context.out << counts.held
                << " more wait: max_new was reached; the next run tells them, or `run ... --all` now\n";
  }
  if (counts.unreachable > 0) {
    const Status told = tell_what_was_not_scanned(*result.run, store, context);
    if (!told) return complain(context, "run", told.error(), exit_failed);
  }
  if (!result.delivered) return complain(context, "run", result.delivered.error(), exit_failed);
  const auto left = tell_what_is_left(store, context);
  if (!left) return complain(context, "run", left.error(), exit_failed);
  if (*left > 0) context.err << *left << " deliveries are pending or parked; nothing is lost\n";
  const auto held = tell_what_is_held(store, context);
  if (!held) return complain(context, "run", held.error(), exit_failed);
  if (counts.unreachable > 0) return exit_failed;
  return *left == 0 && *held == 0 ? exit_fine : exit_bad_news;
}

Result<model::TaskKind> task_of(const std::string& name) {
  if (name == "expiry-notification") return model::TaskKind::expiry_notification;
  if (name == "vulnerability-scan") return model::TaskKind::vulnerability_scan;
  if (name == "discovery") return model::TaskKind::discovery;
  return with_hint(fail(ErrorKind::invalid_input, "there is no task '{}'", name),
                   "expiry-notification, vulnerability-scan, discovery NAME");
}

// What stands beside the task must belong to it.
Status check_arguments(const RunArguments& arguments, model::TaskKind task) {
  const bool discovery = task == model::TaskKind::discovery;
  if (discovery && arguments.name.empty())
    return with_hint(fail(ErrorKind::invalid_input, "which discovery?"), "run discovery NAME");
  if (!discovery && !arguments.name.empty())
    return fail(ErrorKind::invalid_input, "'{}' is too much", single_line(arguments.name));
  if (!discovery && arguments.dry_run)
    return fail(ErrorKind::invalid_input, "--dry-run belongs to discovery");
  if (discovery && arguments.all)
    return fail(ErrorKind::invalid_input, "--all makes tickets: not of discovery");
  return {};
}

int run_task(const RunArguments& arguments, CommandContext& context) {
  const auto task = task_of(arguments.task);
  if (!task) return complain(context, "run", task.error(), exit_misuse);
  if (const Status fine = check_arguments(arguments, *task); !fine)
    return complain(context, "run", fine.error(), exit_misuse);
  const auto wait = parse_duration(arguments.wait);
  if (!wait) return complain(context, "run", wait.error(), exit_misuse);
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "run", store.error(), exit_code_of(store.error()));
  const auto settings = (*store)->read([](store::Session& session) { return app::load_settings(session); });
  if (!settings) return complain(context, "run", settings.error(), exit_failed);
  if (*task == model::TaskKind::discovery) {
    const DiscoveryArguments discovery{arguments.name, arguments.dry_run, Millis(wait->elapsed())};
    return run_discovery(discovery, **store, *settings, context);
  }
  ProgressLine progress(context.err, ::isatty(STDERR_FILENO) == 1);
  app::ForegroundResult result;
  boost::asio::io_context io(1);
  boost::asio::thread_pool store_pool(1);
  std::exception_ptr failure;
  boost::asio::co_spawn(
      io,
      app::run_in_foreground(**store, store_pool, *settings, context.clock, context.random,
                             options_of(arguments, *task, Millis(wait->elapsed()), context, progress)),
      [&](std::exception_ptr left, app::ForegroundResult ended) {
        failure = std::move(left);
        result = std::move(ended);
      });
  io.run();
  progress.clear();
  if (failure) std::rethrow_exception(failure);
  const int code = finish(result, **store, context);
  const auto aged = app::apply_retention(**store, settings->retention, context.clock.now());
  if (!aged) return complain(context, "run", aged.error(), exit_failed);
  return code;
}

}  // namespace

void add_run_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("run", "Run a task now, in the foreground, and deliver what it decides");
  const auto arguments = std::make_shared<RunArguments>();
  add_store_options(*command, arguments->store);
  add_key_file_option(*command, arguments->key_file);
  command->add_option("TASK", arguments->task, "expiry-notification, vulnerability-scan or discovery")
      ->required();
  command->add_option("NAME", arguments->name, "Of the discovery");
  command->add_flag("--dry-run", arguments->dry_run, "Discovery: look, and change nothing");
  command->add_option("--wait", arguments->wait, "How long to wait for deliveries")->capture_default_str();
  command->add_flag("--all", arguments->all, "Make every ticket that is due, whatever max_new says");
  command->callback([arguments, &context] { context.exit_code = run_task(*arguments, context); });
}

}  // namespace certherald::cli
