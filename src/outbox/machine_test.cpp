#include "outbox/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

namespace certherald::outbox {
namespace {

using model::Delivery;
using model::DeliveryKind;
using model::DeliveryState;
using model::Outcome;
using model::OutcomeKind;
using model::Ticket;

// Jitter that is always the shortest: nothing but the rules keeps steps apart.
class NoJitter final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

constexpr Instant start{Seconds(1'000'000)};

Delivery a_delivery(DeliveryKind kind) {
  Delivery delivery;
  delivery.id.value = 7;
  delivery.connection = "desk";
  delivery.kind = kind;
  delivery.draft.key = "4f";
  delivery.draft.subject = "SSL Certificate shop.example.com expiry";
  return delivery;
}

std::optional<Ticket> known_for(DeliveryKind kind) {
  if (kind == DeliveryKind::create) return std::nullopt;
  Ticket ticket;
  ticket.id.value = 3;
  ticket.connection = "desk";
  ticket.key = "4f";
  ticket.remote.remote_id = "42";
  return ticket;
}

Outcome outcome_of(OutcomeKind kind) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.message = std::string(model::to_string(kind));
  if (kind == OutcomeKind::done) outcome.ticket.remote_id = "42";
  return outcome;
}

// --- Scripts: what a delivery does for a row of outcomes, as text.

std::string describe(const Step& step, Instant now) {
  switch (step.action) {
    case Action::look_up:
      return "look_up";
    case Action::read_ticket:
      return "read";
    case Action::send:
      return "send";
    case Action::wait:
      return fmt::format("wait {} {}", (step.delivery.next_at - now).count(),
                         model::to_string(step.delivery.state));
    case Action::finish:
      return std::string(model::to_string(step.delivery.state));
  }
  return "?";
}

// Begins, feeds one outcome after the other, sleeps through waits; gives all steps.
std::string play(const Delivery& delivery, const std::vector<OutcomeKind>& outcomes, const Limits& limits) {
  NoJitter random;
  Instant now = start;
  const std::optional<Ticket> known = known_for(delivery.kind);
  Step step = begin(delivery, known, now, limits);
  std::string said = describe(step, now);
  std::size_t used = 0;
  while (step.action != Action::finish) {
    if (step.action == Action::wait) {
      now = std::max(now, step.delivery.next_at);
      step = begin(step.delivery, known, now, limits);
    } else {
      if (used == outcomes.size()) return said;
      step = next(step.delivery, step.action, outcome_of(outcomes[used++]), known, now, limits, random);
    }
    said += ", " + describe(step, now);
  }
  return said;
}

TEST(Machine, scripts) {
  using enum OutcomeKind;
  struct Case {
    DeliveryKind kind;
    std::vector<OutcomeKind> outcomes;
    std::string expected;
  };
  constexpr auto create = DeliveryKind::create;
  constexpr auto note = DeliveryKind::note;
  const std::vector<Case> cases = {
      {create, {absent, done}, "look_up, send, done"},
      {create, {done}, "look_up, done"},
      {create, {absent, unknown, done}, "look_up, send, wait 15 unknown, look_up, done"},
      {create, {absent, unknown, absent, done}, "look_up, send, wait 15 unknown, look_up, send, done"},
      {create, {absent, rejected}, "look_up, send, parked"},
      {create, {rejected}, "look_up, parked"},
      {create, {absent, not_sent, absent, done}, "look_up, send, wait 1 pending, look_up, send, done"},
      {create, {absent, throttled, done}, "look_up, send, wait 1 pending, look_up, done"},
      {create, {absent, auth_failed, done}, "look_up, send, wait 0 pending, look_up, done"},
      {create, {absent, misconfigured, done}, "look_up, send, wait 15 unknown, look_up, done"},
      {create, {absent, unavailable}, "look_up, send, wait 15 unknown, look_up"},
      {create, {unavailable, done}, "look_up, wait 1 pending, look_up, done"},
      {note, {done, done}, "read, send, done"},
      {note, {absent, done}, "read, send, done"},
      {note, {absent, rejected}, "read, send, parked"},
      {note, {rejected}, "read, parked"},
      {note, {unavailable, done, done}, "read, wait 1 pending, read, send, done"},
      {note, {auth_failed, done, done}, "read, wait 0 pending, read, send, done"},
      {note, {done, unknown, done}, "read, send, wait 15 unknown, look_up, done"},
      {note, {done, unknown, absent, done, done}, "read, send, wait 15 unknown, look_up, read, send, done"},
      {note, {done, not_sent, done, done}, "read, send, wait 1 pending, read, send, done"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(play(a_delivery(one.kind), one.outcomes, {}), one.expected);
  }
}

TEST(Machine, parks_after_max_sends_that_all_got_lost) {
  using enum OutcomeKind;
  Limits limits;
  limits.max_sends = 2;
  EXPECT_EQ(play(a_delivery(DeliveryKind::create), {absent, unknown, absent, unknown, absent}, limits),
            "look_up, send, wait 15 unknown, look_up, send, wait 15 unknown, look_up, parked");
}

TEST(Machine, a_note_that_may_have_been_made_is_looked_up_also_when_a_person_retries_it) {
  Delivery retried = a_delivery(DeliveryKind::note);
  retried.creates = 1;
  EXPECT_EQ(begin(retried, known_for(DeliveryKind::note), start, {}).action, Action::look_up);
}

TEST(Machine, a_ticket_that_a_person_closed_gets_no_note) {
  NoJitter random;
  const std::optional<Ticket> known = known_for(DeliveryKind::note);
  Outcome closed = outcome_of(OutcomeKind::done);
  closed.ticket.open = false;
  closed.ticket.status = "Resolved";
  const Step begun = begin(a_delivery(DeliveryKind::note), known, start, {});
  const Step left = next(begun.delivery, begun.action, closed, known, start, {}, random);
  EXPECT_EQ(describe(left, start), "done");
  EXPECT_EQ(left.delivery.creates, 0);
  EXPECT_EQ(left.delivery.last_error, "not added: the ticket is closed there (Resolved)");
  EXPECT_EQ(left.ticket.value_or(Ticket()).remote, closed.ticket);

  Outcome reopened = closed;
  reopened.ticket.open = true;
  const Step sent = next(begun.delivery, begun.action, reopened, left.ticket, start, {}, random);
  EXPECT_EQ(sent.action, Action::send);
  EXPECT_EQ(sent.ticket.value_or(Ticket()).remote, reopened.ticket);
}

TEST(Machine, a_note_whose_ticket_was_never_made_is_for_a_person) {
  const Step step = begin(a_delivery(DeliveryKind::note), std::nullopt, start, {});
  EXPECT_EQ(describe(step, start), "parked");
  EXPECT_NE(step.delivery.last_error.find("no ticket"), std::string::npos);
}

TEST(Machine, one_that_was_cut_off_is_looked_up_once_it_settled) {
  Delivery cut = a_delivery(DeliveryKind::create);
  cut.state = DeliveryState::sending;
  cut.sent_at = start - Seconds(5);
  const Step early = begin(cut, std::nullopt, start, {});
  EXPECT_EQ(describe(early, start), "wait 10 unknown");
  EXPECT_EQ(begin(cut, std::nullopt, start + Seconds(10), {}).action, Action::look_up);
}

TEST(Machine, waits_follow_what_the_system_asked_for_within_bounds) {
  NoJitter random;
  const Delivery delivery = a_delivery(DeliveryKind::create);
  const std::vector<std::pair<Seconds, Seconds>> cases = {
      {Seconds(-5), Seconds(1)}, {Seconds(90), Seconds(90)}, {Seconds(1'000'000), Seconds(3'600)}};
  for (const auto& [asked, waited] : cases) {
    Outcome outcome = outcome_of(OutcomeKind::throttled);
    outcome.retry_after = asked;
    const Step step = next(delivery, Action::look_up, outcome, std::nullopt, start, {}, random);
    EXPECT_EQ(step.delivery.next_at, start + waited);
    EXPECT_EQ(step.pause_connection, waited);
  }
}

TEST(Machine, pauses_grow_when_a_system_keeps_throttling_and_never_park) {
  SeededRandom random(1);
  Delivery delivery = a_delivery(DeliveryKind::create);
  Seconds longest{0};
  for (int i = 0; i < 200; ++i) {
    const Step step =
        next(delivery, Action::look_up, outcome_of(OutcomeKind::throttled), std::nullopt, start, {}, random);
    ASSERT_EQ(step.action, Action::wait);
    longest = std::max(longest, step.delivery.next_at - start);
    delivery = step.delivery;
  }
  EXPECT_GT(longest, Seconds(300));
  EXPECT_LE(longest, Limits().cap);
  EXPECT_LT(delivery.attempts, Limits().max_attempts);
}

// The last step of a delivery that is made when its system goes down, and the waits until then.
struct Survival {
  Step end;
  Seconds shortest_wait{1'000'000};
  Seconds longest_wait{0};
};

Survival survive(Seconds outage) {
  SeededRandom random(7);
  Delivery delivery = a_delivery(DeliveryKind::create);
  delivery.created_at = start;
  Instant now = start;
  Survival out;
  Step step = begin(delivery, std::nullopt, now, {});
  while (step.action != Action::finish) {
    if (step.action == Action::wait) {
      out.shortest_wait = std::min(out.shortest_wait, step.delivery.next_at - now);
      out.longest_wait = std::max(out.longest_wait, step.delivery.next_at - now);
      now = std::max(now + Seconds(1), step.delivery.next_at);
      step = begin(step.delivery, std::nullopt, now, {});
      continue;
    }
    const OutcomeKind kind = now < start + outage ? OutcomeKind::not_sent : OutcomeKind::done;
    step = next(step.delivery, step.action, outcome_of(kind), std::nullopt, now, {}, random);
  }
  out.end = step;
  return out;
}

TEST(Machine, an_outage_parks_nothing_until_patience_ends) {
  constexpr Seconds day{86'400};
  for (const auto& [outage, ends] :
       {std::pair(3 * day, DeliveryState::done), std::pair(8 * day, DeliveryState::parked)}) {
    const Survival survival = survive(outage);
    EXPECT_EQ(survival.end.delivery.state, ends);
    EXPECT_GT(survival.end.delivery.attempts, Limits().max_attempts);
    EXPECT_GT(survival.shortest_wait, Seconds(0));
    EXPECT_LE(survival.longest_wait, Limits().cap);
  }
}

TEST(Machine, the_ticket_that_is_stored_is_the_one_that_was_found) {
  NoJitter random;
  Outcome found = outcome_of(OutcomeKind::done);
  found.duplicates = 2;
  const Step step =
      next(a_delivery(DeliveryKind::create), Action::look_up, found, std::nullopt, start, {}, random);
  const Ticket stored = step.ticket.value_or(Ticket());
  EXPECT_EQ(stored.key, "4f");
  EXPECT_EQ(stored.connection, "desk");
  EXPECT_EQ(stored.remote.remote_id, "42");
  EXPECT_EQ(stored.duplicates, 2);
}

TEST(Machine, errors_are_one_line) {
  NoJitter random;
  Outcome refused = outcome_of(OutcomeKind::rejected);
  refused.message = "no\r\nsuch \x1b[31mfield";
  refused.hint = "see settings";
  const Step step =
      next(a_delivery(DeliveryKind::create), Action::send, refused, std::nullopt, start, {}, random);
  EXPECT_EQ(step.delivery.last_error.find_first_of("\r\n\x1b"), std::string::npos);
  EXPECT_NE(step.delivery.last_error.find("(see settings)"), std::string::npos);
}

TEST(Machine, markers_tell_notes_of_one_ticket_apart) {
  Delivery first = a_delivery(DeliveryKind::note);
  Delivery second = first;
  second.id.value = 8;
  EXPECT_EQ(note_marker(first), note_marker(first));
  EXPECT_NE(note_marker(first), note_marker(second));
  EXPECT_EQ(note_marker(first).size(), 13U);
}

// --- Model check: everything that can happen, in every order, against a system that keeps what was made but
// shows it to look-ups only `settle` later.

struct World {
  int made = 0;          // tickets with our key, or notes with our marker
  Instant visible_at{};  // of what was made last
};

struct Moment {
  Delivery stored;           // what a crash leaves
  std::optional<Step> step;  // under way; nothing: the delivery waits to be claimed
  World world;
  Instant now = start;
};

using Fingerprint = std::tuple<DeliveryState, int, int, std::int64_t, std::int64_t, int, DeliveryState, int,
                               int, int, std::int64_t>;

// Two moments with the same fingerprint have the same futures: times count only as distance from now.
Fingerprint fingerprint(const Moment& moment) {
  const auto distance = [&](Instant then) {
    return std::clamp((then - moment.now).count(), std::int64_t{-100}, std::int64_t{1'000});
  };
  const Delivery& d = moment.stored;
  const Delivery& s = moment.step ? moment.step->delivery : d;
  return {d.state,
          d.attempts,
          d.creates,
          d.sent_at ? distance(*d.sent_at) : -101,
          std::max(std::int64_t{0}, distance(d.next_at)),
          moment.step ? static_cast<int>(moment.step->action) : -1,
          s.state,
          s.attempts,
          s.creates,
          moment.world.made,
          std::max(std::int64_t{0}, distance(moment.world.visible_at))};
}

struct Happening {
  OutcomeKind kind;
  bool made;         // the system made it
  bool open = true;  // the ticket that a read shows
};

std::vector<Happening> happenings(Action action, const World& world, Instant now) {
  using enum OutcomeKind;
  if (action == Action::send) {
    return {{done, true},           {unknown, true},     {unknown, false},     {misconfigured, true},
            {misconfigured, false}, {unavailable, true}, {unavailable, false}, {rejected, false},
            {not_sent, false},      {throttled, false},  {auth_failed, false}};
  }
  std::vector<Happening> read = {{unavailable, false}, {unknown, false},     {not_sent, false},
                                 {throttled, false},   {auth_failed, false}, {misconfigured, false},
                                 {rejected, false}};
  if (action == Action::read_ticket) {
    read.insert(read.begin(), {{done, false}, {done, false, false}, {absent, false}});
  } else {
    const bool seen = world.made > 0 && now >= world.visible_at;
    read.insert(read.begin(), {seen ? done : absent, false});
  }
  return read;
}

class Checker {
 public:
  Checker(DeliveryKind kind, Limits limits) : kind_(kind), limits_(limits), known_(known_for(kind)) {}

  void run() {
    Moment first;
    first.stored = a_delivery(kind_);
    visit(first);
    while (!queue_.empty() && !testing::Test::HasFailure()) {
      const Moment moment = std::move(queue_.front());
      queue_.pop_front();
      expand(moment);
    }
  }

  [[nodiscard]] std::size_t moments() const { return seen_.size(); }
  [[nodiscard]] int finished() const { return finished_; }

 private:
  void visit(const Moment& moment) {
    ASSERT_LE(moment.world.made, 1) << "made twice";
    if (seen_.insert(fingerprint(moment)).second) queue_.push_back(moment);
  }

  // Enters a step the way the delivery loop does: everything but a look-up is committed first.
  void enter(Moment moment, Step step) {
    if (step.action != Action::look_up) moment.stored = step.delivery;
    if (step.action == Action::finish) {
      check_end(moment, step);
      return;
    }
    moment.step.reset();
    if (step.action != Action::wait) moment.step = std::move(step);
    visit(moment);
  }

  void check_end(const Moment& moment, const Step& step) {
    ++finished_;
    if (step.delivery.state == DeliveryState::done) {
      const bool left = step.ticket && !step.ticket->remote.open;
      EXPECT_EQ(moment.world.made, left ? 0 : 1) << "said done, and nothing is there";
      EXPECT_EQ(step.ticket.value_or(Ticket()).remote.remote_id, "42");
      return;
    }
    EXPECT_EQ(step.delivery.state, DeliveryState::parked);
    EXPECT_FALSE(step.delivery.last_error.empty());
  }

  void expand(const Moment& moment) {
    if (!moment.step) {
      Moment later = moment;
      later.now = std::max(moment.now, moment.stored.next_at);
      enter(later, begin(later.stored, known_, later.now, limits_));
      return;
    }
    const Action action = moment.step->action;
    for (const Happening& happening : happenings(action, moment.world, moment.now)) {
      Moment after = moment;
      if (happening.made) {
        ++after.world.made;
        after.world.visible_at = after.now + limits_.settle;
      }
      crash(after);
      Outcome outcome = outcome_of(happening.kind);
      outcome.ticket.open = happening.open;
      const Step step = next(moment.step->delivery, action, outcome, known_, after.now, limits_, random_);
      if (kind_ == DeliveryKind::note && step.action == Action::send) {
        EXPECT_TRUE(action == Action::read_ticket && happening.open) << "sent unread";
      }
      enter(after, step);
    }
    crash(moment);
    expect_a_way_out(moment);
  }

  // Only what was stored survives; whoever takes over may begin at once.
  void crash(Moment moment) {
    moment.step.reset();
    visit(moment);
  }

  // From anywhere, a system that works from now on gets the delivery done or in front of a person.
  void expect_a_way_out(Moment moment) {
    for (int i = 0; i < 20; ++i) {
      if (!moment.step) {
        moment.now = std::max(moment.now, moment.stored.next_at);
        moment.step = begin(moment.stored, known_, moment.now, limits_);
      } else if (moment.step->action == Action::finish) {
        return;
      } else if (moment.step->action == Action::wait) {
        moment.stored = moment.step->delivery;
        moment.step.reset();
      } else {
        const Happening good = happenings(moment.step->action, moment.world, moment.now).front();
        if (good.made) ++moment.world.made;
        moment.step = next(moment.step->delivery, moment.step->action, outcome_of(good.kind), known_,
                           moment.now, limits_, random_);
      }
    }
    ADD_FAILURE() << "never ends: " << model::to_string(moment.stored.state);
  }

  DeliveryKind kind_;
  Limits limits_;
  std::optional<Ticket> known_;
  NoJitter random_;
  std::set<Fingerprint> seen_;
  std::deque<Moment> queue_;
  int finished_ = 0;
};

TEST(MachineModel, never_two_and_never_lost_whatever_happens) {
  for (const DeliveryKind kind : {DeliveryKind::create, DeliveryKind::note}) {
    for (const Seconds settle : {Seconds(15), Seconds(50)}) {
      Limits limits;
      limits.settle = settle;
      limits.max_sends = 3;
      limits.max_attempts = 4;
      Checker checker(kind, limits);
      checker.run();
      EXPECT_GT(checker.moments(), 100U);
      EXPECT_GT(checker.finished(), 20);
    }
  }
}

}  // namespace
}  // namespace certherald::outbox
