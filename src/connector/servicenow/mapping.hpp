#pragma once

#include <string>

#include "connector/reply.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/http.hpp"

// ServiceNow's Table API (v2 semantics): pure functions from our words to requests and from answers to
// outcomes.
namespace certherald::connector::servicenow {

// Requests without credentials; `send` adds them.
[[nodiscard]] net::HttpRequest find_request(const model::Connection& connection,
                                            const model::TicketDraft& draft);
[[nodiscard]] net::HttpRequest create_request(const model::Connection& connection,
                                              const model::TicketDraft& draft);
[[nodiscard]] net::HttpRequest find_note_request(const model::Connection& connection,
                                                 const model::RemoteTicket& ticket);
[[nodiscard]] net::HttpRequest note_request(const model::Connection& connection,
                                            const model::RemoteTicket& ticket, const std::string& text);

// An invalid condition of a query is dropped by the system, which then returns strangers: every row's key is
// compared byte for byte. The oldest open row is ours, else the oldest; the rest are counted.
[[nodiscard]] model::Outcome read_find(const HttpReply& reply, const model::Connection& connection,
                                       const model::TicketDraft& draft);
[[nodiscard]] model::Outcome read_create(const HttpReply& reply, const model::Connection& connection,
                                         const model::TicketDraft& draft);
[[nodiscard]] model::Outcome read_find_note(const HttpReply& reply, const std::string& marker);
[[nodiscard]] model::Outcome read_note(const HttpReply& reply, const model::RemoteTicket& ticket);

}  // namespace certherald::connector::servicenow
