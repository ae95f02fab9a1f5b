#include "outbox/machine.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace certherald::outbox {
namespace {

using model::Delivery;
using model::DeliveryKind;
using model::DeliveryState;
using model::Outcome;
using model::OutcomeKind;
using model::Ticket;

// Full jitter: anything from 0 to min(cap, base * 2^attempt). What the system asked for goes first, in
// bounds.
Seconds backoff(int attempt, const std::optional<Seconds>& retry_after, const Limits& limits,
                Random& random) {
  if (retry_after) return std::clamp(*retry_after, Seconds(1), limits.retry_after_cap);
  const int doublings = std::clamp(attempt, 0, 20);
  const std::int64_t most = std::min(limits.cap.count(), limits.base.count() << doublings);
  return Seconds(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1)));
}

Step wait_until(Delivery delivery, Instant at, const std::string& error) {
  delivery.next_at = at;
  if (!error.empty()) delivery.last_error = single_line(error);
  return {Action::wait, std::move(delivery), {}, {}, false};
}

Step park(Delivery delivery, const std::string& error) {
  delivery.state = DeliveryState::parked;
  delivery.last_error = single_line(error);
  return {Action::finish, std::move(delivery), {}, {}, false};
}

Step send(Delivery delivery, Instant now) {
  delivery.state = DeliveryState::sending;
  delivery.sent_at = now;
  ++delivery.attempts;
  ++delivery.creates;
  return {Action::send, std::move(delivery), {}, {}, false};
}

Step look_up(Delivery delivery) { return {Action::look_up, std::move(delivery), {}, {}, false}; }

Step read_ticket(Delivery delivery) { return {Action::read_ticket, std::move(delivery), {}, {}, false}; }

std::string told(const Outcome& outcome) {
  if (outcome.hint.empty()) return outcome.message;
  return outcome.message + " (" + outcome.hint + ")";
}

// The ticket as an answer shows it.
Ticket ticket_of(const Delivery& delivery, const std::optional<Ticket>& known, const Outcome& outcome,
                 Instant now) {
  Ticket ticket;
  if (known) {
    ticket = *known;
  } else {
    ticket.connection = delivery.connection;
    ticket.key = delivery.draft.key;
    ticket.subject = delivery.draft.subject;
    ticket.created_at = now;
  }
  if (!outcome.ticket.remote_id.empty()) ticket.remote = outcome.ticket;
  ticket.duplicates = std::max(ticket.duplicates, outcome.duplicates);
  ticket.updated_at = now;
  return ticket;
}

Step finish(Delivery delivery, const std::optional<Ticket>& known, const Outcome& outcome, Instant now) {
  delivery.state = DeliveryState::done;
  delivery.last_error = single_line(outcome.message);
  Ticket ticket = ticket_of(delivery, known, outcome, now);
  return {Action::finish, std::move(delivery), std::move(ticket), {}, false};
}

// What stops everything of the connection, whatever was asked. The pause is the circuit's, not the row's:
// once a person mended the cause, the next run need not wait.
Step stopped(Delivery delivery, const Outcome& outcome, Instant now) {
  Step step = wait_until(std::move(delivery), now, told(outcome));
  step.open_circuit = true;
  return step;
}

// Being told to slow down lengthens the pauses, but is no failed try: it never counts as far as to park.
Step throttled(Delivery delivery, const Outcome& outcome, Instant now, const Limits& limits, Random& random) {
  constexpr int most_counted = 10;
  if (delivery.attempts < std::min(most_counted, limits.max_attempts)) ++delivery.attempts;
  const Seconds pause = std::max(Seconds(1), backoff(delivery.attempts, outcome.retry_after, limits, random));
  Step step = wait_until(std::move(delivery), now + pause, told(outcome));
  step.pause_connection = pause;
  return step;
}

// After a failure that may pass. A person must look only when it lasted long and was tried often.
Step try_later(Delivery delivery, const Outcome& outcome, Instant now, const Limits& limits, Random& random) {
  if (delivery.attempts > limits.max_attempts && now - delivery.created_at >= limits.patience) {
    const int tries = delivery.attempts;
    return park(
        std::move(delivery),
        fmt::format("given up after {} tries: {}; once the system answers, `certherald delivery retry`",
                    tries, told(outcome)));
  }
  const Seconds pause = std::max(Seconds(1), backoff(delivery.attempts, outcome.retry_after, limits, random));
  return wait_until(std::move(delivery), now + pause, told(outcome));
}

// Nothing was made: send, unless that was tried often enough for a person to look.
Step send_or_park(Delivery delivery, Instant now, const Limits& limits) {
  if (delivery.creates < limits.max_sends) return send(std::move(delivery), now);
  const std::string error = fmt::format(
      "sent {} times, and each time the outcome was lost and nothing was found afterwards: {}; look into the "
      "system, then `certherald delivery retry` or `drop`",
      delivery.creates, delivery.last_error);
  return park(std::move(delivery), error);
}

// A note is for a ticket that is open: what a person closed is left alone.
Step add_or_leave(Delivery delivery, Ticket ticket, Instant now, const Limits& limits) {
  if (ticket.remote.open) {
    Step step = send_or_park(std::move(delivery), now, limits);
    step.ticket = std::move(ticket);
    return step;
  }
  delivery.state = DeliveryState::done;
  delivery.last_error =
      single_line(fmt::format("not added: the ticket is closed there ({})", ticket.remote.status));
  return {Action::finish, std::move(delivery), std::move(ticket), {}, false};
}

// After a look-up or a read that told nothing.
Step after_failed_read(Delivery delivery, const Outcome& outcome, Instant now, const Limits& limits,
                       Random& random) {
  switch (outcome.kind) {
    case OutcomeKind::done:
    case OutcomeKind::absent:
    case OutcomeKind::rejected:
      return park(std::move(delivery), told(outcome));
    case OutcomeKind::auth_failed:
    case OutcomeKind::misconfigured:
      return stopped(std::move(delivery), outcome, now);
    case OutcomeKind::throttled:
      return throttled(std::move(delivery), outcome, now, limits, random);
    case OutcomeKind::not_sent:
    case OutcomeKind::unknown:
    case OutcomeKind::unavailable:
      ++delivery.attempts;
      return try_later(std::move(delivery), outcome, now, limits, random);
  }
  return park(std::move(delivery), told(outcome));
}

Step after_look_up(Delivery delivery, const Outcome& outcome, const std::optional<Ticket>& known, Instant now,
                   const Limits& limits, Random& random) {
  if (outcome.kind == OutcomeKind::done) return finish(std::move(delivery), known, outcome, now);
  if (outcome.kind != OutcomeKind::absent)
    return after_failed_read(std::move(delivery), outcome, now, limits, random);
  if (delivery.kind == DeliveryKind::note) return read_ticket(std::move(delivery));
  return send_or_park(std::move(delivery), now, limits);
}

Step after_read_ticket(Delivery delivery, const Outcome& outcome, const std::optional<Ticket>& known,
                       Instant now, const Limits& limits, Random& random) {
  if (outcome.kind == OutcomeKind::absent) return send_or_park(std::move(delivery), now, limits);
  if (outcome.kind != OutcomeKind::done)
    return after_failed_read(std::move(delivery), outcome, now, limits, random);
  Ticket ticket = ticket_of(delivery, known, outcome, now);
  return add_or_leave(std::move(delivery), std::move(ticket), now, limits);
}

Step after_send(Delivery delivery, const Outcome& outcome, const std::optional<Ticket>& known, Instant now,
                const Limits& limits, Random& random) {
  switch (outcome.kind) {
    case OutcomeKind::done:
      return finish(std::move(delivery), known, outcome, now);
    case OutcomeKind::rejected:
      return park(std::move(delivery), told(outcome));
    case OutcomeKind::auth_failed:
      // Refused before anything was made: as if it had not been sent.
      --delivery.creates;
      --delivery.attempts;
      delivery.state = DeliveryState::pending;
      return stopped(std::move(delivery), outcome, now);
    case OutcomeKind::throttled:
      --delivery.creates;
      --delivery.attempts;
      delivery.state = DeliveryState::pending;
      return throttled(std::move(delivery), outcome, now, limits, random);
    case OutcomeKind::not_sent:
      --delivery.creates;
      delivery.state = DeliveryState::pending;
      return try_later(std::move(delivery), outcome, now, limits, random);
    case OutcomeKind::misconfigured: {
      // It reached something that answered wrongly: whether that made a ticket is not known.
      delivery.state = DeliveryState::unknown;
      Step step = stopped(std::move(delivery), outcome, now);
      step.delivery.next_at = now + limits.settle;
      return step;
    }
    case OutcomeKind::absent:
    case OutcomeKind::unavailable:
    case OutcomeKind::unknown:
      delivery.state = DeliveryState::unknown;
      return wait_until(std::move(delivery), now + limits.settle, told(outcome));
  }
  return park(std::move(delivery), told(outcome));
}

}  // namespace

Step begin(const Delivery& delivery, const std::optional<Ticket>& known, Instant now, const Limits& limits) {
  if (delivery.state == DeliveryState::sending) {
    // Cut off between the intent and its outcome: the request may have been made.
    Delivery unknown = delivery;
    unknown.state = DeliveryState::unknown;
    const Instant settled = delivery.sent_at.value_or(now) + limits.settle;
    if (settled > now) return wait_until(std::move(unknown), settled, "cut off while it was sent");
    return look_up(std::move(unknown));
  }
  switch (delivery.kind) {
    case DeliveryKind::create:
      return look_up(delivery);
    case DeliveryKind::note:
      if (!known) return park(delivery, "there is no ticket to add this note to: `certherald delivery drop`");
      // One that a person retries is pending again, and a request for it may have been made.
      if (delivery.state == DeliveryState::unknown || delivery.creates > 0) return look_up(delivery);
      return read_ticket(delivery);
  }
  return look_up(delivery);
}

Step next(const Delivery& delivery, Action taken, const Outcome& outcome, const std::optional<Ticket>& known,
          Instant now, const Limits& limits, Random& random) {
  switch (taken) {
    case Action::look_up:
      return after_look_up(delivery, outcome, known, now, limits, random);
    case Action::read_ticket:
      return after_read_ticket(delivery, outcome, known, now, limits, random);
    case Action::send:
      return after_send(delivery, outcome, known, now, limits, random);
    case Action::wait:
    case Action::finish:
      break;
  }
  return wait_until(delivery, now + limits.base, delivery.last_error);
}

std::string note_marker(const Delivery& delivery) {
  // FNV-1a over the key and the row: the same after every restart, and enough to tell notes of one ticket
  // apart.
  std::uint32_t hash = 2'166'136'261U;
  const auto mix = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16'777'619U; };
  for (const std::uint8_t byte : as_bytes(delivery.draft.key)) mix(byte);
  for (unsigned shift = 0; shift < 64; shift += 8) mix(static_cast<std::uint8_t>(delivery.id.value >> shift));
  return fmt::format("[op:{:08x}]", hash);
}

}  // namespace certherald::outbox
