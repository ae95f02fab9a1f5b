#include "net/scope.hpp"

#include <cassert>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace certherald::net {

namespace asio = boost::asio;

Scope::Scope(asio::any_io_executor executor)
    : executor_(std::move(executor)), idle_(executor_, asio::steady_timer::time_point::max()) {}

Scope::~Scope() { assert(signals_.empty()); }

void Scope::spawn(Task<void> task) {
  const auto at = signals_.emplace(signals_.end());
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(at->slot(), [this, at](std::exception_ptr failure) {
                   if (failure && !failure_) failure_ = failure;
                   signals_.erase(at);
                   if (signals_.empty()) idle_.cancel();
                 }));
}

void Scope::cancel() {
  for (auto at = signals_.begin(); at != signals_.end();) {
    // A task may end inside emit and erase its own entry.
    const auto next = std::next(at);
    at->emit(asio::cancellation_type::all);
    at = next;
  }
}

Task<void> Scope::join() {
  while (!signals_.empty()) {
    boost::system::error_code ignored;
    co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) cancel();
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace certherald::net
