#pragma once

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/awaitable.hpp"

namespace certherald::net {

// An absolute moment on the steady clock after which nobody waits any longer. Made once, passed down.
class Deadline {
 public:
  using clock = std::chrono::steady_clock;

  explicit Deadline(clock::time_point at) : at_(at) {}
  [[nodiscard]] static Deadline after(Millis span) { return Deadline(clock::now() + span); }
  // For waits that something else is sure to end, such as a scope's cancel().
  [[nodiscard]] static Deadline never() { return Deadline(clock::time_point::max()); }

  [[nodiscard]] clock::time_point at() const { return at_; }
  [[nodiscard]] bool expired() const { return clock::now() >= at_; }
  [[nodiscard]] Deadline earlier(Deadline other) const { return Deadline(std::min(at_, other.at_)); }
  // The earlier of this and `span` from now.
  [[nodiscard]] Deadline within(Millis span) const { return earlier(after(span)); }
  [[nodiscard]] Millis left() const {
    return std::max(Millis(0), std::chrono::duration_cast<Millis>(at_ - clock::now()));
  }

  friend bool operator==(const Deadline&, const Deadline&) = default;

 private:
  clock::time_point at_;
};

namespace detail {

// A task of its own for one side of a race. The optional spares T a default constructor.
template <class T>
Task<std::optional<Result<T>>> contender(Task<Result<T>> work) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_return co_await std::move(work);
}

}  // namespace detail

// Runs `work` until the deadline; the loser of the race is cancelled and waited for, so `work` must end soon
// once it is cancelled. `timed_out` where the deadline won, `cancelled` where the caller was cancelled. An
// answer that came after all is returned: what was done is never reported as not done. An exception passes.
// After a deadline whatever `work` was reading is in an unknown state: close it.
template <class T>
Task<Result<T>> with_deadline(Task<Result<T>> work, Deadline deadline) {
  namespace asio = boost::asio;
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (deadline.expired()) co_return fail(ErrorKind::timed_out, "no time left");
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline.at());
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, detail::contender<T>(std::move(work)), asio::deferred),
      timer.async_wait(asio::deferred));
  auto [order, failure, value, timer_error] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  const bool stopped = value && !*value && value->error().kind == ErrorKind::cancelled;
  if (order[0] == 1 && !timer_error && stopped) {
    co_return fail(ErrorKind::timed_out, "no answer in time");
  }
  if (!value) co_return fail(ErrorKind::internal, "a task ended without an answer");
  co_return std::move(*value);
}

// Waits; false where it was cancelled.
inline Task<bool> pause(Millis span) {
  namespace asio = boost::asio;
  if (co_await is_cancelled()) co_return false;
  asio::steady_timer timer(co_await asio::this_coro::executor, span);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

}  // namespace certherald::net
