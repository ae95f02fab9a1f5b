#include "net/scope.hpp"

#include <cstdio>
#include <exception>
#include <list>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace certherald::net {

namespace asio = boost::asio;

// Held by every task too: an io_context that is destroyed drops its tasks after the Scope is gone.
struct Scope::State {
  using Child = std::shared_ptr<asio::cancellation_signal>;

  explicit State(Executor on)
      : executor(std::move(on)), idle(executor, asio::steady_timer::time_point::max()) {}

  Executor executor;
  std::list<Child> children;
  asio::steady_timer idle;  // cancelled when the last task ends: wakes join()
  std::exception_ptr failure;
  bool stopping = false;

  void cancel() {
    stopping = true;
    // A task may end, or another be spawned, inside emit.
    const std::vector<Child> all(children.begin(), children.end());
    for (const Child& child : all) child->emit(asio::cancellation_type::terminal);
  }

  [[nodiscard]] bool can_still_run() const {
    const auto* inner = executor.target<asio::io_context::executor_type>();
    return inner == nullptr || !inner->context().stopped();
  }

  static Task<void> run(std::shared_ptr<State> state, std::list<Child>::iterator at, Task<void> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    bool failed = false;
    try {
      co_await std::move(task);
    } catch (...) {
      failed = true;
      if (!state->failure) state->failure = std::current_exception();
    }
    state->children.erase(at);
    if (failed) state->cancel();
    if (state->children.empty()) state->idle.cancel();
  }
};

Scope::Scope(Executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

Scope::~Scope() {
  if (state_->children.empty() || !state_->can_still_run()) return;
  std::fputs("a net::Scope was destroyed while its tasks run: join() it first\n", stderr);
  std::terminate();
}

void Scope::spawn(Task<void> task) {
  if (state_->stopping) return;
  const auto child = std::make_shared<asio::cancellation_signal>();
  const auto at = state_->children.insert(state_->children.end(), child);
  // The token keeps the signal alive for as long as the task may look at its slot.
  asio::co_spawn(state_->executor, State::run(state_, at, std::move(task)),
                 asio::bind_cancellation_slot(child->slot(), [child](const std::exception_ptr&) {}));
}

void Scope::cancel() { state_->cancel(); }

Task<void> Scope::join() {
  const auto state = state_;
  // A cancelled caller waits like any other: what its tasks use is still on its stack.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!state->children.empty()) {
    if (co_await is_cancelled()) state->cancel();
    if (state->children.empty()) break;
    co_await state->idle.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (state->failure) std::rethrow_exception(std::exchange(state->failure, nullptr));
}

std::size_t Scope::running() const { return state_->children.size(); }

}  // namespace certherald::net
