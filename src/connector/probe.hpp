#pragma once

#include <string>
#include <vector>

#include "connector/classify.hpp"
#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"

// The parts of Connector::test that every system has.
namespace certherald::connector {

[[nodiscard]] TestLine line_ok(std::string what, std::string detail);
[[nodiscard]] TestLine line_warning(std::string what, std::string detail, std::string hint = {});
[[nodiscard]] TestLine line_failed(std::string what, const model::Outcome& why);

// What the first look-up shows of the way there: reachable, TLS, answers, credentials; it stops at the first
// that fails. `meaning` is what the look-up came to.
[[nodiscard]] std::vector<TestLine> way_there(const model::Connection& connection, const HttpReply& reply,
                                              const model::Outcome& meaning);
[[nodiscard]] bool failed(const std::vector<TestLine>& lines);

// A ticket that says what it is and carries a key that no problem has.
[[nodiscard]] model::TicketDraft test_draft();

}  // namespace certherald::connector
