#include "cli/import_command.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "cli/keystore_files.hpp"
#include "cli/store_access.hpp"
#include "connector/secret.hpp"

namespace certherald::cli {
namespace {

struct ImportArguments {
  StoreArguments store;
  std::vector<std::string> files;
  std::string passphrase_file;
};

Result<std::optional<std::string>> passphrase_of(const ImportArguments& arguments) {
  if (arguments.passphrase_file.empty()) return std::nullopt;
  auto passphrase = connector::secret_from_file(arguments.passphrase_file);
  if (!passphrase) return fail(passphrase.error());
  return std::move(*passphrase);
}

// Certificates of one transaction, whole files until there are so many: others who write wait for its end,
// and the fewer there are, the less of an index is written for each.
constexpr std::size_t written_at_once = 30'000;

struct Imported {
  std::int64_t added = 0;
  std::int64_t known = 0;

  [[nodiscard]] std::int64_t all() const { return added + known; }
};

// Those that are written next together; none after the last.
Result<std::vector<model::Certificate>> next_piece(KeystoreFiles& files) {
  std::vector<model::Certificate> piece;
  while (piece.size() < written_at_once) {
    auto more = files.next();
    if (!more) break;
    if (!*more) return fail(more->error());
    std::ranges::move(**more, std::back_inserter(piece));
  }
  return piece;
}

// The first piece, once every file was read and found good: a file that is not leaves nothing behind, however
// many stand before it. Files of more than one piece are read again when their turn comes, so that memory
// holds one.
Result<std::vector<model::Certificate>> first_piece_of_good_files(KeystoreFiles& files) {
  auto first = next_piece(files);
  if (!first) return first;
  while (auto more = files.next()) {
    if (!*more) return fail(more->error());
  }
  return first;
}

Status write_piece(store::Store& store, const std::vector<model::Certificate>& piece, Instant now,
                   Imported& imported) {
  const auto work = [&](store::Session& session) { return session.import_certificates(piece, now); };
  const Result<std::int64_t> added = store.write(work);
  if (!added) return fail(added.error());
  imported.added += *added;
  imported.known += static_cast<std::int64_t>(piece.size()) - *added;
  return {};
}

// Skips the files of the first piece, which is written already.
Status pass_over_first_piece(KeystoreFiles& files) {
  const auto written = next_piece(files);
  return written ? Status() : fail(written.error());
}

// `imported` counts what is in the inventory, also where the store then failed.
Status import_all(const ImportArguments& arguments, CommandContext& context, Imported& imported) {
  const auto passphrase = passphrase_of(arguments);
  if (!passphrase) return fail(passphrase.error());
  KeystoreFiles looked_at(arguments.files, *passphrase);
  auto piece = first_piece_of_good_files(looked_at);
  if (!piece) return fail(piece.error());
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return fail(store.error());
  if (Status done = write_piece(**store, *piece, context.clock.now(), imported); !done) return done;
  if (piece->size() < written_at_once) return {};
  piece->clear();
  KeystoreFiles files(arguments.files, *passphrase);
  if (Status passed = pass_over_first_piece(files); !passed) return passed;
  for (piece = next_piece(files); piece && !piece->empty(); piece = next_piece(files)) {
    if (Status done = write_piece(**store, *piece, context.clock.now(), imported); !done) return done;
  }
  return piece ? Status() : fail(piece.error());
}

int run_import(const ImportArguments& arguments, CommandContext& context) {
  Imported imported;
  if (Status done = import_all(arguments, context, imported); !done) {
    Error error = done.error();
    if (imported.all() > 0) {
      error.message += fmt::format("; the {} certificates before it are in the inventory", imported.all());
    }
    return complain(context, "import", error, exit_code_of(error));
  }
  context.out << imported.added << " new, " << imported.known << " known already\n";
  return exit_fine;
}

}  // namespace

void add_import_command(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("import", "Put the certificates of files into the inventory, all or nothing");
  const auto arguments = std::make_shared<ImportArguments>();
  add_store_options(*command, arguments->store);
  command->add_option("FILE", arguments->files, "PEM, DER, PKCS#7 or PKCS#12; told by content")->required();
  command->add_option("--passphrase-file", arguments->passphrase_file,
                      "File that holds the passphrase of PKCS#12 files");
  command->callback([arguments, &context] { context.exit_code = run_import(*arguments, context); });
}

}  // namespace certherald::cli
