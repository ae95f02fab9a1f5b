#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "connector/classify.hpp"
#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"

// ServiceNow's Table API, version 2: pure functions from answers to what they mean. An answer is a success
// only where it is application/json with a `result` and without an `error`, whatever its status says.
namespace certherald::connector::servicenow {

// A condition that the system does not know is dropped by it, and strangers come back: every row's key is
// compared byte for byte.
[[nodiscard]] model::Outcome read_find(const HttpReply& reply, const model::Connection& connection,
                                       const model::TicketDraft& draft);

// What is too long or unknown is cut or dropped without a word: the key that came back is compared.
[[nodiscard]] model::Outcome read_create(const HttpReply& reply, const model::Connection& connection,
                                         const model::TicketDraft& draft);

struct JournalPage {
  bool has_marker = false;
  std::size_t rows = 0;
};
[[nodiscard]] std::expected<JournalPage, model::Outcome> read_journal(const HttpReply& reply,
                                                                      const model::RemoteTicket& ticket,
                                                                      std::string_view marker);
[[nodiscard]] model::Outcome read_note(const HttpReply& reply, const model::RemoteTicket& ticket);

// What the dictionary says of the connection's fields, for people.
[[nodiscard]] std::vector<TestLine> read_dictionary(const HttpReply& reply,
                                                    const model::Connection& connection);
// Whether a PATCH set the state.
[[nodiscard]] model::Outcome read_state(const HttpReply& reply, std::string_view state);

}  // namespace certherald::connector::servicenow
