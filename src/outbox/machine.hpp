#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/delivery.hpp"

namespace certherald::outbox {

// The life of one delivery as a pure machine: it is asked for the next step, the delivery loop performs it
// and feeds the outcome back. Every state that it returns is committed before the step is performed.
enum class Action : std::uint8_t {
  look_up,      // Connector::find (create) or find_note (note): reads only
  read_ticket,  // Connector::read of the ticket that a note is for: reads only
  send,    // Connector::create or add_note; `delivery` says sending and is committed first, with `ticket`
  wait,    // until delivery.next_at; `delivery` is committed and its lease released
  finish,  // delivery is done or parked; committed with `ticket`, lease released
};

struct Step {
  Action action = Action::wait;
  model::Delivery delivery;
  std::optional<model::Ticket> ticket;      // to be stored with it; known from then on
  std::optional<Seconds> pause_connection;  // throttled: nothing of this connection before now + this
  bool open_circuit =
      false;  // auth_failed or misconfigured: nothing of this connection until a probe succeeds
};

struct Limits {
  Seconds base{2};  // full jitter: rand(0, min(cap, base * 2^n))
  Seconds cap{900};
  Seconds settle{15};  // wait before an unknown outcome is looked up
  Seconds retry_after_cap{3'600};
  int max_sends = 5;  // requests that may have made something, each after a look-up found nothing
  // Failures that may pass park a delivery only after this many tries and this long: a system that is down
  // over a weekend gets everything when it is back.
  int max_attempts = 50;
  Seconds patience{7 * 86'400};  // since the delivery was made
};

// The first step of a claimed delivery. A create is always looked up first (ensure, not create); one that is
// found in `sending` was cut off and is unknown. A note whose ticket was never made, since a person dropped
// its creation, is parked: order for one key is strict, so nothing earlier can still make it. Before a note
// is sent its ticket is read: where a person closed it the note is done without a word in that system. One
// that cannot be read is written to as it is known; a system that has it no more refuses that.
[[nodiscard]] Step begin(const model::Delivery& delivery, const std::optional<model::Ticket>& known,
                         Instant now, const Limits& limits);

// The step after `taken` had `outcome`.
[[nodiscard]] Step next(const model::Delivery& delivery, Action taken, const model::Outcome& outcome,
                        const std::optional<model::Ticket>& known, Instant now, const Limits& limits,
                        Random& random);

// "[op:<8 hex>]": what marks a note so that it can be found again. Made of the delivery's key and id.
[[nodiscard]] std::string note_marker(const model::Delivery& delivery);

}  // namespace certherald::outbox
