// Answers of ServiceNow.

#include "connector/servicenow/replies.hpp"

#include "reply_input.hpp"

using namespace certherald;
using namespace certherald::connector;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace snow = servicenow;
  const HttpReply reply = fuzz::reply_of({data, size});
  model::Connection connection;
  connection.type = model::ConnectionType::servicenow;
  connection.url = "https://example.service-now.com";
  connection.key_field = "correlation_id";
  model::TicketDraft draft;
  draft.key = std::string(64, 'a');
  model::RemoteTicket ticket;
  ticket.remote_id = "0123456789abcdef0123456789abcdef";
  for (const auto& outcome :
       {snow::read_find(reply, connection, draft), snow::read_create(reply, connection, draft)}) {
    fuzz::check(outcome, reply);
    const std::string& id = outcome.ticket.remote_id;
    const bool good = id.size() == 32 && id.find_first_not_of("0123456789abcdef") == id.npos;
    if (outcome.kind == model::OutcomeKind::done && !good) std::abort();
  }
  fuzz::check(snow::read_note(reply, ticket), reply);
  fuzz::check(snow::read_state(reply, "8"), reply);
  if (const auto page = snow::read_journal(reply, ticket, "[op:01234567]"); !page)
    fuzz::check(page.error(), reply);
  if (snow::read_dictionary(reply, connection).empty()) std::abort();
  return 0;
}
