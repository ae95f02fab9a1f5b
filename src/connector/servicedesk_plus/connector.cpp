#include "connector/servicedesk_plus/connector.hpp"

#include "base/text.hpp"
#include "connector/servicedesk_plus/mapping.hpp"
#include "connector/transport.hpp"

namespace certherald::connector::servicedesk_plus {
namespace {

using model::Outcome;
using model::OutcomeKind;

// More than this many pages of strangers, and the search does not search.
constexpr int most_pages = 50;

class ServiceDeskPlus final : public Connector {
 public:
  ServiceDeskPlus(const model::Connection& connection, net::HttpClient& http, const SecretSource& secrets)
      : connection_(connection), http_(http), secrets_(secrets) {}

  net::Task<Outcome> find(model::TicketDraft draft, net::Deadline deadline) override {
    Outcome found = outcome(OutcomeKind::absent, "");
    int matching = 0;
    int start = 1;
    for (int page_number = 0; page_number < most_pages; ++page_number) {
      const auto reply = co_await send(list_request(connection_, draft, start), deadline);
      if (!reply) co_return reply.error();
      auto page = read_page(*reply, connection_, draft);
      if (!page) co_return page.error();
      for (model::RemoteTicket& candidate : page->to_read) {
        const auto read = co_await send(read_request(connection_, candidate.remote_id), deadline);
        if (!read) co_return read.error();
        const auto ours = carries_key(*read, draft);
        if (!ours) co_return ours.error();
        if (*ours) page->ours.push_back(std::move(candidate));
      }
      for (model::RemoteTicket& ticket : page->ours) {
        ++matching;
        if (matching == 1 || (ticket.open && !found.ticket.open)) found.ticket = std::move(ticket);
      }
      if (!page->more) break;
      start += 100;
    }
    if (matching == 0) co_return found;
    found.kind = OutcomeKind::done;
    found.duplicates = matching - 1;
    co_return found;
  }

  net::Task<Outcome> create(model::TicketDraft draft, net::Deadline deadline) override {
    auto reply = co_await send(create_request(connection_, draft, {}), deadline);
    if (!reply) co_return reply.error();
    const auto left_out = refused_optional_fields(*reply, connection_);
    if (!left_out.empty()) {
      // Refused as a whole: nothing was made, so this is not a second ticket.
      reply = co_await send(create_request(connection_, draft, left_out), deadline);
      if (!reply) co_return reply.error();
    }
    Outcome made = read_create(*reply, connection_, draft);
    if (made.kind != OutcomeKind::done) co_return made;
    if (!left_out.empty()) made.message = "the instance refuses " + join(left_out, ", ") + ": left out";
    co_return made;
  }

  net::Task<Outcome> find_note(model::RemoteTicket ticket, std::string marker,
                               net::Deadline deadline) override {
    const auto reply = co_await send(notes_request(connection_, ticket.remote_id), deadline);
    if (!reply) co_return reply.error();
    const auto ids = read_note_ids(*reply);
    if (!ids) co_return ids.error();
    // The list does not show what notes say; each is read.
    for (const std::string& id : *ids) {
      const auto read = co_await send(read_note_request(connection_, ticket.remote_id, id), deadline);
      if (!read) co_return read.error();
      const auto ours = note_has(*read, marker);
      if (!ours) co_return ours.error();
      if (*ours) co_return outcome(OutcomeKind::done, "");
    }
    co_return outcome(OutcomeKind::absent, "");
  }

  net::Task<Outcome> add_note(model::RemoteTicket ticket, model::TicketDraft note, std::string marker,
                              net::Deadline deadline) override {
    const auto reply =
        co_await send(note_request(connection_, ticket.remote_id, note.body + "\n" + marker), deadline);
    if (!reply) co_return reply.error();
    co_return read_note(*reply);
  }

  net::Task<std::vector<TestLine>> test(TestTicket ticket, net::Deadline deadline) override {
    co_return co_await run_test(*this, connection_, ticket, deadline);
  }

 private:
  net::Task<std::expected<HttpReply, Outcome>> send(net::HttpRequest request, net::Deadline deadline) {
    if (!connection_.auth_token) {
      co_return std::unexpected(outcome(OutcomeKind::auth_failed, "the connection has no auth_token"));
    }
    const auto token = secrets_.resolve(*connection_.auth_token);
    if (!token) co_return std::unexpected(missing_secret(token.error()));
    request.headers.emplace_back("authtoken", *token);
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
  return std::make_unique<ServiceDeskPlus>(connection, http, secrets);
}

}  // namespace certherald::connector::servicedesk_plus
