#include "cli/discovery_run.hpp"

#include <unistd.h>

#include <exception>
#include <ostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/foreground.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/progress_line.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

// Runs one task of the network thread to its end.
template <class Value>
Result<Value> run_to_end(boost::asio::io_context& io, net::Task<Result<Value>> task) {
  Result<Value> result = fail(ErrorKind::internal, "it did not end");
  std::exception_ptr failure;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr left, Result<Value> ended) {
    failure = std::move(left);
    result = std::move(ended);
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return result;
}

std::string found_line(const app::Discovered& found) {
  const bool added = found.kind == app::Discovered::Kind::added;
  std::string line = fmt::format("{:<5} {}", added ? "new" : "known", display_name(found.endpoint.key));
  const std::string& starttls = found.endpoint.key.starttls;
  if (!starttls.empty()) line += " (" + starttls + ")";
  const auto& chain = found.observations.front().chain;
  if (chain.empty()) return line + ": no certificate was shown";
  return line + fmt::format(": {}, ends {}", single_line(display_common_name(chain.front())),
                            to_iso8601(chain.front().not_after));
}

app::DiscoveryListener listener_of(CommandContext& context, ProgressLine& progress) {
  app::DiscoveryListener listener;
  listener.on_progress = [&progress](const app::DiscoveryProgress& p) {
    progress.show(fmt::format("{}/{} targets, {} found", p.done, p.of, p.found));
  };
  listener.on_found = [&context, &progress](const app::Discovered& found) {
    progress.clear();
    context.out << found_line(found) << '\n';
  };
  return listener;
}

void print_counts(const model::RunCounts& counts, bool dry_run, std::ostream& out) {
  out << counts.endpoints << " targets: " << counts.found << " found, " << counts.added
      << (dry_run ? " would be new, " : " new, ") << counts.known << " known, " << counts.excluded
      << " excluded, " << counts.silent << " silent\n";
}

// A discovery that is not there, or cannot be read, is a mistake in what was asked.
int misuse_or(const Error& error) {
  const bool misuse = error.kind == ErrorKind::not_found || error.kind == ErrorKind::invalid_input ||
                      error.kind == ErrorKind::too_large;
  return misuse ? exit_misuse : exit_failed;
}

int rehearse(const DiscoveryArguments& arguments, store::Store& store, const app::Settings& settings,
             CommandContext& context, ProgressLine& progress) {
  boost::asio::io_context io(1);
  boost::asio::thread_pool store_pool(1);
  const app::DiscoveryListener listener = listener_of(context, progress);
  const auto report = run_to_end(io, app::rehearse_discovery(store, store_pool, settings, context.clock,
                                                             context.random, arguments.name, listener));
  progress.clear();
  if (!report) return complain(context, "run", report.error(), misuse_or(report.error()));
  for (std::size_t i = 0; i < report->excluded.size(); ++i) {
    context.out << "excluded by " << single_line(report->words.at(i)) << ": " << report->excluded[i] << '\n';
  }
  print_counts(report->counts, true, context.out);
  return exit_fine;
}

}  // namespace

int run_discovery(const DiscoveryArguments& arguments, store::Store& store, const app::Settings& settings,
                  CommandContext& context) {
  ProgressLine progress(context.err, ::isatty(STDERR_FILENO) == 1);
  if (arguments.dry_run) return rehearse(arguments, store, settings, context, progress);
  app::ForegroundOptions options{.run = {}, .until = net::Deadline::after(arguments.wait), .key_file = {}};
  options.run.task = model::TaskKind::discovery;
  options.run.discovery = arguments.name;
  options.run.started_by = "command line";
  options.on_message = [&context, &progress](const std::string& message) {
    progress.clear();
    context.err << single_line(message) << '\n';
  };
  boost::asio::io_context io(1);
  boost::asio::thread_pool store_pool(1);
  const app::DiscoveryListener listener = listener_of(context, progress);
  const auto run = run_to_end(io, app::discover_in_foreground(store, store_pool, settings, context.clock,
                                                              context.random, options, listener));
  progress.clear();
  if (!run) return complain(context, "run", run.error(), exit_code_of(run.error()));
  if (run->outcome == model::RunOutcome::failed) {
    context.err << "certherald run: " << single_line(run->message) << '\n';
    return exit_misuse;
  }
  print_counts(run->counts, false, context.out);
  return exit_fine;
}

}  // namespace certherald::cli
