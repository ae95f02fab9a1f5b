#include "app/reconciliation.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "net/blocking.hpp"
#include "net/deadline.hpp"

namespace certherald::app {
namespace {

bool is_answer(model::OutcomeKind kind) {
  return kind == model::OutcomeKind::done || kind == model::OutcomeKind::absent;
}

}  // namespace

net::Task<Result<Reconciliation::Turn>> Reconciliation::go_on(connector::Connector& connector,
                                                              std::function<bool()> stops) {
  const auto held = co_await prepare();
  if (!held) co_return fail(held.error());
  if (!*held) co_return Turn{};
  while (answered_ < keys_.size()) {
    const outbox::OpenKey& key = keys_[answered_];
    if (stops()) co_return Turn{State::stopped, answered_, keys_.size(), {}};
    const net::Deadline deadline = net::Deadline::after(Millis(connection_.timeout.elapsed()));
    model::Outcome outcome = co_await connector.find(key.draft, deadline);
    if (!is_answer(outcome.kind))
      co_return Turn{State::unanswered, answered_, keys_.size(), std::move(outcome)};
    if (Status noted = co_await note(key, outcome); !noted) co_return fail(noted.error());
    ++answered_;
  }
  if (Status released = co_await release(); !released) co_return fail(released.error());
  co_return Turn{State::released, answered_, keys_.size(), {}};
}

net::Task<Result<bool>> Reconciliation::prepare() {
  // Asked each time: another process may have released it.
  const auto ask = [this] { return outbox_.is_held(connection_.name); };
  auto held = co_await net::on_pool(store_pool_, ask);
  if (!held || !*held || listed_) co_return held;
  const auto list = [this] { return outbox_.open_keys(connection_.name); };
  auto keys = co_await net::on_pool(store_pool_, list);
  if (!keys) co_return fail(keys.error());
  keys_ = std::move(*keys);
  listed_ = true;
  co_return held;
}

// A ticket that is not found stays as we know it: its key may have been edited away there, and a note to one
// that is gone is refused by the system itself. One that only a delivery asks for is adopted when that is
// carried.
net::Task<Status> Reconciliation::note(const outbox::OpenKey& key, const model::Outcome& found) {
  if (found.kind != model::OutcomeKind::done || !key.ticket) co_return Status();
  model::Ticket ticket = *key.ticket;
  if (!found.ticket.remote_id.empty()) ticket.remote = found.ticket;
  ticket.duplicates = std::max(ticket.duplicates, found.duplicates);
  ticket.updated_at = clock_.now();
  const auto save = [this, &ticket] { return outbox_.save_found(ticket); };
  co_return co_await net::on_pool(store_pool_, save);
}

net::Task<Status> Reconciliation::release() {
  const auto end = [this] { return outbox_.release(connection_.name); };
  co_return co_await net::on_pool(store_pool_, end);
}

std::string describe_hold(const Reconciliation::Turn& turn) {
  if (turn.state == Reconciliation::State::released) {
    return fmt::format("{} open keys looked up after the restore: deliveries go on", turn.keys);
  }
  const std::string hint = turn.outcome.hint.empty() ? "" : fmt::format(" ({})", turn.outcome.hint);
  return single_line(
      fmt::format("nothing is sent before every open key was looked up after the restore, {} of {} "
                  "so far: {}{}",
                  turn.answered, turn.keys, turn.outcome.message, hint));
}

}  // namespace certherald::app
