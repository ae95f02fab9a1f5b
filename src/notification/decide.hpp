#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/certificate.hpp"
#include "model/finding.hpp"
#include "model/notice.hpp"
#include "model/policy.hpp"

namespace certherald::notification {

enum class TicketStanding : std::uint8_t {
  none,      // no ticket and no delivery on its way to one
  waiting,   // its creation, or a note to it, is pending, under way or parked
  open,      // it exists and was last seen open
  closed,    // it exists and was last seen closed
  given_up,  // there is none, since a person dropped its creation
};

// What one connection was told about one finding in its present episode.
struct Told {
  model::FindingId finding;
  std::int64_t episode = 1;
  std::string connection;
  std::int64_t count = 0;                          // notices so far
  Instant last_planned{};                          // planned instant of the latest
  std::int64_t last_period = 0;                    // highest period used
  TicketStanding standing = TicketStanding::none;  // of the ticket that repeat = update keeps alive
};

// A finding with what deciding about it needs beyond itself.
struct Candidate {
  model::Finding finding;
  // For expiry: the certificate's validity.
  Instant not_before{};
  Instant not_after{};
};

// Days since 1970-01-01 of the calendar date that an instant falls on in the task's time zone.
using LocalDay = std::function<std::int64_t(Instant)>;

enum class NewTickets : std::uint8_t { respect_max_new, all };

struct Situation {
  model::CheckKind kind = model::CheckKind::expiry;  // of the task that runs
  Instant now{};
  Instant planned_at{};
  LocalDay local_day;
  NewTickets new_tickets = NewTickets::respect_max_new;
  std::vector<std::string> connections;  // names of the enabled ones
};

struct Decisions {
  std::vector<model::Notice> notices;  // ids and run not set
  std::vector<model::Notice> held;     // due, but beyond max_new
};

// The notices that are due. Pure; the order is that of candidates, then of policies.
// - A candidate that is not showing (model::is_showing) or is accepted is not told, nor one that is subsumed
// by
//   another showing candidate of the same subject, on a connection that any policy tells about that one.
// - A policy of the task's kind speaks about a finding by its checks, min_severity and, for expiry, within
//   (instants compared in seconds; expired ones are inside).
// - Due: never told in this episode, or `every` has passed since the last notice to that connection:
//   calendar dates between planned instants for d and w, elapsed time else.
// - At most one notice for a finding and connection, whatever the number of policies.
// - repeat = update: create where standing is none; nothing while waiting or given up; else a note, since a
// person may
//   have reopened what was closed: the outbox reads the ticket and adds it only where that is open.
// - repeat = new_ticket: create with period last_period + 1.
// - max_new limits creates of a policy in this call, most urgent first; the rest are held.
[[nodiscard]] Decisions decide(const std::vector<Candidate>& candidates,
                               const std::vector<model::Policy>& policies, const std::vector<Told>& told,
                               const Situation& situation);

// True where the policy's `within` reaches the certificate's end at `now`.
[[nodiscard]] bool is_within(const model::Policy& policy, Instant not_before, Instant not_after, Instant now);

// The ticket's identity before hashing: "v1\n<installation>\n<check>\n<subject>\n<episode>\n<period>".
[[nodiscard]] std::string ticket_key_text(const std::string& installation, const model::Finding& finding,
                                          std::int64_t period);

}  // namespace certherald::notification
