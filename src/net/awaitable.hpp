#pragma once

#include <boost/asio/awaitable.hpp>

namespace certherald::net {

// What every coroutine here returns. Coroutines are glue: ask a machine, do one I/O, feed the result back.
template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace certherald::net
