#include "connector/servicenow/connector.hpp"

#include "connector/probe.hpp"
#include "connector/servicenow/replies.hpp"
#include "connector/servicenow/requests.hpp"
#include "connector/transport.hpp"

namespace certherald::connector::servicenow {
namespace {

using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;
using net::Deadline;
using net::Task;

constexpr int most_journal_pages = 10;

class ServiceNow final : public Connector {
 public:
  ServiceNow(const Connection& connection, net::HttpClient& http, const SecretSource& secrets)
      : connection_(connection), secrets_(secrets), transport_(connection_, http, secrets) {}

  Task<Outcome> find(TicketDraft draft, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    const auto reply = co_await send(find_request(connection_, draft), *login, deadline);
    co_return without_secrets(read_find(reply, connection_, draft), *login);
  }

  // The key stands in a field of its own, which no form shows people to edit.
  Task<Outcome> read(RemoteTicket /*ticket*/, TicketDraft draft, Deadline deadline) override {
    co_return co_await find(std::move(draft), deadline);
  }

  Task<Outcome> create(TicketDraft draft, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    const auto reply = co_await send(create_request(connection_, draft), *login, deadline);
    co_return without_secrets(read_create(reply, connection_, draft), *login);
  }

  Task<Outcome> find_note(RemoteTicket ticket, std::string marker, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    for (std::size_t page_number = 0; page_number < most_journal_pages; ++page_number) {
      const auto reply =
          co_await send(find_note_request(connection_, ticket, page_number * journal_page), *login, deadline);
      const auto page = read_journal(reply, ticket, marker);
      if (!page) co_return without_secrets(page.error(), *login);
      if (page->has_marker) co_return outcome(OutcomeKind::done, "");
      if (page->rows < journal_page) co_return outcome(OutcomeKind::absent, "");
    }
    co_return outcome(OutcomeKind::rejected, "the ticket has more notes than can be searched",
                      "look whether the note is there, then drop this delivery or retry it");
  }

  Task<Outcome> add_note(RemoteTicket ticket, TicketDraft note, std::string marker,
                         Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    // The marker stands first: a note that is cut at its length keeps it.
    const std::string text = marker + "\n" + note.body;
    const auto reply = co_await send(note_request(connection_, ticket, text), *login, deadline);
    co_return without_secrets(read_note(reply, ticket), *login);
  }

  Task<std::vector<TestLine>> test(TestTicket wanted, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return std::vector{line_failed("credentials", login.error())};
    const TicketDraft draft = test_draft();
    const auto reply = co_await send(find_request(connection_, draft), *login, deadline);
    const Outcome found = without_secrets(read_find(reply, connection_, draft), *login);
    auto lines = way_there(connection_, reply, found);
    if (failed(lines)) co_return lines;
    const auto dictionary = co_await send(dictionary_request(connection_), *login, deadline);
    for (TestLine& line : read_dictionary(dictionary, connection_)) lines.push_back(std::move(line));
    if (wanted == TestTicket::yes && !failed(lines)) co_await try_ticket(draft, *login, deadline, lines);
    co_return lines;
  }

 private:
  [[nodiscard]] Task<std::expected<Credentials, Outcome>> credentials() const {
    auto password = co_await resolve(secrets_, connection_.password, "password");
    if (!password) co_return std::unexpected(std::move(password.error()));
    // RFC 7617 section 2: the first colon ends the name.
    if (connection_.username.empty() || connection_.username.contains(':'))
      co_return std::unexpected(outcome(OutcomeKind::auth_failed, "the connection has no usable username",
                                        "set username in [[connection]]; it must not hold a colon"));
    std::string header = basic_credentials(connection_.username, *password);
    const std::string encoded = header.substr(header.find(' ') + 1);
    co_return Credentials{{"Authorization", std::move(header)}, {*password, encoded}};
  }

  Task<void> try_ticket(const TicketDraft& draft, const Credentials& login, Deadline deadline,
                        std::vector<TestLine>& lines) {
    const auto reply = co_await send(create_request(connection_, draft), login, deadline);
    const Outcome made = without_secrets(read_create(reply, connection_, draft), login);
    if (made.kind != OutcomeKind::done) {
      lines.push_back(line_failed("test ticket", made));
      co_return;
    }
    lines.push_back(line_ok("test ticket", fmt::format("{} {}", made.ticket.number, made.ticket.url)));
    const std::string by_hand = fmt::format("close {} by hand", made.ticket.number);
    if (connection_.table != "incident") {
      lines.push_back(line_warning("test ticket closed", "the states of this table are not known", by_hand));
      co_return;
    }
    const auto patched = co_await send(cancel_request(connection_, made.ticket), login, deadline);
    const Outcome closed = without_secrets(read_state(patched, "8"), login);
    if (closed.kind == OutcomeKind::done) {
      lines.push_back(line_ok("test ticket closed", made.ticket.number + " is canceled"));
    } else {
      lines.push_back(line_warning("test ticket closed", closed.message, by_hand));
    }
  }

  Task<HttpReply> send(net::HttpRequest request, const Credentials& login, Deadline deadline) {
    return transport_.send(std::move(request), login, deadline);
  }

  Connection connection_;
  const SecretSource& secrets_;
  Transport transport_;  // refers to connection_
};

}  // namespace

std::unique_ptr<Connector> make(const Connection& connection, net::HttpClient& http,
                                const SecretSource& secrets) {
  return std::make_unique<ServiceNow>(connection, http, secrets);
}

}  // namespace certherald::connector::servicenow
