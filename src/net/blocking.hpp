#pragma once

#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/awaitable.hpp"

namespace certherald::net {

// Runs a blocking function (database, files) on a named pool and comes back to the caller's executor with
// its value; its exceptions come along. `work` and all it refers to outlive the call.
template <class F>
Task<std::invoke_result_t<F&>> on_pool(boost::asio::thread_pool& pool, F work) {
  using Value = std::invoke_result_t<F&>;
  struct Body {
    static Task<Value> run(F* function) { co_return (*function)(); }
  };
  co_return co_await boost::asio::co_spawn(pool, Body::run(&work), boost::asio::use_awaitable);
}

}  // namespace certherald::net
