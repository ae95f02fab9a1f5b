#include "cli/import_command.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/apply.hpp"
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
  std::optional<app::ApplyReport> endpoints;  // where there was a list of them

  [[nodiscard]] std::int64_t all() const { return added + known; }
};

// What is written together.
struct Piece {
  std::vector<model::Certificate> certificates;
  std::optional<app::Configuration> endpoints;  // of all lists; a set of its own, put as an apply puts them
};

void keep_endpoints(ImportFile& file, Piece& piece) {
  if (!file.endpoints) return;
  if (!piece.endpoints) piece.endpoints.emplace().set = app::import_set;
  std::ranges::move(*file.endpoints, std::back_inserter(piece.endpoints->endpoints));
}

// The certificates that are written next together, and the lists between them; none after the last.
Result<Piece> next_piece(KeystoreFiles& files) {
  Piece piece;
  while (piece.certificates.size() < written_at_once) {
    auto more = files.next();
    if (!more) break;
    if (!*more) return fail(more->error());
    std::ranges::move((*more)->certificates, std::back_inserter(piece.certificates));
    keep_endpoints(**more, piece);
  }
  return piece;
}

// The first piece, once every file was read and found good: a file that is not leaves nothing behind, however
// many stand before it. Files of more than one piece are read again when their turn comes, so that memory
// holds one. The lists are all in the first.
Result<Piece> first_piece_of_good_files(KeystoreFiles& files) {
  auto first = next_piece(files);
  if (!first) return first;
  while (auto more = files.next()) {
    if (!*more) return fail(more->error());
    keep_endpoints(**more, *first);
  }
  return first;
}

Status write_piece(store::Store& store, const Piece& piece, Instant now, Imported& imported) {
  std::optional<app::ApplyReport> endpoints;
  const auto work = [&](store::Session& session) -> Result<std::int64_t> {
    if (piece.endpoints) {
      auto report = app::apply(session, *piece.endpoints, app::Prune::no);
      if (!report) return fail(report.error());
      endpoints = std::move(*report);
    }
    return session.import_certificates(piece.certificates, now);
  };
  const Result<std::int64_t> added = store.write(work);
  if (!added) return fail(added.error());
  imported.added += *added;
  imported.known += static_cast<std::int64_t>(piece.certificates.size()) - *added;
  if (endpoints) imported.endpoints = std::move(endpoints);
  return {};
}

// Skips the files of the first piece, which is written already.
Status pass_over_first_piece(KeystoreFiles& files) {
  const auto written = next_piece(files);
  return written ? Status() : fail(written.error());
}

// What stands behind the first piece, of certificates: the lists are written.
Status write_rest(const ImportArguments& arguments, const std::optional<std::string>& passphrase,
                  store::Store& store, CommandContext& context, Imported& imported) {
  KeystoreFiles files(arguments.files, passphrase);
  if (Status passed = pass_over_first_piece(files); !passed) return passed;
  auto piece = next_piece(files);
  for (; piece && !piece->certificates.empty(); piece = next_piece(files)) {
    piece->endpoints.reset();
    if (Status done = write_piece(store, *piece, context.clock.now(), imported); !done) return done;
  }
  return piece ? Status() : fail(piece.error());
}

// `imported` counts what is in the inventory, also where the store then failed.
Status import_all(const ImportArguments& arguments, CommandContext& context, Imported& imported) {
  const auto passphrase = passphrase_of(arguments);
  if (!passphrase) return fail(passphrase.error());
  auto piece = [&] {
    KeystoreFiles looked_at(arguments.files, *passphrase);
    return first_piece_of_good_files(looked_at);
  }();
  if (!piece) return fail(piece.error());
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return fail(store.error());
  if (Status done = write_piece(**store, *piece, context.clock.now(), imported); !done) return done;
  if (piece->certificates.size() < written_at_once) return {};
  *piece = {};
  return write_rest(arguments, *passphrase, **store, context, imported);
}

void print_endpoints(const app::ApplyReport& report, std::ostream& out) {
  using Kind = app::ApplyChange::Kind;
  out << "endpoints: " << std::ranges::count(report.changes, Kind::created, &app::ApplyChange::kind)
      << " new, " << std::ranges::count(report.changes, Kind::updated, &app::ApplyChange::kind)
      << " updated, " << report.unchanged << " unchanged\n";
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
  if (imported.all() > 0 || !imported.endpoints)
    context.out << imported.added << " new, " << imported.known << " known already\n";
  if (imported.endpoints) print_endpoints(*imported.endpoints, context.out);
  return exit_fine;
}

}  // namespace

void add_import_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "import", "Put certificates and endpoints of files into the inventory, all or nothing");
  const auto arguments = std::make_shared<ImportArguments>();
  add_store_options(*command, arguments->store);
  command
      ->add_option("FILE", arguments->files,
                   "PEM, DER, PKCS#7, PKCS#12, JKS, or CSV of endpoints; told by content")
      ->required();
  command->add_option("--passphrase-file", arguments->passphrase_file,
                      "File that holds the passphrase of PKCS#12 and JKS files");
  command->callback([arguments, &context] { context.exit_code = run_import(*arguments, context); });
}

}  // namespace certherald::cli
