#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "connector/classify.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"

// ServiceDesk Plus on-premises, API v3: pure functions from answers to what they mean.
namespace certherald::connector::servicedesk_plus {

struct Found {
  model::RemoteTicket ticket;
  std::string created;  // milliseconds, padded: texts compare by age
};

// One page of a look-up. A search by a field that is not in the view returns everything, so each row's key is
// compared; without a key_field the descriptions tell, in the list or one by one.
struct Page {
  std::vector<Found> ours;
  std::vector<Found> to_read;  // whose description may end with our key
  std::size_t rows = 0;
  bool more = false;
};
[[nodiscard]] std::expected<Page, model::Outcome> read_page(const HttpReply& reply,
                                                            const model::Connection& connection,
                                                            const model::TicketDraft& draft);

// Whether the instance refused a list because of the field `name`.
[[nodiscard]] bool refuses_field(const HttpReply& reply, std::string_view name);
[[nodiscard]] bool refuses_key_field(const HttpReply& reply, const model::Connection& connection);

// What a ticket shows of our key.
enum class Key : std::uint8_t {
  ours,
  other,      // none, or another's
  not_shown,  // the answer does not hold the place where it would stand
};

// The key at the end of a description: HTML as the server kept it.
[[nodiscard]] Key key_in_description(std::string_view html, const model::TicketDraft& draft);

// A ticket as a create or a read shows it.
struct Shown {
  model::RemoteTicket ticket;
  Key key = Key::not_shown;
};
[[nodiscard]] std::expected<Shown, model::Outcome> read_ticket(const HttpReply& reply, Call call,
                                                               const model::Connection& connection,
                                                               const model::TicketDraft& draft);

// Optional fields that the instance refused in a create, by our names; empty where it refused for any other
// reason, so that nothing would be won by leaving them out.
[[nodiscard]] std::vector<std::string> refused_optional_fields(const HttpReply& reply,
                                                               const model::Connection& connection);

struct Notes {
  std::vector<std::string> ids;
  std::size_t rows = 0;
  bool more = false;
};
[[nodiscard]] std::expected<Notes, model::Outcome> read_notes(const HttpReply& reply);

// Whether one note holds the marker. A note that was deleted meanwhile does not.
[[nodiscard]] std::expected<bool, model::Outcome> note_has(const HttpReply& reply, std::string_view marker);

[[nodiscard]] model::Outcome read_note(const HttpReply& reply);

// Whether a note was refused for its wrapper, as builds that know another one do.
[[nodiscard]] bool refuses_wrapper(const HttpReply& reply, std::string_view wrapper);

// The record of a ticket of which only the id is known.
[[nodiscard]] model::RemoteTicket ticket_with_id(const model::Connection& connection,
                                                 const std::string& remote_id);

}  // namespace certherald::connector::servicedesk_plus
