#include "app/delivery_loop.hpp"

#include <algorithm>

#include "app/reconciliation.hpp"
#include "net/blocking.hpp"
#include "net/wakeup.hpp"

namespace certherald::app {

namespace asio = boost::asio;
using outbox::Action;
using outbox::Claimed;
using outbox::Step;

struct DeliveryLoop::Lane {
  model::Connection connection;
  std::unique_ptr<connector::Connector> connector;
  outbox::Circuit circuit;
  Instant paused_until{};
  outbox::Limits limits;
  Seconds lease{};
  std::size_t under_way = 0;
  std::unique_ptr<Reconciliation> reconciliation;  // while it may be held; null: it surely is not
  int refused = 0;                                 // look-ups in a row that were not answered
  Status failed;                                   // of the store, while something was under way
  net::Wakeup news;
};

namespace {

// What another process holds becomes due only when its lease ends: look again from time to time.
constexpr Millis longest_wait{1'000};
constexpr Millis after_store_failure{2'000};

// Before a look-up of a held connection is tried again.
Seconds pause_after(const model::Outcome& outcome, int refused) {
  constexpr Seconds longest{60};
  constexpr Seconds longest_asked{3'600};
  if (outcome.retry_after) return std::clamp(*outcome.retry_after, Seconds(1), longest_asked);
  return std::min(longest, Seconds(1LL << std::clamp(refused, 0, 6)));
}

}  // namespace

DeliveryLoop::DeliveryLoop(outbox::Repository& outbox, std::vector<model::Connection> connections,
                           net::HttpClient& http, const connector::SecretSource& secrets,
                           asio::thread_pool& store_pool, const Clock& clock, Random& random,
                           DeliveryLoopOptions options)
    : outbox_(outbox), store_pool_(store_pool), clock_(clock), random_(random), options_(std::move(options)) {
  for (model::Connection& connection : connections) {
    if (!connection.enabled) continue;
    auto lane = std::make_unique<Lane>();
    lane->connector = connector::make_connector(connection, http, secrets);
    lane->limits.settle = connection.settle.elapsed();
    lane->lease = connection.timeout.elapsed() + options_.lease_margin;
    lane->connection = std::move(connection);
    lane->reconciliation = std::make_unique<Reconciliation>(outbox_, store_pool_, clock_, lane->connection);
    lanes_.push_back(std::move(lane));
  }
}

DeliveryLoop::~DeliveryLoop() = default;

net::Task<Status> DeliveryLoop::drain(net::Deadline deadline) { return tend(Mode::drain, deadline); }

net::Task<void> DeliveryLoop::serve() {
  // It bears the store's failures itself.
  const Status ended = co_await tend(Mode::serve, net::Deadline::never());
  (void)ended;
}

void DeliveryLoop::wake() {
  for (const auto& lane : lanes_) lane->news.wake_all();
}

void DeliveryLoop::stop() {
  stopping_ = true;
  wake();
}

std::vector<std::string> DeliveryLoop::open_circuits() const {
  std::vector<std::string> names;
  for (const auto& lane : lanes_) {
    if (lane->circuit.state != outbox::Circuit::State::closed) names.push_back(lane->connection.name);
  }
  return names;
}

net::Task<Status> DeliveryLoop::tend(Mode mode, net::Deadline deadline) {
  net::Scope scope(co_await asio::this_coro::executor);
  Status first;
  struct Body {
    static net::Task<void> run(DeliveryLoop& loop, Lane& lane, Mode mode, net::Deadline until, Status& out) {
      Status status = co_await loop.tend_lane(lane, mode, until);
      if (!status && out) out = std::move(status);
    }
  };
  for (const auto& lane : lanes_) scope.spawn(Body::run(*this, *lane, mode, deadline, first));
  co_await scope.join();
  co_return first;
}

// Takes what is due, as much as there is room for, and waits for what comes next.
net::Task<Status> DeliveryLoop::tend_lane(Lane& lane, Mode mode, net::Deadline deadline) {
  net::Scope carrying(co_await asio::this_coro::executor);
  Status ended;
  while (!stopping_ && !deadline.expired() && !co_await net::is_cancelled()) {
    if (lane.reconciliation) {
      ended = co_await look_up_held(lane, mode, deadline);
      if (!ended || lane.reconciliation) break;
    }
    const auto due = co_await next_due(lane);
    if (!due) lane.failed = fail(due.error());
    const bool is_due = due && *due && **due <= clock_.now() && room(lane) > 0;
    if (is_due) {
      const Worked took = co_await take_due(lane, carrying);
      if (took == Worked::yes) continue;
    }
    if (!lane.failed) {
      ended = co_await bear_failure(lane, mode);
      if (!ended) break;
      continue;
    }
    const bool idle = lane.under_way == 0 && (!*due || outbox::needs_person(lane.circuit));
    if (mode == Mode::drain && idle) break;
    co_await lane.news.wait(wait_for(lane, *due, deadline));
  }
  co_await carrying.join();
  if (ended && mode == Mode::drain) ended = std::move(lane.failed);
  co_return ended;
}

// `yes` where something was taken; why not is in `lane.failed`, where it was a failure.
net::Task<DeliveryLoop::Worked> DeliveryLoop::take_due(Lane& lane, net::Scope& carrying) {
  const auto took = co_await take(lane, carrying);
  if (!took) {
    lane.failed = fail(took.error());
    co_return Worked::no;
  }
  if (*took == Worked::yes) co_return Worked::yes;
  // Nobody gets what is held; and it may have been restored while we had it open.
  if (lane.under_way == 0)
    lane.reconciliation = std::make_unique<Reconciliation>(outbox_, store_pool_, clock_, lane.connection);
  co_return Worked::no;
}

// Until the connection is not held. Ends before that, with its reconciliation left, where it is to stop,
// where a foreground run cannot go on without a person, or at the deadline.
net::Task<Status> DeliveryLoop::look_up_held(Lane& lane, Mode mode, net::Deadline deadline) {
  while (!stopping_ && !deadline.expired() && !co_await net::is_cancelled()) {
    if (is_open(lane)) {
      const auto worked = co_await try_to_release(lane);
      if (worked && *worked == Worked::yes) co_return Status();
      if (!worked) {
        lane.failed = fail(worked.error());
        Status borne = co_await bear_failure(lane, mode);
        if (!borne) co_return borne;
        continue;
      }
    }
    if (stopping_ || (mode == Mode::drain && outbox::needs_person(lane.circuit))) break;
    co_await lane.news.wait(wait_for(lane, clock_.now(), deadline));
  }
  co_return Status();
}

// Looks up what is still open; `no` where a look-up was not answered.
net::Task<Result<DeliveryLoop::Worked>> DeliveryLoop::try_to_release(Lane& lane) {
  const auto stops = [this] { return stopping_; };
  const auto turn = co_await lane.reconciliation->go_on(*lane.connector, stops);
  if (!turn) co_return fail(turn.error());
  if (turn->state == Reconciliation::State::stopped) co_return Worked::no;
  const std::string& name = lane.connection.name;
  if (turn->state == Reconciliation::State::unanswered) {
    const model::Outcome& outcome = turn->outcome;
    lane.circuit = outbox::after(lane.circuit, outcome.kind, clock_.now(), {});
    lane.paused_until = clock_.now() + pause_after(outcome, lane.refused++);
    options_.on_event({DeliveryEvent::Kind::held, name, {}, describe_hold(*turn)});
    co_return Worked::no;
  }
  lane.refused = 0;
  lane.circuit = {};
  lane.reconciliation.reset();
  if (turn->state == Reconciliation::State::released) {
    options_.on_event({DeliveryEvent::Kind::released, name, {}, describe_hold(*turn)});
  }
  co_return Worked::yes;
}

// A foreground run ends with the store's error; a server tells it and asks again.
net::Task<Status> DeliveryLoop::bear_failure(Lane& lane, Mode mode) {
  Status failed;
  std::swap(failed, lane.failed);
  if (mode == Mode::drain) co_return failed;
  options_.on_event({DeliveryEvent::Kind::store_failed, lane.connection.name, {}, describe(failed.error())});
  co_await lane.news.wait(after_store_failure);
  co_return Status();
}

bool DeliveryLoop::is_open(const Lane& lane) const {
  const Instant now = clock_.now();
  return outbox::allows(lane.circuit, now) && now >= lane.paused_until;
}

// How many more deliveries may begin now.
std::size_t DeliveryLoop::room(const Lane& lane) const {
  if (!is_open(lane)) return 0;
  const bool probes = lane.circuit.state != outbox::Circuit::State::closed;
  if (probes) return lane.under_way == 0 ? 1 : 0;
  return options_.per_connection - std::min(options_.per_connection, lane.under_way);
}

// Claims what is due and starts to carry it; `no` where there was nothing.
net::Task<Result<DeliveryLoop::Worked>> DeliveryLoop::take(Lane& lane, net::Scope& carrying) {
  const std::size_t limit = room(lane);
  lane.circuit = outbox::probing(lane.circuit, clock_.now());
  const bool probe = lane.circuit.state == outbox::Circuit::State::half_open;
  const auto claim = [this, &lane, limit] {
    return outbox_.claim(lane.connection.name, options_.worker, clock_.now(), lane.lease, limit);
  };
  auto claimed = co_await net::on_pool(store_pool_, claim);
  if (probe && (!claimed || claimed->empty())) lane.circuit = outbox::undecided(lane.circuit);
  if (!claimed) co_return fail(claimed.error());
  for (Claimed& one : *claimed) {
    ++lane.under_way;
    carrying.spawn(carry(lane, std::move(one), probe));
  }
  co_return claimed->empty() ? Worked::no : Worked::yes;
}

net::Task<void> DeliveryLoop::carry(Lane& lane, Claimed claimed, bool probe) {
  // What another one ran into meanwhile (credentials, "slow down") holds for this: it goes back untouched.
  const bool goes = !stopping_ && (probe || is_open(lane));
  const Status status =
      goes ? co_await deliver(lane, std::move(claimed)) : co_await give_back(std::move(claimed));
  if (probe) lane.circuit = outbox::undecided(lane.circuit);
  if (!status && status.error().kind == ErrorKind::storage) lane.failed = status;
  --lane.under_way;
  lane.news.wake_all();
}

net::Task<Result<std::optional<Instant>>> DeliveryLoop::next_due(const Lane& lane) {
  const auto ask = [this, &lane] { return outbox_.next_due({lane.connection.name}); };
  co_return co_await net::on_pool(store_pool_, ask);
}

Millis DeliveryLoop::wait_for(const Lane& lane, std::optional<Instant> due, net::Deadline deadline) const {
  if (!due) return std::min(longest_wait, deadline.left());
  const Instant wake = std::max({*due, lane.paused_until, lane.circuit.until});
  const Millis wait = std::clamp(Millis(wake - clock_.now()), Millis(50), longest_wait);
  return std::min(wait, deadline.left());
}

net::Task<Status> DeliveryLoop::give_back(Claimed claimed) {
  const auto save = [this, &claimed] {
    return outbox_.save(claimed, std::nullopt, outbox::Repository::Hold::release);
  };
  co_return co_await net::on_pool(store_pool_, save);
}

// Commits a step before it is performed; only `wait` and `finish` give the lease back.
net::Task<Status> DeliveryLoop::deliver(Lane& lane, Claimed claimed) {
  Step step = outbox::begin(claimed.delivery, claimed.ticket, clock_.now(), lane.limits);
  model::Outcome outcome;
  for (;;) {
    claimed.delivery = step.delivery;
    claimed.lease.until = clock_.now() + lane.lease;
    // Made before the intent is committed: a process that is stopped in between does not send long after.
    const net::Deadline deadline = net::Deadline::after(Millis(lane.connection.timeout.elapsed()));
    const bool last = step.action == Action::wait || step.action == Action::finish;
    const auto hold = last ? outbox::Repository::Hold::release : outbox::Repository::Hold::keep;
    if (step.action != Action::look_up && step.action != Action::read_ticket) {
      const auto save = [this, &claimed, &step, hold] { return outbox_.save(claimed, step.ticket, hold); };
      const Status saved = co_await net::on_pool(store_pool_, save);
      if (!saved) co_return fail(saved.error());
    }
    if (step.ticket) claimed.ticket = step.ticket;
    if (last) {
      note(lane, step, outcome);
      co_return Status();
    }
    outcome = co_await perform(lane, step.action, claimed, deadline);
    lane.circuit = outbox::after(lane.circuit, outcome.kind, clock_.now(), {});
    step = outbox::next(claimed.delivery, step.action, outcome, claimed.ticket, clock_.now(), lane.limits,
                        random_);
    if (step.pause_connection) lane.paused_until = clock_.now() + *step.pause_connection;
  }
}

net::Task<model::Outcome> DeliveryLoop::perform(Lane& lane, Action action, const Claimed& claimed,
                                                net::Deadline deadline) {
  const model::Delivery& delivery = claimed.delivery;
  const model::RemoteTicket remote = claimed.ticket ? claimed.ticket->remote : model::RemoteTicket{};
  const std::string marker = outbox::note_marker(delivery);
  const bool note = delivery.kind == model::DeliveryKind::note;
  if (action == Action::look_up && note)
    co_return co_await lane.connector->find_note(remote, marker, deadline);
  if (action == Action::look_up) co_return co_await lane.connector->find(delivery.draft, deadline);
  if (action == Action::read_ticket)
    co_return co_await lane.connector->read(remote, delivery.draft, deadline);
  if (note) co_return co_await lane.connector->add_note(remote, delivery.draft, marker, deadline);
  co_return co_await lane.connector->create(delivery.draft, deadline);
}

void DeliveryLoop::note(Lane& lane, const Step& step, const model::Outcome& outcome) {
  using Kind = DeliveryEvent::Kind;
  const bool done = step.delivery.state == model::DeliveryState::done;
  const bool parked = step.delivery.state == model::DeliveryState::parked;
  const Kind kind = parked                      ? Kind::parked
                    : !done                     ? Kind::delayed
                    : step.delivery.creates > 0 ? Kind::sent
                                                : Kind::adopted;
  options_.on_event({kind, lane.connection.name, step.delivery, step.delivery.last_error});
  if (step.open_circuit) options_.on_event({Kind::circuit_opened, lane.connection.name, {}, outcome.message});
}

}  // namespace certherald::app
