#include "cli/connection_command.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "app/stored_secrets.hpp"
#include "base/text.hpp"
#include "cli/store_access.hpp"

namespace certherald::cli {
namespace {

struct ConnectionArguments {
  StoreArguments store;
  std::string key_file;
  std::string name;
  bool ticket = false;
};

std::string_view mark(connector::TestLine::State state) {
  switch (state) {
    case connector::TestLine::State::ok:
      return "ok      ";
    case connector::TestLine::State::warning:
      return "warning ";
    case connector::TestLine::State::failed:
      return "FAILED  ";
  }
  return "";
}

int test_connection(const ConnectionArguments& arguments, CommandContext& context) {
  auto store = open_store(arguments.store, store::Migrate::no, context);
  if (!store) return complain(context, "connection test", store.error(), exit_code_of(store.error()));
  const auto rows = (*store)->read([](store::Session& session) { return session.connections(); });
  if (!rows) return complain(context, "connection test", rows.error(), exit_failed);
  const auto row =
      std::ranges::find_if(*rows, [&](const auto& r) { return r.connection.name == arguments.name; });
  if (row == rows->end()) {
    const auto error = fail(ErrorKind::invalid_input, "there is no connection '{}'", arguments.name);
    return complain(context, "connection test", error.error(), exit_misuse);
  }
  const auto ticket = arguments.ticket ? connector::TestTicket::yes : connector::TestTicket::no;
  bool failed = false;
  for (const connector::TestLine& line :
       try_connection(**store, key_file_of(arguments.key_file), row->connection, ticket)) {
    failed = failed || line.state == connector::TestLine::State::failed;
    context.out << mark(line.state) << line.what << ": " << single_line(line.detail) << '\n';
    if (!line.hint.empty()) context.out << "        " << single_line(line.hint) << '\n';
  }
  return failed ? exit_failed : exit_fine;
}

}  // namespace

std::vector<connector::TestLine> try_connection(store::Store& store, const std::string& key_file,
                                                const model::Connection& connection,
                                                connector::TestTicket ticket) {
  boost::asio::io_context io(1);
  net::CurlHttpClient http(io.get_executor());
  boost::asio::thread_pool store_pool(1);
  const app::SealedSecrets stored(store, store_pool, key_file);
  const connector::SystemSecrets secrets(stored);
  const auto system = connector::make_connector(connection, http, secrets);
  std::vector<connector::TestLine> lines;
  std::exception_ptr failure;
  boost::asio::co_spawn(io,
                        system->test(ticket, net::Deadline::after(Millis(connection.timeout.elapsed()) * 3)),
                        [&](std::exception_ptr left, std::vector<connector::TestLine> found) {
                          failure = std::move(left);
                          lines = std::move(found);
                        });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return lines;
}

void add_connection_command(CLI::App& app, CommandContext& context) {
  CLI::App* connection = app.add_subcommand("connection", "Look after the connections to ticketing systems");
  connection->require_subcommand(1);
  CLI::App* command =
      connection->add_subcommand("test", "Try address, TLS, credentials and look-up of a connection");
  const auto arguments = std::make_shared<ConnectionArguments>();
  add_store_options(*command, arguments->store);
  add_key_file_option(*command, arguments->key_file);
  command->add_option("NAME", arguments->name, "Of the connection")->required();
  command->add_flag("--ticket", arguments->ticket, "Make a test ticket too");
  command->callback([arguments, &context] { context.exit_code = test_connection(*arguments, context); });
}

}  // namespace certherald::cli
