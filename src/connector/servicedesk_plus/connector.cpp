#include "connector/servicedesk_plus/connector.hpp"

#include <array>

#include "base/text.hpp"
#include "connector/matches.hpp"
#include "connector/probe.hpp"
#include "connector/servicedesk_plus/answer.hpp"
#include "connector/servicedesk_plus/replies.hpp"
#include "connector/servicedesk_plus/requests.hpp"
#include "connector/transport.hpp"

namespace certherald::connector::servicedesk_plus {
namespace {

using model::Connection;
using model::Outcome;
using model::OutcomeKind;
using model::RemoteTicket;
using model::TicketDraft;
using net::Deadline;
using net::Task;

constexpr int most_pages = 20;   // 2,000 tickets
constexpr int most_reads = 500;  // of single tickets in one look-up
constexpr int most_notes = 1'000;
constexpr int most_merges = 3;  // a request merged into one that was merged itself
constexpr std::array<std::string_view, 2> note_wrappers = {"note", "request_note"};

class ServiceDeskPlus final : public Connector {
 public:
  ServiceDeskPlus(const Connection& connection, net::HttpClient& http, const SecretSource& secrets)
      : connection_(connection), secrets_(secrets), transport_(connection_, http, secrets) {}

  Task<Outcome> find(TicketDraft draft, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    co_return without_secrets(co_await look_up(draft, *login, deadline), *login);
  }

  Task<Outcome> read(RemoteTicket ticket, TicketDraft draft, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    Outcome found = co_await look_up(draft, *login, deadline);
    if (found.kind == OutcomeKind::absent)
      found = co_await read_by_id(std::move(ticket), draft, *login, deadline);
    co_return without_secrets(std::move(found), *login);
  }

  Task<Outcome> create(TicketDraft draft, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    co_return without_secrets(co_await make_ticket(draft, *login, deadline), *login);
  }

  Task<Outcome> find_note(RemoteTicket ticket, std::string marker, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    co_return without_secrets(co_await look_for_note(ticket, marker, *login, deadline), *login);
  }

  Task<Outcome> add_note(RemoteTicket ticket, TicketDraft note, std::string marker,
                         Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return login.error();
    const std::string text = note.body + "\n" + marker;
    co_return without_secrets(co_await make_note(ticket, text, *login, deadline), *login);
  }

  Task<std::vector<TestLine>> test(TestTicket ticket, Deadline deadline) override {
    const auto login = co_await credentials();
    if (!login) co_return std::vector{line_failed("credentials", login.error())};
    auto lines = co_await check(ticket, *login, deadline);
    for (TestLine& line : lines) {
      Outcome said;
      said.message = std::move(line.detail);
      said = without_secrets(std::move(said), *login);
      line.detail = std::move(said.message);
    }
    co_return lines;
  }

 private:
  [[nodiscard]] Task<std::expected<Credentials, Outcome>> credentials() const {
    auto token = co_await resolve(secrets_, connection_.auth_token, "auth_token");
    if (!token) co_return std::unexpected(std::move(token.error()));
    co_return Credentials{{"authtoken", *token}, {*token}};
  }

  Task<Outcome> look_up(const TicketDraft& draft, const Credentials& login, Deadline deadline) {
    Matches matches;
    Descriptions descriptions = Descriptions::ask;
    std::size_t start = 1;
    int reads = 0;
    for (int pages = 0; pages < most_pages; ++pages) {
      auto reply = co_await send(list_request(connection_, draft, start, descriptions), login, deadline);
      if (descriptions == Descriptions::ask && refuses_field(reply, "description")) {
        descriptions = Descriptions::leave;
        reply = co_await send(list_request(connection_, draft, start, descriptions), login, deadline);
      }
      auto page = read_page(reply, connection_, draft);
      if (!page) co_return page.error();
      for (Found& candidate : page->to_read) {
        if (++reads > most_reads) co_return endless();
        const auto read =
            co_await send(read_request(connection_, candidate.ticket.remote_id), login, deadline);
        const auto shown = read_ticket(read, Call::look_up, connection_, draft);
        // Deleted or merged away since it was listed: nobody's any more.
        if (!shown && shown.error().kind == OutcomeKind::rejected) continue;
        if (!shown) co_return shown.error();
        if (shown->key == Key::not_shown) co_return key_is_never_shown();
        if (shown->key == Key::ours) matches.add(shown->ticket, std::move(candidate.created));
      }
      for (Found& found : page->ours) matches.add(std::move(found.ticket), std::move(found.created));
      if (!page->more) co_return matches.outcome();
      start += page->rows;
    }
    co_return endless();
  }

  // A request that was renamed, or whose key was edited away, is not found by either; it is ours all the
  // same.
  Task<Outcome> read_by_id(RemoteTicket ticket, const TicketDraft& draft, const Credentials& login,
                           Deadline deadline) {
    int merges = 0;
    auto reply = co_await send(read_request(connection_, ticket.remote_id), login, deadline);
    while (follow(reply, ticket, merges)) {
      reply = co_await send(read_request(connection_, ticket.remote_id), login, deadline);
    }
    auto shown = read_ticket(reply, Call::look_up, connection_, draft);
    if (!shown && shown.error().kind == OutcomeKind::rejected) co_return outcome(OutcomeKind::absent, "");
    if (!shown) co_return shown.error();
    Outcome found = outcome(OutcomeKind::done, "");
    found.ticket = std::move(shown->ticket);
    co_return found;
  }

  // Never `absent`, which would make another ticket.
  [[nodiscard]] Outcome endless() const {
    const std::string by = connection_.key_field.empty() ? "subject" : connection_.key_field;
    return outcome(OutcomeKind::misconfigured,
                   fmt::format("a look-up by {} has no end: the system seems not to search by it", by),
                   "key_field must name a single-line additional field of requests, by its API name");
  }

  [[nodiscard]] Outcome key_is_never_shown() const {
    if (connection_.key_field.empty())
      return outcome(OutcomeKind::misconfigured, "requests show no description",
                     "the owner of the token must see it, since the key ends it");
    return outcome(OutcomeKind::misconfigured,
                   fmt::format("requests show no field {}", connection_.key_field),
                   "key_field must name a single-line additional field of requests that the user may see");
  }

  Task<Outcome> make_ticket(const TicketDraft& draft, const Credentials& login, Deadline deadline) {
    std::vector<std::string> left_out;
    auto reply = co_await send(create_request(connection_, draft, left_out), login, deadline);
    // Refused as a whole, so nothing was made: this is no second ticket. It ends, since each round leaves out
    // more.
    for (;;) {
      const auto refused = refused_optional_fields(reply, connection_);
      const auto known = left_out.size();
      for (const std::string& field : refused) {
        if (std::ranges::find(left_out, field) == left_out.end()) left_out.push_back(field);
      }
      if (left_out.size() == known) break;
      reply = co_await send(create_request(connection_, draft, left_out), login, deadline);
    }
    auto shown = read_ticket(reply, Call::write, connection_, draft);
    if (!shown) co_return shown.error();
    if (shown->key != Key::ours) {
      const auto back = co_await send(read_request(connection_, shown->ticket.remote_id), login, deadline);
      auto read = read_ticket(back, Call::look_up, connection_, draft);
      // It exists, but whether it can be found again only a look-up can tell.
      if (!read) co_return unclear(Call::write, "made, but not read back: " + read.error().message);
      *shown = std::move(*read);
    }
    if (shown->key != Key::ours) co_return lost_key(shown->ticket);
    Outcome made = outcome(OutcomeKind::done, "");
    made.ticket = std::move(shown->ticket);
    if (!left_out.empty())
      made.message = fmt::format("the instance refuses {}: left out", join(left_out, ", "));
    co_return made;
  }

  [[nodiscard]] Outcome lost_key(const RemoteTicket& ticket) const {
    if (connection_.key_field.empty())
      return made_without_key(ticket, "its description", "set a key_field in [[connection]]");
    return made_without_key(ticket, connection_.key_field,
                            "let key_field name a single-line field of at least 64 characters");
  }

  // The ticket's notes; where it was merged away, those of the one it went into.
  Task<Outcome> look_for_note(RemoteTicket ticket, const std::string& marker, const Credentials& login,
                              Deadline deadline) {
    std::size_t start = 1;
    int merges = 0;
    for (int read = 0; read < most_notes;) {
      const auto reply = co_await send(notes_request(connection_, ticket.remote_id, start), login, deadline);
      if (follow(reply, ticket, merges)) continue;
      const auto notes = read_notes(reply);
      if (!notes) co_return notes.error();
      // The list does not show what notes say; each is read, the newest first.
      for (auto id = notes->ids.rbegin(); id != notes->ids.rend(); ++id, ++read) {
        const auto note =
            co_await send(read_note_request(connection_, ticket.remote_id, *id), login, deadline);
        const auto ours = note_has(note, marker);
        if (!ours) co_return ours.error();
        if (*ours) co_return done_on(ticket, merges);
      }
      if (!notes->more) co_return outcome(OutcomeKind::absent, "");
      start += notes->rows;
    }
    co_return outcome(OutcomeKind::rejected,
                      fmt::format("request {} has more notes than can be searched", ticket.number),
                      "look whether the note is there, then drop this delivery or retry it");
  }

  Task<Outcome> make_note(RemoteTicket ticket, const std::string& text, const Credentials& login,
                          Deadline deadline) {
    std::size_t wrapper = 0;
    int merges = 0;
    for (;;) {
      const std::string_view name = note_wrappers[wrapper];
      const auto reply =
          co_await send(note_request(connection_, ticket.remote_id, text, name), login, deadline);
      // Both are refusals as a whole: nothing was added yet.
      if (follow(reply, ticket, merges)) continue;
      if (wrapper + 1 < note_wrappers.size() && refuses_wrapper(reply, name)) {
        ++wrapper;
        continue;
      }
      Outcome made = read_note(reply);
      if (made.kind == OutcomeKind::done) made = done_on(ticket, merges);
      co_return made;
    }
  }

  bool follow(const HttpReply& reply, RemoteTicket& ticket, int& merges) const {
    const std::string parent = merged_into(reply);
    if (parent.empty() || parent == ticket.remote_id || merges >= most_merges) return false;
    ticket = ticket_with_id(connection_, parent);
    ++merges;
    return true;
  }

  static Outcome done_on(const RemoteTicket& ticket, int merges) {
    if (merges == 0) return outcome(OutcomeKind::done, "");
    Outcome made = outcome(OutcomeKind::done, fmt::format("the ticket was merged into {}", ticket.number));
    made.ticket = ticket;
    return made;
  }

  Task<std::vector<TestLine>> check(TestTicket wanted, const Credentials& login, Deadline deadline) {
    const TicketDraft draft = test_draft();
    const auto reply =
        co_await send(list_request(connection_, draft, 1, Descriptions::leave), login, deadline);
    const auto page = read_page(reply, connection_, draft);
    const bool no_field = refuses_key_field(reply, connection_);
    const bool told = page.has_value() || no_field;
    auto lines = way_there(connection_, reply, told ? outcome(OutcomeKind::absent, "") : page.error());
    if (failed(lines)) co_return lines;
    lines.push_back(page ? key_line_of(*page) : line_failed("key field", page.error()));
    if (failed(lines)) co_return lines;
    if (wanted == TestTicket::no) {
      lines.push_back(line_warning("mandatory fields",
                                   "only a test ticket shows which ones the template demands",
                                   "run the test with --ticket"));
      co_return lines;
    }
    co_await try_ticket(draft, login, deadline, lines);
    co_return lines;
  }

  [[nodiscard]] TestLine key_line_of(const Page& page) const {
    if (connection_.key_field.empty())
      return line_warning("key field", "none: the key ends the description, look-ups read tickets one by one",
                          "make a single-line additional field and name it in key_field");
    if (page.rows > page.ours.size())
      return line_warning("key field",
                          fmt::format("a search by {} returns other tickets as well", connection_.key_field),
                          "look-ups then read page after page; name a single-line additional field");
    return line_ok("key field", fmt::format("{} exists and is searched", connection_.key_field));
  }

  Task<void> try_ticket(const TicketDraft& draft, const Credentials& login, Deadline deadline,
                        std::vector<TestLine>& lines) {
    const Outcome made = co_await make_ticket(draft, login, deadline);
    if (made.kind != OutcomeKind::done) {
      lines.push_back(line_failed("test ticket", made));
      co_return;
    }
    const RemoteTicket& ticket = made.ticket;
    lines.push_back(line_ok("mandatory fields", "all are set"));
    if (!made.message.empty()) lines.push_back(line_warning("optional fields", made.message));
    lines.push_back(line_ok("test ticket", fmt::format("{} {}", ticket.number, ticket.url)));
    const auto by_status =
        co_await send(close_by_status_request(connection_, ticket.remote_id), login, deadline);
    auto closed = read_success(by_status, Call::write, About::ticket);
    if (!closed) {
      const auto by_closing =
          co_await send(close_request(connection_, ticket.remote_id, draft.subject), login, deadline);
      closed = read_success(by_closing, Call::write, About::ticket);
    }
    if (closed) lines.push_back(line_ok("test ticket closed", ticket.number));
    if (!closed)
      lines.push_back(line_warning("test ticket closed", closed.error().message,
                                   fmt::format("close {} by hand", ticket.number)));
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
  return std::make_unique<ServiceDeskPlus>(connection, http, secrets);
}

}  // namespace certherald::connector::servicedesk_plus
