#include "cli/import_command.hpp"

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

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

// The certificates of every file, or the first error: all or nothing.
Result<std::vector<model::Certificate>> read_all(const ImportArguments& arguments) {
  const auto passphrase = passphrase_of(arguments);
  if (!passphrase) return fail(passphrase.error());
  std::optional<std::string_view> given;
  if (*passphrase) given = **passphrase;
  std::vector<model::Certificate> certificates;
  for (const std::string& file : arguments.files) {
    const auto content = read_file(file, codec::max_keystore_size);
    if (!content) {
      Error error = content.error();
      if (error.kind == ErrorKind::not_found) error.kind = ErrorKind::invalid_input;
      return fail(error);
    }
    auto keystore = codec::read_keystore(as_bytes(*content), given);
    if (!keystore) {
      Error error = keystore.error();
      if (error.kind == ErrorKind::refused && !given)
        error.hint = "name the file that holds it with --passphrase-file";
      error.kind = ErrorKind::invalid_input;
      return fail_in(file, error);
    }
    std::ranges::move(keystore->certificates, std::back_inserter(certificates));
  }
  return certificates;
}

int run_import(const ImportArguments& arguments, CommandContext& context) {
  const auto certificates = read_all(arguments);
  if (!certificates)
    return complain(context, "import", certificates.error(), exit_code_of(certificates.error()));
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, "import", store.error(), exit_code_of(store.error()));
  const auto work = [&](store::Session& session) {
    return session.import_certificates(*certificates, context.clock.now());
  };
  const Result<std::int64_t> added = (*store)->write(work);
  if (!added) return complain(context, "import", added.error(), exit_code_of(added.error()));
  context.out << *added << " new, " << static_cast<std::int64_t>(certificates->size()) - *added
              << " known already\n";
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
