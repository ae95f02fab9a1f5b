#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "connector/secret.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/http.hpp"

namespace certherald::connector {

// One line of what `connection test` found.
struct TestLine {
  enum class State : std::uint8_t { ok, warning, failed };
  State state = State::ok;
  std::string what;  // "reachable", "credentials", "mandatory fields", ...
  std::string detail;
  std::string hint;  // the mend, may be ""
};

enum class TestTicket : std::uint8_t { no, yes };

// A ticketing system. Calls may overlap. Every Outcome is verified: `done` means that the system's answer
// was understood and shows our key, never that a status code looked good. Secrets are resolved at each call.
class Connector {
 public:
  virtual ~Connector() = default;

  // The ticket that carries the key: done, absent, or why it could not be told (never `unknown`).
  virtual net::Task<model::Outcome> find(model::TicketDraft draft, net::Deadline deadline) = 0;

  // A ticket that was made, as it is now: by its key, or by its id where a person edited away what the key is
  // found by. done; absent where the system has it no more; or why it could not be told (never `unknown`).
  virtual net::Task<model::Outcome> read(model::RemoteTicket ticket, model::TicketDraft draft,
                                         net::Deadline deadline) = 0;

  // Makes a ticket. Never repeats by itself.
  virtual net::Task<model::Outcome> create(model::TicketDraft draft, net::Deadline deadline) = 0;

  // The note that carries `marker` on a ticket: done or absent.
  virtual net::Task<model::Outcome> find_note(model::RemoteTicket ticket, std::string marker,
                                              net::Deadline deadline) = 0;

  // Adds a note; `marker` is part of its text.
  virtual net::Task<model::Outcome> add_note(model::RemoteTicket ticket, model::TicketDraft note,
                                             std::string marker, net::Deadline deadline) = 0;

  // Reachability, TLS, credentials, the fields configured, and where asked a test ticket.
  virtual net::Task<std::vector<TestLine>> test(TestTicket ticket, net::Deadline deadline) = 0;
};

// Code points of a draft's body that the system shows whole, be it a ticket or a note; 0: no limit is known.
[[nodiscard]] std::size_t longest_body(const model::Connection& connection);

// `http` and `secrets` outlive the connector.
[[nodiscard]] std::unique_ptr<Connector> make_connector(const model::Connection& connection,
                                                        net::HttpClient& http, const SecretSource& secrets);

}  // namespace certherald::connector
