#include "cli/delivery_command.hpp"

#include <memory>

#include "cli/store_access.hpp"
#include "store/session.hpp"

namespace certherald::cli {
namespace {

struct DeliveryArguments {
  StoreArguments store;
  std::int64_t id = 0;
};

struct DeliveryVerb {
  const char* name;
  const char* help;
  const char* done;
  Status (store::Session::*act)(model::DeliveryId);
};

constexpr DeliveryVerb verbs[] = {
    {"retry", "Try a parked delivery again; what it may have made is looked up first",
     "will be tried again by the next run", &store::Session::retry_parked},
    {"drop", "Give up a delivery that is not done, whatever holds it back", "is given up",
     &store::Session::drop_delivery},
};

int decide(const DeliveryVerb& verb, const DeliveryArguments& arguments, CommandContext& context) {
  const std::string command = std::string("delivery ") + verb.name;
  auto store = open_store(arguments.store, store::Migrate::yes, context);
  if (!store) return complain(context, command, store.error(), exit_code_of(store.error()));
  const Status done =
      (*store)->write([&](store::Session& session) { return (session.*verb.act)({arguments.id}); });
  if (!done && done.error().kind == ErrorKind::not_found) {
    Error error = done.error();
    error.hint = "`certherald list deliveries` names them";
    return complain(context, command, error, exit_misuse);
  }
  if (!done) return complain(context, command, done.error(), exit_failed);
  context.out << "delivery " << arguments.id << ' ' << verb.done << '\n';
  return exit_fine;
}

}  // namespace

void add_delivery_command(CLI::App& app, CommandContext& context) {
  CLI::App* group = app.add_subcommand("delivery", "Decide about deliveries that are not done");
  group->require_subcommand(1);
  for (const DeliveryVerb& verb : verbs) {
    CLI::App* command = group->add_subcommand(verb.name, verb.help);
    const auto arguments = std::make_shared<DeliveryArguments>();
    add_store_options(*command, arguments->store);
    command->add_option("ID", arguments->id, "Of the delivery, as `list deliveries` shows it")->required();
    command->callback(
        [arguments, &verb, &context] { context.exit_code = decide(verb, *arguments, context); });
  }
}

}  // namespace certherald::cli
