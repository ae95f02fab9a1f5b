#include "cli/secret_command.hpp"

#include <memory>
#include <ostream>

#include "app/key_file.hpp"
#include "app/stored_secrets.hpp"
#include "base/text.hpp"
#include "base/wipe.hpp"
#include "cli/row_printer.hpp"
#include "cli/secret_input.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

struct SecretArguments {
  StoreArguments store;
  std::string key_file;
  std::string name;
  bool json = false;
  bool force = false;
  std::vector<std::string> extra;  // a secret that somebody wrote into the command, most likely
};

int refuse(CommandContext& context, std::string_view command, const Error& error) {
  return complain(context, command, error, exit_code_of(error));
}

Result<std::string> required_key_file(const SecretArguments& arguments) {
  std::string file = key_file_of(arguments.key_file);
  if (!file.empty()) return file;
  return with_hint(
      fail(ErrorKind::invalid_input, "no key file was given"),
      "name it with --key-file FILE or in $CERTHERALD_KEY_FILE; certherald secret keygen makes one");
}

int make_key(const SecretArguments& arguments, CommandContext& context) {
  const auto file = required_key_file(arguments);
  if (!file) return refuse(context, "secret keygen", file.error());
  const auto key = codec::SealKey::make(context.random);
  if (Status made = app::make_key_file(*file, key); !made)
    return refuse(context, "secret keygen", made.error());
  context.out << single_line(*file) << ": key " << key.id()
              << "; keep a copy of it, apart from the backups of the store\n";
  return exit_fine;
}

Result<store::Put> set_secret(const SecretArguments& arguments, CommandContext& context) {
  if (!model::is_secret_name(arguments.name))
    return with_hint(fail(ErrorKind::invalid_input, "'{}' cannot name a secret", arguments.name),
                     "1 to 64 letters, digits, '.', '_' and '-'");
  if (!arguments.extra.empty())
    return with_hint(
        fail(ErrorKind::invalid_input, "a secret is never an argument: every process sees those"),
        "give it on standard input, and change it where it was real");
  const auto key_file = required_key_file(arguments);
  if (!key_file) return fail(key_file.error());
  // What would refuse the secret is told before a person types it.
  if (auto keys = app::read_key_file(*key_file); !keys) return fail(keys.error());
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return fail(store.error());
  auto secret = read_secret(context, fmt::format("Secret {}: ", arguments.name));
  if (!secret) return fail(secret.error());
  const WipedAtEnd wiped(*secret);
  return app::put_secret(**store, *key_file, arguments.name, *secret, context.random);
}

int run_set(const SecretArguments& arguments, CommandContext& context) {
  const auto put = set_secret(arguments, context);
  if (!put) return refuse(context, "secret set", put.error());
  context.out << (*put == store::Put::created ? "created" : "updated") << " secret " << arguments.name
              << '\n';
  return exit_fine;
}

Result<std::vector<std::string>> users_of(store::Session& session, const std::string& name) {
  const auto connections = session.connections();
  if (!connections) return fail(connections.error());
  std::vector<std::string> users;
  for (const store::ConnectionRow& row : *connections) {
    if (model::uses_secret(row.connection, name)) users.push_back(row.connection.name);
  }
  return users;
}

int run_list(const SecretArguments& arguments, CommandContext& context) {
  const auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return refuse(context, "secret list", store.error());
  RowPrinter printer(arguments.json ? RowForm::json : RowForm::table,
                     {"NAME", "KEY", "SINCE", "SEALED", "USED BY"}, context.out);
  Status listed = (*store)->read([&](store::Session& session) {
    return session.each_secret([&](const store::SecretRow& row) -> Status {
      const auto users = users_of(session, row.name);
      if (!users) return fail(users.error());
      return printer.row(list_row(row, *users, context.clock.now()));
    });
  });
  if (listed) listed = printer.finish();
  if (!listed) return refuse(context, "secret list", listed.error());
  return exit_fine;
}

int run_remove(const SecretArguments& arguments, CommandContext& context) {
  const auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return refuse(context, "secret remove", store.error());
  const Status removed = (*store)->write([&](store::Session& session) -> Status {
    const auto was_there = session.remove_secret(arguments.name);
    if (!was_there) return fail(was_there.error());
    if (!*was_there)
      return with_hint(fail(ErrorKind::invalid_input, "there is no secret {}", arguments.name),
                       "`certherald secret list` names them");
    const auto users = users_of(session, arguments.name);
    if (!users) return fail(users.error());
    if (users->empty() || arguments.force) return {};
    return with_hint(
        fail(ErrorKind::invalid_input, "the secret {} is used by {}", arguments.name, join(*users, ", ")),
        "give those connections another secret first, or add --force");
  });
  if (!removed) return refuse(context, "secret remove", removed.error());
  context.out << "removed secret " << arguments.name << '\n';
  return exit_fine;
}

int run_rotate(const SecretArguments& arguments, CommandContext& context) {
  const auto key_file = required_key_file(arguments);
  if (!key_file) return refuse(context, "secret rotate", key_file.error());
  const auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return refuse(context, "secret rotate", store.error());
  const auto rotated = app::rotate_keys(**store, *key_file, context.random);
  if (!rotated) return refuse(context, "secret rotate", rotated.error());
  context.out << single_line(*key_file) << ": key " << rotated->key_id << " opens all " << rotated->secrets
              << " secrets; keep a copy of the file: older ones open them no longer\n";
  return exit_fine;
}

struct SecretVerb {
  const char* name;
  const char* help;
  int (*act)(const SecretArguments&, CommandContext&);
  enum class Takes : std::uint8_t { nothing, name } takes;
};

constexpr SecretVerb verbs[] = {
    {"keygen", "Make a key file", make_key, SecretVerb::Takes::nothing},
    {"set", "Enter a secret: from standard input, or asked for on a terminal", run_set,
     SecretVerb::Takes::name},
    {"list", "Show which secrets there are and who uses them, never what they are", run_list,
     SecretVerb::Takes::nothing},
    {"remove", "Remove a secret that no connection uses", run_remove, SecretVerb::Takes::name},
    {"rotate", "Put a new key into the key file and seal every secret anew", run_rotate,
     SecretVerb::Takes::nothing},
};

}  // namespace

void add_secret_command(CLI::App& app, CommandContext& context) {
  CLI::App* group = app.add_subcommand("secret", "Look after the secrets that the store keeps, sealed");
  group->require_subcommand(1);
  for (const SecretVerb& verb : verbs) {
    CLI::App* command = group->add_subcommand(verb.name, verb.help);
    const auto arguments = std::make_shared<SecretArguments>();
    const std::string_view name = verb.name;
    if (name != "keygen") add_store_options(*command, arguments->store);
    if (name != "list" && name != "remove") add_key_file_option(*command, arguments->key_file);
    if (verb.takes == SecretVerb::Takes::name)
      command->add_option("NAME", arguments->name, "What connections call it")->required();
    // CLI11 would repeat on the terminal what it did not expect.
    if (name == "set") command->add_option("EXTRA", arguments->extra)->group("");
    if (name == "list") command->add_flag("--json", arguments->json, "One JSON object a line");
    if (name == "remove") command->add_flag("--force", arguments->force, "Even where a connection uses it");
    command->callback([arguments, &verb, &context] { context.exit_code = verb.act(*arguments, context); });
  }
}

}  // namespace certherald::cli
