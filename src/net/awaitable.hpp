#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>

namespace certherald::net {

// What every coroutine here returns. Coroutines are glue: ask a machine, do one I/O, feed the result back.
//
// Cancellation is a value, never an exception: the operation that is under way and every one that starts
// later return ErrorKind::cancelled (pause returns false). Tasks that a Scope or with_deadline runs get this
// by themselves; a loop must therefore end on `cancelled`, or it spins.
template <class T>
using Task = boost::asio::awaitable<T>;

// The one network thread's executor. Nothing here locks: all of it is used on that thread.
using Executor = boost::asio::any_io_executor;

// Whether the running task was asked to stop.
inline Task<bool> is_cancelled() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  co_return state.cancelled() != boost::asio::cancellation_type::none;
}

}  // namespace certherald::net
