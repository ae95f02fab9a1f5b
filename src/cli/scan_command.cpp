#include "cli/scan_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/config/blocks.hpp"
#include "base/text.hpp"
#include "cli/progress_line.hpp"
#include "cli/scan_nagios.hpp"
#include "cli/scan_output.hpp"
#include "cli/scan_writer.hpp"
#include "model/fleet.hpp"
#include "net/egress.hpp"
#include "scan/checks/checks.hpp"
#include "scan/starttls/protocols.hpp"
#include "scan/target.hpp"

namespace certherald::cli {
namespace {

// As people wrote it.
struct ScanArguments {
  std::vector<std::string> targets;
  std::optional<std::string> sni;
  std::string starttls;
  std::string within = "30d";
  std::string tier = "full";
  std::optional<int> host_rate;
  std::vector<std::string> trust;
  std::string lists;
  std::string format = "text";
  std::vector<std::string> checks;
  std::string fail_on = "high";
  std::string timeout;
  bool no_revocation = false;
  std::vector<std::string> fetch_allow;
  std::string fetch_proxy;
};

// The same, understood.
struct Plan {
  ScanRequest request;
  ScanFormat format = ScanFormat::text;
  model::Severity fail_on = model::Severity::high;
};

std::unexpected<Error> bad_option(std::string_view option, std::string_view value, std::string hint) {
  return with_hint(fail(ErrorKind::invalid_input, "{} '{}' is not known", option, value), std::move(hint));
}

std::string check_names() {
  std::vector<std::string> names;
  for (const model::CheckInfo& check : model::all_checks()) {
    if (!model::is_fleet_check(check.id)) names.emplace_back(check.id);
  }
  return join(names, ", ");
}

std::string format_names() { return join({scan_formats.names.begin(), scan_formats.names.end()}, ", "); }

std::string protocol_names() {
  std::vector<std::string> names;
  for (const auto& protocol : scan::starttls::protocols()) names.emplace_back(protocol.name);
  return join(names, ", ");
}

Status understand_words(const ScanArguments& arguments, Plan& plan) {
  const auto format = scan_formats.find(arguments.format);
  if (!format) return bad_option("--format", arguments.format, "there are " + format_names());
  const auto tier = model::tier_from(arguments.tier);
  if (!tier) return bad_option("--tier", arguments.tier, "one of inventory, full, deep");
  const auto fail_on = model::severity_from(arguments.fail_on);
  if (!fail_on)
    return bad_option("--fail-on", arguments.fail_on, "write info, low, medium, high or critical");
  const auto unknown = scan::unknown_checks(arguments.checks);
  if (!unknown.empty()) return bad_option("--checks", unknown.front(), "there are " + check_names());
  plan.format = *format;
  plan.fail_on = *fail_on;
  plan.request.tier = *tier;
  plan.request.checks = arguments.checks;
  return {};
}

Status understand_numbers(const ScanArguments& arguments, Plan& plan) {
  auto within = model::parse_within(arguments.within);
  if (!within) return fail_in("--within", within.error());
  plan.request.within = *within;
  if (arguments.host_rate && (*arguments.host_rate < 0 || *arguments.host_rate > 100'000)) {
    return fail(ErrorKind::invalid_input, "--host-rate is not a number from 0 to 100000");
  }
  plan.request.host_rate = arguments.host_rate;
  if (arguments.timeout.empty()) return {};
  const auto timeout = parse_duration(arguments.timeout);
  if (!timeout) return fail_in("--timeout", timeout.error());
  constexpr Seconds longest{600};
  if (timeout->elapsed() < Seconds(1) || timeout->elapsed() > longest) {
    return fail(ErrorKind::invalid_input, "--timeout is not from 1s to 10m");
  }
  plan.request.timeout = timeout->elapsed();
  return {};
}

Status understand_fetching(const ScanArguments& arguments, Plan& plan) {
  if (const auto guard = net::EgressGuard::make(arguments.fetch_allow); !guard) {
    return fail_in("--fetch-allow", guard.error());
  }
  plan.request.revocation = !arguments.no_revocation;
  plan.request.fetch.allow = arguments.fetch_allow;
  if (arguments.fetch_proxy.empty()) return {};
  const auto proxy = app::normalize_proxy_url(arguments.fetch_proxy);
  if (!proxy) return fail_in("--fetch-proxy", proxy.error());
  plan.request.fetch.proxy = *proxy;
  return {};
}

Result<Plan> understand(const ScanArguments& arguments, std::istream& in) {
  Plan plan;
  if (Status status = understand_words(arguments, plan); !status) return fail(status.error());
  if (Status status = understand_numbers(arguments, plan); !status) return fail(status.error());
  if (Status status = understand_fetching(arguments, plan); !status) return fail(status.error());
  if (!arguments.starttls.empty()) {
    const auto protocol = scan::starttls::need_protocol(arguments.starttls);
    if (!protocol) return fail_in("--starttls", protocol.error());
  }
  const scan::TargetOptions options{.sni = arguments.sni, .starttls = arguments.starttls};
  auto targets = scan::read_targets(arguments.targets, options, in);
  if (!targets) return fail(targets.error());
  if (targets->size() == 0) {
    return with_hint(fail(ErrorKind::invalid_input, "there is nothing to scan"), "the lists hold no target");
  }
  plan.request.targets = std::move(*targets);
  return plan;
}

// Prints what arrives and remembers what the exit code needs.
class Report final : public ScanWatcher {
 public:
  Report(const Plan& plan, CommandContext& context, bool terminal)
      : plan_(plan),
        context_(context),
        writer_(make_scan_writer(plan.format, {.colours = context.colours,
                                               .targets = plan.request.targets.size(),
                                               .fail_on = plan.fail_on,
                                               .within = plan.request.within})),
        line_(context.err, terminal),
        started_(context.clock.now()) {
    progress_.of = plan.request.targets.size();
    print(writer_->begin());
  }

  void target_done(const std::vector<model::Observation>& observations) override {
    ++progress_.done;
    for (const model::Observation& observation : observations) {
      count(totals_, observation);
      note_problems(observation);
      print(writer_->add(observation));
    }
  }

  void tick() override { line_.show(progress_text(progress_, context_.clock.now() - started_)); }

  [[nodiscard]] int finish(ScanEnd end) {
    print(writer_->end(end));
    line_.clear();
    if (end == ScanEnd::cancelled) {
      context_.err << "certherald scan: stopped: " << progress_.done << " of " << progress_.of
                   << " targets are done\n";
    }
    if (!context_.out) {
      context_.err << "certherald scan: the output could not be written\n";
      return exit_failed;
    }
    if (const auto code = writer_->exit_code()) return *code;
    if (totals_.not_scanned > 0 || end == ScanEnd::cancelled) return exit_failed;
    return bad_news_ ? exit_bad_news : exit_fine;
  }

 private:
  // One write and a flush: nothing of two addresses mixes, and a pipe gets each at once.
  void print(const std::string& text) {
    if (text.empty()) return;
    line_.clear();
    context_.out << text;
    context_.out.flush();
  }

  void note_problems(const model::Observation& observation) {
    for (const model::CheckResult& result : observation.checks) {
      if (result.verdict != model::Verdict::affected) continue;
      ++progress_.found;
      const model::CheckInfo* info = model::find_check(result.id);
      bad_news_ = bad_news_ || (info != nullptr && info->severity >= plan_.fail_on);
    }
  }

  const Plan& plan_;
  CommandContext& context_;
  std::unique_ptr<ScanWriter> writer_;
  ProgressLine line_;
  Instant started_;
  ScanProgress progress_;
  ScanTotals totals_;
  bool bad_news_ = false;
};

// With --format nagios, what goes wrong is UNKNOWN on the line that its reader shows.
int complain(CommandContext& context, const ScanArguments& arguments, const Error& error, int exit_code) {
  const std::string text = single_line(describe(error));
  if (scan_formats.find(arguments.format) == ScanFormat::nagios) {
    context.out << nagios_line(NagiosState::unknown, text, "");
    return static_cast<int>(NagiosState::unknown);
  }
  context.err << "certherald scan: " << text << '\n';
  return exit_code;
}

int run_scan(const ScanArguments& arguments, CommandContext& context, ScanPort& port) {
  auto plan = understand(arguments, context.in);
  if (!plan) return complain(context, arguments, plan.error(), exit_misuse);
  std::vector<std::string> sources = {"system"};
  sources.insert(sources.end(), arguments.trust.begin(), arguments.trust.end());
  const auto trust = codec::x509::TrustStore::load(sources);
  if (!trust) return complain(context, arguments, trust.error(), exit_misuse);
  plan->request.trust = &*trust;
  const auto lists = scan::load_lists(arguments.lists);
  if (!lists) return complain(context, arguments, lists.error(), exit_misuse);
  plan->request.lists = &*lists;

  Report report(*plan, context, ::isatty(STDERR_FILENO) == 1);
  const auto end = port.scan(plan->request, report);
  if (!end) return complain(context, arguments, end.error(), exit_failed);
  return report.finish(*end);
}

}  // namespace

void add_scan_command(CLI::App& app, CommandContext& context, ScanPort& port) {
  CLI::App* command = app.add_subcommand("scan", "Scan TLS servers once and print what is wrong with them");
  const auto arguments = std::make_shared<ScanArguments>();
  command
      ->add_option("TARGET", arguments->targets,
                   "host, host:port, host:443,8443,9000-9010, host:port@address, smtp://host, address, CIDR "
                   "block, 10.0.0.1-20, @file, - for standard input")
      ->required();
  command->add_option("--sni", arguments->sni, "Ask for this server name; \"\" for none (default: the host)");
  command
      ->add_option("--starttls", arguments->starttls,
                   "Speak this protocol before TLS to targets that name none: " + protocol_names())
      ->type_name("PROTOCOL");
  command->add_option("--within", arguments->within, "Tell certificates that expire within this time")
      ->capture_default_str();
  command->add_option("--tier", arguments->tier, "inventory (one connection each), full or deep")
      ->capture_default_str();
  command->add_option("--host-rate", arguments->host_rate,
                      "Connections a second to one address; 0: no limit");
  command->add_option("--trust", arguments->trust, "Trust the certificates of this file too; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--lists", arguments->lists,
                   "A folder whose distrusted_cas.txt, known_keys.txt, ct_logs.json and intermediates.pem "
                   "replace the lists that are built in")
      ->type_name("DIR");
  command->add_option("--format", arguments->format, format_names())->capture_default_str();
  command->add_option("--checks", arguments->checks, "Only these checks, separated by commas")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--fail-on", arguments->fail_on,
                   "Exit with 1 for problems of this severity or worse: info, low, medium, high, critical")
      ->capture_default_str();
  command->add_option("--timeout", arguments->timeout, "Give up on a connection after this time")
      ->type_name("DURATION");
  command->add_flag("--no-revocation", arguments->no_revocation, "Ask no CRL and no OCSP responder");
  command
      ->add_option("--fetch-allow", arguments->fetch_allow,
                   "A private network where CRLs and OCSP responders may be asked; may be repeated")
      ->type_name("CIDR")
      ->allow_extra_args(false);
  command->add_option("--fetch-proxy", arguments->fetch_proxy, "Ask them through this proxy")
      ->type_name("URL");
  command->callback(
      [arguments, &context, &port] { context.exit_code = run_scan(*arguments, context, port); });
}

}  // namespace certherald::cli
