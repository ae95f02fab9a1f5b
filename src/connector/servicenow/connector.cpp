#include "connector/servicenow/connector.hpp"

#include "connector/servicenow/mapping.hpp"
#include "connector/transport.hpp"

namespace certherald::connector::servicenow {
namespace {

class ServiceNow final : public Connector {
 public:
  ServiceNow(const model::Connection& connection, net::HttpClient& http, const SecretSource& secrets)
      : connection_(connection), http_(http), secrets_(secrets) {}

  net::Task<model::Outcome> find(model::TicketDraft draft, net::Deadline deadline) override {
    const auto reply = co_await send(find_request(connection_, draft), deadline);
    if (!reply) co_return reply.error();
    co_return read_find(*reply, connection_, draft);
  }

  net::Task<model::Outcome> create(model::TicketDraft draft, net::Deadline deadline) override {
    const auto reply = co_await send(create_request(connection_, draft), deadline);
    if (!reply) co_return reply.error();
    co_return read_create(*reply, connection_, draft);
  }

  net::Task<model::Outcome> find_note(model::RemoteTicket ticket, std::string marker,
                                      net::Deadline deadline) override {
    const auto reply = co_await send(find_note_request(connection_, ticket), deadline);
    if (!reply) co_return reply.error();
    co_return read_find_note(*reply, marker);
  }

  net::Task<model::Outcome> add_note(model::RemoteTicket ticket, model::TicketDraft note, std::string marker,
                                     net::Deadline deadline) override {
    // The marker stands first: a note that is cut at its length keeps it.
    const auto reply = co_await send(note_request(connection_, ticket, marker + "\n" + note.body), deadline);
    if (!reply) co_return reply.error();
    co_return read_note(*reply, ticket);
  }

  net::Task<std::vector<TestLine>> test(TestTicket ticket, net::Deadline deadline) override {
    co_return co_await run_test(*this, connection_, ticket, deadline);
  }

 private:
  net::Task<std::expected<HttpReply, model::Outcome>> send(net::HttpRequest request, net::Deadline deadline) {
    if (!connection_.password) {
      co_return std::unexpected(outcome(model::OutcomeKind::auth_failed, "the connection has no password"));
    }
    const auto password = secrets_.resolve(*connection_.password);
    if (!password) co_return std::unexpected(missing_secret(password.error()));
    request.headers.emplace_back("Authorization", basic_credentials(connection_.username, *password));
    use_connection(request, connection_);
    co_return co_await http_.send(std::move(request), deadline);
  }

  model::Connection connection_;
  net::HttpClient& http_;
  const SecretSource& secrets_;
};

}  // namespace

std::unique_ptr<Connector> make(const model::Connection& connection, net::HttpClient& http,
                                const SecretSource& secrets) {
  return std::make_unique<ServiceNow>(connection, http, secrets);
}

}  // namespace certherald::connector::servicenow
