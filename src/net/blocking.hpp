#pragma once

#include <cstdlib>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/awaitable.hpp"

namespace certherald::net {

namespace detail {

template <class Value, class F>
Task<std::optional<Value>> call_on_pool(F* function) {
  co_return (*function)();
}

template <class F>
Task<void> call_void_on_pool(F* function) {
  (*function)();
  co_return;
}

}  // namespace detail

// Runs a blocking function (database, files) on a named pool and comes back to the caller's executor with
// its value; its exceptions come along. What `work` refers to must outlive the call. A function that has
// begun cannot be cancelled: a cancelled caller still waits for it and gets its value. Join the pool before
// the caller's io_context is destroyed.
template <class F>
Task<std::invoke_result_t<F&>> on_pool(boost::asio::thread_pool& pool, F work) {
  namespace asio = boost::asio;
  using Value = std::invoke_result_t<F&>;
  // Without the caller's slot: signals must not be sent from one thread to another.
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  if constexpr (std::is_void_v<Value>) {
    co_await asio::co_spawn(pool, detail::call_void_on_pool<F>(&work), std::move(token));
  } else {
    auto value = co_await asio::co_spawn(pool, detail::call_on_pool<Value, F>(&work), std::move(token));
    // It always holds one: the optional spares Value a default constructor.
    if (!value) std::abort();
    co_return std::move(*value);
  }
}

// As on_pool, for a function that looks at the std::stop_token it is given: a cancelled caller asks it to
// stop, and still waits for its value.
template <class F>
Task<std::invoke_result_t<F&, std::stop_token>> on_pool_with_stop(boost::asio::thread_pool& pool, F work) {
  std::stop_source stop;
  const auto bound = [&work, &stop] { return work(stop.get_token()); };
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) stop.request_stop();
  // on_pool leaves the slot alone; its end clears it.
  auto slot = state.slot();
  if (slot.is_connected()) {
    slot.assign([stop](boost::asio::cancellation_type /*unused*/) mutable { stop.request_stop(); });
  }
  co_return co_await on_pool(pool, bound);
}

}  // namespace certherald::net
