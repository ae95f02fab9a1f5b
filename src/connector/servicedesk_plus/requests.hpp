#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/http.hpp"

// ServiceDesk Plus on-premises, API v3: pure functions from our words to requests, without credentials. The
// JSON travels as the one form field `input_data`, percent-encoded: in the body of POST and PUT, in the query
// of GET.
namespace certherald::connector::servicedesk_plus {

inline constexpr int page_size = 100;  // the most that a list gives at once
inline constexpr std::size_t subject_length = 250;

// The subject as it is sent: one line, cut with an ellipsis.
[[nodiscard]] std::string subject_of(const model::TicketDraft& draft);

// The line that ends a description where no field holds our key.
[[nodiscard]] std::string key_line(const model::TicketDraft& draft);

// Plain text as HTML: every character that means something there is escaped, line ends become <br>.
[[nodiscard]] std::string as_html(std::string_view text);

// Whether a list shows descriptions differs by build; where it cannot, asking for them is refused.
enum class Descriptions : std::uint8_t { ask, leave };

// One page of the tickets with our key, or without key_field with our subject, oldest first; `start_index`
// counts from 1.
[[nodiscard]] net::HttpRequest list_request(const model::Connection& connection,
                                            const model::TicketDraft& draft, std::size_t start_index,
                                            Descriptions descriptions);
[[nodiscard]] net::HttpRequest read_request(const model::Connection& connection,
                                            const std::string& remote_id);

// `left_out`: fields of the connection that the instance refuses, by our names.
[[nodiscard]] net::HttpRequest create_request(const model::Connection& connection,
                                              const model::TicketDraft& draft,
                                              const std::vector<std::string>& left_out);

// Whether a field of a connection may be left out where an instance refuses it: a ticket without its priority
// still reaches its people, one without its group does not.
[[nodiscard]] bool is_optional(std::string_view field);

[[nodiscard]] net::HttpRequest notes_request(const model::Connection& connection,
                                             const std::string& remote_id, std::size_t start_index);
[[nodiscard]] net::HttpRequest read_note_request(const model::Connection& connection,
                                                 const std::string& remote_id, const std::string& note_id);

// `wrapper`: "note"; builds before 14000 may know "request_note" only.
[[nodiscard]] net::HttpRequest note_request(const model::Connection& connection, const std::string& remote_id,
                                            const std::string& text, std::string_view wrapper);

// Two ways to close a request; an instance takes one or both.
[[nodiscard]] net::HttpRequest close_by_status_request(const model::Connection& connection,
                                                       const std::string& remote_id);
[[nodiscard]] net::HttpRequest close_request(const model::Connection& connection,
                                             const std::string& remote_id, const std::string& comment);

}  // namespace certherald::connector::servicedesk_plus
