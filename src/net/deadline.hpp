#pragma once

#include <chrono>

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

  [[nodiscard]] clock::time_point at() const { return at_; }
  [[nodiscard]] bool expired() const { return clock::now() >= at_; }
  // The earlier of this and `span` from now.
  [[nodiscard]] Deadline within(Millis span) const { return Deadline(std::min(at_, clock::now() + span)); }
  [[nodiscard]] Millis left() const {
    return std::max(Millis(0), std::chrono::duration_cast<Millis>(at_ - clock::now()));
  }

 private:
  clock::time_point at_;
};

// Runs `work` until the deadline; the loser of the race is cancelled and waited for. `timed_out` where the
// deadline won, `cancelled` where the caller was cancelled.
template <class T>
Task<Result<T>> with_deadline(Task<Result<T>> work, Deadline deadline) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline.at());
  auto [order, failure, value, timer_error] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) {
    if (failure) std::rethrow_exception(failure);
    co_return std::move(value);
  }
  if (timer_error) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return fail(ErrorKind::timed_out, "no answer in time");
}

// Waits; false where it was cancelled.
inline Task<bool> pause(Millis span) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, span);
  boost::system::error_code error;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return !error;
}

}  // namespace certherald::net
