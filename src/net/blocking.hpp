#pragma once

#include <cstdlib>
#include <optional>
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

}  // namespace certherald::net
