#include "app/delivery_loop.hpp"

#include <algorithm>

#include "net/blocking.hpp"
#include "net/scope.hpp"

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
};

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
    lane->connection = std::move(connection);
    lanes_.push_back(std::move(lane));
  }
}

DeliveryLoop::~DeliveryLoop() = default;

net::Task<Status> DeliveryLoop::drain(net::Deadline deadline) {
  net::Scope scope(co_await asio::this_coro::executor);
  Status first;
  struct Body {
    static net::Task<void> run(DeliveryLoop& loop, Lane& lane, net::Deadline until, Status& out) {
      Status status = co_await loop.drain_lane(lane, until);
      if (!status && out) out = std::move(status);
    }
  };
  for (const auto& lane : lanes_) {
    for (std::size_t i = 0; i < options_.per_connection; ++i) {
      scope.spawn(Body::run(*this, *lane, deadline, first));
    }
  }
  co_await scope.join();
  co_return first;
}

net::Task<Status> DeliveryLoop::drain_lane(Lane& lane, net::Deadline deadline) {
  while (!deadline.expired()) {
    if (outbox::needs_person(lane.circuit)) co_return Status();
    if (is_open(lane)) {
      const auto worked = co_await work_once(lane);
      if (!worked) co_return fail(worked.error());
      if (*worked == Worked::yes) continue;
    }
    const auto slept = co_await sleep_until_due(lane, deadline);
    if (!slept) co_return fail(slept.error());
    if (*slept == Worked::no) co_return Status();
  }
  co_return Status();
}

bool DeliveryLoop::is_open(const Lane& lane) const {
  const Instant now = clock_.now();
  return outbox::allows(lane.circuit, now) && now >= lane.paused_until;
}

// Claims one delivery and carries it as far as it goes now; `no` where nothing was due.
net::Task<Result<DeliveryLoop::Worked>> DeliveryLoop::work_once(Lane& lane) {
  lane.circuit = outbox::probing(lane.circuit, clock_.now());
  const bool probe = lane.circuit.state == outbox::Circuit::State::half_open;
  const auto claim = [this, &lane] {
    return outbox_.claim(lane.connection.name, options_.worker, clock_.now(), options_.lease, 1);
  };
  auto claimed = co_await net::on_pool(store_pool_, claim);
  Status status;
  if (claimed && !claimed->empty()) {
    // What another one ran into meanwhile (credentials, "slow down") holds for this: it goes back untouched.
    if (probe || is_open(lane)) {
      status = co_await deliver(lane, std::move(claimed->front()));
    } else {
      status = co_await give_back(std::move(claimed->front()));
    }
  }
  if (probe) lane.circuit = outbox::undecided(lane.circuit);
  if (!claimed) co_return fail(claimed.error());
  if (!status && status.error().kind == ErrorKind::storage) co_return fail(status.error());
  co_return claimed->empty() ? Worked::no : Worked::yes;
}

// Waits until something may be due; `no` where nothing is left to wait for.
net::Task<Result<DeliveryLoop::Worked>> DeliveryLoop::sleep_until_due(Lane& lane, net::Deadline deadline) {
  const auto next_due = [this, &lane] { return outbox_.next_due({lane.connection.name}); };
  const auto due = co_await net::on_pool(store_pool_, next_due);
  if (!due) co_return fail(due.error());
  if (!*due) co_return Worked::no;
  // What another process holds becomes due only when its lease ends: look again from time to time.
  constexpr Seconds longest{1};
  const Instant wake = std::max({**due, lane.paused_until, lane.circuit.until});
  const Seconds wait = std::clamp(wake - clock_.now(), Seconds(0), longest);
  const Millis span = wait == Seconds(0) ? Millis(50) : std::min(Millis(wait), deadline.left());
  if (!co_await net::pause(span)) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return Worked::yes;
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
    claimed.lease.until = clock_.now() + options_.lease;
    const bool last = step.action == Action::wait || step.action == Action::finish;
    const auto hold = last ? outbox::Repository::Hold::release : outbox::Repository::Hold::keep;
    if (step.action != Action::look_up) {
      const auto save = [this, &claimed, &step, hold] { return outbox_.save(claimed, step.ticket, hold); };
      const Status saved = co_await net::on_pool(store_pool_, save);
      if (!saved) co_return fail(saved.error());
    }
    if (last) {
      note(lane, step, outcome);
      co_return Status();
    }
    outcome = co_await perform(lane, step.action, claimed);
    lane.circuit = outbox::after(lane.circuit, outcome.kind, clock_.now(), {});
    step = outbox::next(claimed.delivery, step.action, outcome, claimed.ticket, clock_.now(), lane.limits,
                        random_);
    if (step.pause_connection) lane.paused_until = clock_.now() + *step.pause_connection;
  }
}

net::Task<model::Outcome> DeliveryLoop::perform(Lane& lane, Action action, const Claimed& claimed) {
  const net::Deadline deadline = net::Deadline::after(Millis(lane.connection.timeout.elapsed()));
  const model::Delivery& delivery = claimed.delivery;
  const model::RemoteTicket remote = claimed.ticket ? claimed.ticket->remote : model::RemoteTicket{};
  const std::string marker = outbox::note_marker(delivery);
  const bool note = delivery.kind == model::DeliveryKind::note;
  if (action == Action::look_up && note)
    co_return co_await lane.connector->find_note(remote, marker, deadline);
  if (action == Action::look_up) co_return co_await lane.connector->find(delivery.draft, deadline);
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
