#include "cli/backup_command.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/backup.hpp"
#include "base/text.hpp"
#include "base/time_text.hpp"
#include "base/uuid.hpp"
#include "cli/store_access.hpp"
#include "cli/version.hpp"

namespace certherald::cli {
namespace {

struct BackupArguments {
  StoreArguments store;
  std::string file;
  bool as_new = false;
};

int run_backup(const BackupArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return complain(context, "backup", store.error(), exit_code_of(store.error()));
  const auto counts = app::write_backup(**store, arguments.file, std::string(version), context.clock);
  if (!counts) return complain(context, "backup", counts.error(), exit_code_of(counts.error()));
  context.out << single_line(arguments.file) << ": " << counts->rows << " rows of " << (*store)->path()
              << '\n';
  return exit_fine;
}

int refuse(const Error& error, CommandContext& context) {
  const bool misuse = error.kind == ErrorKind::not_found || error.kind == ErrorKind::conflict;
  return complain(context, "restore", error, misuse ? exit_misuse : exit_code_of(error));
}

int run_restore(const BackupArguments& arguments, CommandContext& context) {
  // Before a store is made for it.
  if (const auto checked = app::check_backup(arguments.file); !checked)
    return refuse(checked.error(), context);
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "restore", store.error(), exit_code_of(store.error()));
  const std::string fresh = arguments.as_new ? make_uuid(context.random) : "";
  const auto counts = app::restore_backup(**store, arguments.file, fresh);
  if (!counts) return refuse(counts.error(), context);
  context.out << (*store)->path() << ": restored as of " << to_iso8601(counts->header.made_at) << '\n';
  context.err
      << (arguments.as_new
              ? "It is a new installation: it knows of no tickets, and stored secrets must be entered "
                "again.\n"
              : "Deliveries are held until every open ticket was looked up; run and serve do that first.\n");
  return exit_fine;
}

}  // namespace

void add_backup_commands(CLI::App& app, CommandContext& context) {
  CLI::App* backup = app.add_subcommand("backup", "Write all that the store holds to a file");
  const auto backup_arguments = std::make_shared<BackupArguments>();
  add_store_options(*backup, backup_arguments->store);
  backup->add_option("FILE", backup_arguments->file, "Where to; replaced where it is there")->required();
  backup->callback(
      [backup_arguments, &context] { context.exit_code = run_backup(*backup_arguments, context); });

  CLI::App* restore = app.add_subcommand("restore", "Put a backup into a new store");
  const auto restore_arguments = std::make_shared<BackupArguments>();
  add_store_options(*restore, restore_arguments->store);
  restore->add_option("FILE", restore_arguments->file, "Made by `certherald backup`")->required();
  restore->add_flag(
      "--as-new", restore_arguments->as_new,
      "As another installation, beside the one that was backed up: it makes tickets of its own");
  restore->callback(
      [restore_arguments, &context] { context.exit_code = run_restore(*restore_arguments, context); });
}

}  // namespace certherald::cli
