#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "model/verdict.hpp"

namespace certherald::model {

// What is told, in no system's own terms. Text is well-formed UTF-8 with "\n" line ends.
struct TicketDraft {
  std::string key;      // lower-hex SHA-256: the ticket's identity in the remote system
  std::string subject;  // one line
  std::string body;     // plain text; the connector turns it into what its system shows
  Severity severity = Severity::medium;
  int urgency = 2;  // 1 high, 2 medium, 3 low: follows the date for expiry
  int impact = 2;   // 1 high, 2 medium, 3 low
  std::map<std::string, std::string>
      values;  // what templates of connection fields may use: owner, host, check, ...

  friend bool operator==(const TicketDraft&, const TicketDraft&) = default;
};

enum class DeliveryKind : std::uint8_t { create, note };

// pending: not sent. sending: intent committed, the request may or may not have been made. unknown: it
// was made and its outcome is not known. done, parked: final (a person may retry a parked one);
// dropped: a person gave it up.
enum class DeliveryState : std::uint8_t { pending, sending, unknown, done, parked, dropped };

// A notice on its way to one connection: a row of the outbox.
struct Delivery {
  DeliveryId id;
  NoticeId notice;
  std::string connection;
  DeliveryKind kind = DeliveryKind::create;
  TicketDraft draft;  // for a note: `body` is the note, `key` the ticket it goes to
  DeliveryState state = DeliveryState::pending;
  int attempts = 0;  // requests whose intent was committed
  int creates = 0;   // of those, creates or notes actually sent
  Instant created_at{};
  Instant next_at{};               // not before this
  std::optional<Instant> sent_at;  // intent of the last request
  std::string last_error;          // one line; what parked it, where parked

  friend bool operator==(const Delivery&, const Delivery&) = default;
};

// What the remote system was found to hold, or made, for one key.
struct RemoteTicket {
  std::string remote_id;
  std::string number;  // as people say it
  std::string url;     // for people; may be ""
  std::string status;  // the system's own word
  bool open = true;

  friend bool operator==(const RemoteTicket&, const RemoteTicket&) = default;
};

// Our record of one ticket in a ticketing system.
struct Ticket {
  TicketId id;
  std::string connection;
  std::string key;
  FindingId finding;
  std::string subject;
  RemoteTicket remote;
  int duplicates = 0;  // further tickets found in the remote system with the same key
  Instant created_at{};
  Instant updated_at{};

  friend bool operator==(const Ticket&, const Ticket&) = default;
};

// What became of one call of a connector, as coarse as the outbox acts on it.
enum class OutcomeKind : std::uint8_t {
  done,           // and the answer was verified
  absent,         // look-up only: the system surely holds no such ticket or note
  not_sent,       // surely not made: name, connect, TLS
  rejected,       // refused for what it says: sending it again cannot help
  auth_failed,    // credentials: nothing of this connection can go
  throttled,      // slow down: `retry_after`
  unknown,        // it may have been made
  unavailable,    // look-up only: failed in a way that may pass
  misconfigured,  // HTML, redirect, wrong path: the URL or the system is not what we think
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::unknown;
  RemoteTicket ticket;                 // where done: of create and find
  int duplicates = 0;                  // find: how many more tickets carry the key
  std::optional<Seconds> retry_after;  // as the system said
  std::string message;                 // one line for people: what happened; never a secret
  std::string hint;                    // what to do, may be ""

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

[[nodiscard]] std::string_view to_string(DeliveryKind kind);
[[nodiscard]] std::string_view to_string(DeliveryState state);
[[nodiscard]] std::string_view to_string(OutcomeKind kind);
[[nodiscard]] std::optional<DeliveryKind> delivery_kind_from(std::string_view text);
[[nodiscard]] std::optional<DeliveryState> delivery_state_from(std::string_view text);

}  // namespace certherald::model
