#pragma once

// For tests only: an io_context with a watchdog, servers beside it, and sockets to play servers with.

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/test_values.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/scope.hpp"

namespace certherald::net::test {

using Tcp = boost::asio::ip::tcp;
inline constexpr auto quiet = boost::asio::as_tuple(boost::asio::use_awaitable);
inline constexpr Millis soon{150};      // a deadline that a test means to see pass
inline constexpr Millis ample{10'000};  // one that a test means not to see pass

// Runs tasks to their end, within 20 seconds: a hang is a failure with a name, not a hang of the suite.
class World {
 public:
  ~World() {
    ioc.stop();  // a test that failed half-way may leave tasks
  }

  [[nodiscard]] Executor executor() { return ioc.get_executor(); }

  // The task's value; then servers are cancelled and joined, and nothing may be left to do.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    drive(store(std::move(task), value));
    return there(std::move(value));
  }
  void run(Task<void> task) { drive(std::move(task)); }

  boost::asio::io_context ioc;
  Scope servers{ioc.get_executor()};

 private:
  template <class T>
  static Task<void> store(Task<T> task, std::optional<T>& into) {
    into.emplace(co_await std::move(task));
  }

  static Task<void> whole(Task<void> task, Scope& scope) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await std::move(task);
    scope.cancel();
    co_await scope.join();
  }

  void drive(Task<void> task) {
    bool ended = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(ioc, whole(std::move(task), servers), [&](std::exception_ptr error) {
      ended = true;
      failure = std::move(error);
    });
    ioc.restart();
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (ioc.run_one_until(limit) != 0) continue;
    const bool idle = ioc.stopped();
    if (failure) std::rethrow_exception(failure);
    if (!ended || !idle) {
      ioc.stop();
      throw std::runtime_error(ended ? "something is still waiting" : "the task hangs");
    }
  }
};

// A listening socket on loopback, port chosen by the kernel.
class Listener {
 public:
  explicit Listener(World& world, const char* address = "127.0.0.1")
      : acceptor_(world.ioc, Tcp::endpoint(boost::asio::ip::make_address(address), 0)) {}

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::string port_text() const { return std::to_string(port()); }

  // The next connection; nothing where the test ends first.
  Task<std::optional<Tcp::socket>> accept() {
    if (co_await is_cancelled()) co_return std::nullopt;
    auto [error, socket] = co_await acceptor_.async_accept(quiet);
    if (error) co_return std::nullopt;
    co_return std::move(socket);
  }

 private:
  Tcp::acceptor acceptor_;
};

// A port on loopback that nobody listens on.
inline std::uint16_t closed_port(World& world) {
  const Listener once(world);
  return once.port();
}

inline Task<void> write_text(Tcp::socket& socket, std::string text) {
  co_await boost::asio::async_write(socket, boost::asio::buffer(text), quiet);
}

template <class Socket>
void send_reset(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

// Stays until the test ends.
inline Task<void> linger() { co_await pause(ample); }

}  // namespace certherald::net::test
