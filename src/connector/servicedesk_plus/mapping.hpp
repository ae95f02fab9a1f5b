#pragma once

#include <string>
#include <vector>

#include "connector/reply.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/http.hpp"

// ServiceDesk Plus on-premises, API v3: pure functions from our words to requests and from answers to
// outcomes.
namespace certherald::connector::servicedesk_plus {

// Requests without credentials. The JSON travels as the one form field `input_data`, percent-encoded; in the
// query for GET.
[[nodiscard]] net::HttpRequest list_request(const model::Connection& connection,
                                            const model::TicketDraft& draft, int start_index);
[[nodiscard]] net::HttpRequest read_request(const model::Connection& connection,
                                            const std::string& remote_id);
[[nodiscard]] net::HttpRequest create_request(const model::Connection& connection,
                                              const model::TicketDraft& draft,
                                              const std::vector<std::string>& left_out);
[[nodiscard]] net::HttpRequest notes_request(const model::Connection& connection,
                                             const std::string& remote_id);
[[nodiscard]] net::HttpRequest read_note_request(const model::Connection& connection,
                                                 const std::string& remote_id, const std::string& note_id);
[[nodiscard]] net::HttpRequest note_request(const model::Connection& connection, const std::string& remote_id,
                                            const std::string& text);

// One page of a look-up. A search by a field that is not in the view returns everything, so each row's key is
// compared; without a key_field rows with our subject are candidates whose description must be read.
struct Page {
  std::vector<model::RemoteTicket> ours;     // carry the key
  std::vector<model::RemoteTicket> to_read;  // may carry it at the end of their description
  bool more = false;
};
[[nodiscard]] std::expected<Page, model::Outcome> read_page(const HttpReply& reply,
                                                            const model::Connection& connection,
                                                            const model::TicketDraft& draft);

// Whether the description of a request that was read ends with our key.
[[nodiscard]] std::expected<bool, model::Outcome> carries_key(const HttpReply& reply,
                                                              const model::TicketDraft& draft);

// Optional fields that the instance refused in a create, by our names; empty where it refused for another
// reason.
[[nodiscard]] std::vector<std::string> refused_optional_fields(const HttpReply& reply,
                                                               const model::Connection& connection);

[[nodiscard]] model::Outcome read_create(const HttpReply& reply, const model::Connection& connection,
                                         const model::TicketDraft& draft);
[[nodiscard]] std::expected<std::vector<std::string>, model::Outcome> read_note_ids(const HttpReply& reply);
[[nodiscard]] std::expected<bool, model::Outcome> note_has(const HttpReply& reply, const std::string& marker);
[[nodiscard]] model::Outcome read_note(const HttpReply& reply);

}  // namespace certherald::connector::servicedesk_plus
