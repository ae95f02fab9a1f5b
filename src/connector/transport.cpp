#include "connector/transport.hpp"

#include "connector/reply.hpp"

namespace certherald::connector {
namespace {

using model::OutcomeKind;

TestLine line(std::string what, const model::Outcome& outcome, OutcomeKind wanted, std::string good) {
  TestLine made;
  made.what = std::move(what);
  made.state = outcome.kind == wanted ? TestLine::State::ok : TestLine::State::failed;
  made.detail = outcome.kind == wanted ? std::move(good) : outcome.message;
  if (outcome.kind != wanted) made.hint = outcome.hint;
  return made;
}

model::TicketDraft test_draft(std::string key) {
  model::TicketDraft draft;
  draft.key = std::move(key);
  draft.subject = "Certherald connection test";
  draft.body = "This is a test ticket of Certherald. Nothing is wrong; please close it.";
  draft.severity = model::Severity::info;
  draft.urgency = 3;
  draft.impact = 3;
  return draft;
}

}  // namespace

void use_connection(net::HttpRequest& request, const model::Connection& connection) {
  request.ca_file = connection.ca_file;
  request.client_cert = connection.client_cert;
  request.client_key = connection.client_key;
  request.proxy = connection.proxy;
}

model::Outcome missing_secret(const Error& error) {
  return outcome(OutcomeKind::auth_failed, error.message, error.hint);
}

net::Task<std::vector<TestLine>> run_test(Connector& connector, const model::Connection& connection,
                                          TestTicket ticket, net::Deadline deadline) {
  std::vector<TestLine> lines;
  // A key of our shape that no problem has.
  const model::TicketDraft nobody = test_draft(std::string(64, '0'));
  const model::Outcome looked_up = co_await connector.find(nobody, deadline);
  const bool found_test = looked_up.kind == OutcomeKind::done;
  lines.push_back(
      line("look-up", looked_up, found_test ? OutcomeKind::done : OutcomeKind::absent,
           fmt::format("{} answers, takes the credentials and can be searched by our key", connection.url)));
  if (ticket == TestTicket::no || lines.back().state == TestLine::State::failed) co_return lines;
  if (found_test) {
    lines.push_back(
        {TestLine::State::ok, "test ticket", looked_up.ticket.number + " of an earlier test is there", ""});
    co_return lines;
  }
  const model::Outcome made = co_await connector.create(nobody, deadline);
  lines.push_back(line("test ticket", made, OutcomeKind::done, made.ticket.number + " " + made.ticket.url));
  co_return lines;
}

}  // namespace certherald::connector
