#include "cli/list_command.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "cli/list_rows.hpp"
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

// Prints rows as they come. Columns are as wide as the first screenful needs, so that a list of a million
// rows neither waits nor sits in memory.
class Printer {
 public:
  Printer(const ListArguments& arguments, const ListKind& kind, std::ostream& out)
      : as_json_(arguments.json), out_(out) {
    if (!as_json_) held_.push_back(kind.headings);
  }

  Status row(const ListRow& row) {
    if (as_json_) {
      out_ << boost::json::serialize(row.keys) << '\n';
      return check();
    }
    held_.push_back(row.cells);
    constexpr std::size_t screenful = 200;
    if (held_.size() >= screenful || !widths_.empty()) flush();
    return check();
  }

  Status finish() {
    flush();
    out_.flush();
    return check();
  }

 private:
  [[nodiscard]] Status check() const {
    if (out_) return {};
    return fail(ErrorKind::internal, "the output could not be written");
  }

  static std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
  }

  void flush() {
    constexpr std::size_t widest = 48;
    for (auto& cells : held_) {
      for (std::string& cell : cells) cell = single_line(cell);
    }
    if (widths_.empty()) {
      for (const auto& cells : held_) {
        widths_.resize(std::max(widths_.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) {
          widths_[i] = std::max(widths_[i], std::min(width_of(cells[i]), widest));
        }
      }
    }
    for (const auto& cells : held_) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        out_ << cells[i];
        if (i + 1 == cells.size()) break;
        const std::size_t used = width_of(cells[i]);
        out_ << std::string(used < widths_[i] ? widths_[i] - used + 2 : 2, ' ');
      }
      out_ << '\n';
    }
    held_.clear();
  }

  bool as_json_;
  std::ostream& out_;
  std::vector<std::vector<std::string>> held_;
  std::vector<std::size_t> widths_;
};

Status print_list(store::Session& session, const ListArguments& arguments, Printer& printer, Instant now) {
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
  Printer printer(arguments, *kind, context.out);
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
