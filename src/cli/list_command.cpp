#include "cli/list_command.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/list_rows.hpp"
#include "cli/row_printer.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

struct ListArguments {
  StoreArguments store;
  std::string what;
  bool json = false;
};

struct ListKind {
  std::string_view name;
  std::vector<std::string> headings;
};

const std::array<ListKind, 7>& list_kinds() {
  static const std::array<ListKind, 7> kinds = {{
      {"endpoints", {"ENDPOINT", "STATUS", "SEEN", "CERTIFICATE", "ENDS", "OWNER"}},
      {"certificates", {"COMMON NAME", "ENDS", "NOT AFTER", "SERVED AT", "SHA-256"}},
      {"findings", {"ID", "SEVERITY", "CHECK", "ABOUT", "STATUS", "FIRST SEEN"}},
      {"tickets", {"CONNECTION", "NUMBER", "STATE", "SUBJECT", "MADE", "URL"}},
      {"deliveries", {"ID", "CONNECTION", "KIND", "STATE", "DECIDED", "SUBJECT", "WHY"}},
      {"runs", {"ID", "TASK", "OUTCOME", "STARTED", "NOTICES", "HELD", "MESSAGE"}},
      {"policies", {"NAME", "KIND", "STATE", "WITHIN", "EVERY", "REPEAT", "CHANNELS"}},
  }};
  return kinds;
}

Status print_list(store::Session& session, const ListArguments& arguments, RowPrinter& printer, Instant now) {
  const auto print = [&](const auto& row) -> Status { return printer.row(list_row(row, now)); };
  if (arguments.what == "endpoints") return session.each_endpoint(print);
  if (arguments.what == "certificates") return session.each_certificate({}, print);
  if (arguments.what == "findings") return session.each_finding({}, print);
  if (arguments.what == "tickets") return session.each_ticket(print);
  if (arguments.what == "deliveries") return session.each_delivery({}, print);
  if (arguments.what == "runs") return session.each_run(print);
  const auto policies = session.policies();
  if (!policies) return fail(policies.error());
  for (const store::PolicyRow& row : *policies) {
    if (Status status = print(row); !status) return status;
  }
  return {};
}

int run_list(const ListArguments& arguments, CommandContext& context) {
  const auto kind = std::ranges::find(list_kinds(), arguments.what, &ListKind::name);
  if (kind == list_kinds().end()) {
    const auto error = fail(ErrorKind::invalid_input, "there is no list of '{}'", arguments.what);
    return complain(
        context, "list",
        with_hint(error, "endpoints certificates findings tickets deliveries runs policies").error(),
        exit_misuse);
  }
  auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return complain(context, "list", store.error(), exit_code_of(store.error()));
  RowPrinter printer(arguments.json ? RowForm::json : RowForm::table, kind->headings, context.out);
  const auto work = [&](store::Session& session) {
    return print_list(session, arguments, printer, context.clock.now());
  };
  Status done = (*store)->read(work);
  if (done) done = printer.finish();
  if (!done) return complain(context, "list", done.error(), exit_code_of(done.error()));
  return exit_fine;
}

}  // namespace

void add_list_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("list", "Show what the store holds");
  const auto arguments = std::make_shared<ListArguments>();
  add_store_options(*command, arguments->store);
  command
      ->add_option("WHAT", arguments->what,
                   "endpoints, certificates, findings, tickets, deliveries, runs or policies")
      ->required();
  command->add_flag("--json", arguments->json, "One JSON object a line");
  command->callback([arguments, &context] { context.exit_code = run_list(*arguments, context); });
}

}  // namespace certherald::cli
