#include "cli/import_command.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include "app/apply.hpp"
#include "app/endpoint_csv.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/store_access.hpp"
#include "codec/keystore.hpp"
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

// What the files hold.
struct Import {
  std::vector<model::Certificate> certificates;
  app::Configuration endpoints;  // a set of its own, put as an apply puts them
  bool has_lists = false;
};

Status read_certificates(const std::string& file, std::string_view content,
                         std::optional<std::string_view> passphrase, Import& import) {
  auto keystore = codec::read_keystore(as_bytes(content), passphrase);
  if (!keystore) {
    Error error = keystore.error();
    if (error.kind == ErrorKind::refused && !passphrase)
      error.hint = "name the file that holds it with --passphrase-file";
    error.kind = ErrorKind::invalid_input;
    return fail_in(file, error);
  }
  std::ranges::move(keystore->certificates, std::back_inserter(import.certificates));
  return {};
}

// Everything of every file, or the first error: all or nothing.
Result<Import> read_all(const ImportArguments& arguments) {
  const auto passphrase = passphrase_of(arguments);
  if (!passphrase) return fail(passphrase.error());
  std::optional<std::string_view> given;
  if (*passphrase) given = **passphrase;
  Import import;
  import.endpoints.set = app::import_set;
  for (const std::string& file : arguments.files) {
    const auto content = read_file(file, codec::max_keystore_size);
    if (!content) {
      Error error = content.error();
      if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::invalid_input;
      return fail(error);
    }
    if (!app::is_endpoint_csv(*content)) {
      if (Status read = read_certificates(file, *content, given, import); !read) return fail(read.error());
      continue;
    }
    auto endpoints = app::read_endpoint_csv(*content);
    if (!endpoints) return fail_in(file, endpoints.error());
    import.has_lists = true;
    std::ranges::move(*endpoints, std::back_inserter(import.endpoints.endpoints));
  }
  return import;
}

void print(const Import& import, std::int64_t added, const app::ApplyReport& endpoints, std::ostream& out) {
  if (!import.certificates.empty() || !import.has_lists) {
    out << added << " new, " << static_cast<std::int64_t>(import.certificates.size()) - added
        << " known already\n";
  }
  if (!import.has_lists) return;
  const auto created =
      std::ranges::count(endpoints.changes, app::ApplyChange::Kind::created, &app::ApplyChange::kind);
  const auto updated =
      std::ranges::count(endpoints.changes, app::ApplyChange::Kind::updated, &app::ApplyChange::kind);
  out << "endpoints: " << created << " new, " << updated << " updated, " << endpoints.unchanged
      << " unchanged\n";
}

int run_import(const ImportArguments& arguments, CommandContext& context) {
  const auto import = read_all(arguments);
  if (!import) return complain(context, "import", import.error(), exit_code_of(import.error()));
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "import", store.error(), exit_code_of(store.error()));
  app::ApplyReport endpoints;
  const auto work = [&](store::Session& session) -> Result<std::int64_t> {
    auto report = app::apply(session, import->endpoints, app::Prune::no);
    if (!report) return fail(report.error());
    endpoints = std::move(*report);
    return session.import_certificates(import->certificates, context.clock.now());
  };
  const Result<std::int64_t> added = (*store)->write(work);
  if (!added) return complain(context, "import", added.error(), exit_code_of(added.error()));
  print(*import, *added, endpoints, context.out);
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
