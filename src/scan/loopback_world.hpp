#pragma once

// For tests: servers on loopback and a scanner, in the test's own thread.

#include <functional>
#include <list>
#include <string>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/scope.hpp"
#include "scan/scanner.hpp"
#include "scan/test_server.hpp"

namespace certherald::scan {

namespace asio = boost::asio;
using asio::ip::tcp;
using enum model::ProtocolVersion;
using model::ScanStatus;

inline constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// What a server does with one connection.
using Behaviour = std::function<net::Task<void>(tcp::socket&)>;

// A server on a free loopback port, in the test's own thread.
class LoopbackServer {
 public:
  LoopbackServer(asio::io_context& io, Behaviour behaviour, const std::string& address = "127.0.0.1",
                 std::uint16_t port = 0)
      : behaviour_(std::move(behaviour)),
        acceptor_(io, tcp::endpoint(asio::ip::make_address(address), port)),
        scope_(io.get_executor()) {
    scope_.spawn(accept_all());
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] int most_at_once() const { return most_; }

  net::Task<void> stop() {
    acceptor_.close();
    scope_.cancel();
    co_await scope_.join();
  }

 private:
  net::Task<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(as_values);
      if (error) co_return;
      ++accepted_;
      most_ = std::max(most_, ++open_);
      scope_.spawn(serve(std::move(socket)));
    }
  }

  net::Task<void> serve(tcp::socket socket) {
    co_await behaviour_(socket);
    // Until the scanner has gone.
    std::array<char, 4096> rest{};
    while (socket.is_open()) {
      const auto [error, count] = co_await socket.async_read_some(asio::buffer(rest), as_values);
      if (error) break;
    }
    --open_;
  }

  Behaviour behaviour_;
  tcp::acceptor acceptor_;
  int accepted_ = 0;
  int open_ = 0;
  int most_ = 0;
  net::Scope scope_;
};

inline net::Task<Bytes> read_hello(tcp::socket& socket) {
  Bytes hello(16384);
  const auto [error, count] = co_await socket.async_read_some(asio::buffer(hello), as_values);
  hello.resize(error ? 0 : count);
  co_return hello;
}

inline net::Task<void> send(tcp::socket& socket, const Bytes& bytes) {
  (void)co_await asio::async_write(socket, asio::buffer(bytes), as_values);
}

inline void end(tcp::socket& socket, After after) {
  boost::system::error_code ignored;
  if (after == After::close) std::ignore = socket.shutdown(tcp::socket::shutdown_send, ignored);
  if (after != After::reset) return;
  std::ignore = socket.set_option(asio::socket_base::linger(true, 0), ignored);
  std::ignore = socket.close(ignored);
}

inline net::Task<void> hear(tcp::socket& socket) { (void)co_await read_hello(socket); }

// Its flight, and a refusal of what follows that.
inline net::Task<void> answer_hello(TestServer& server, const Bytes& hello, tcp::socket& socket) {
  const TestReply reply = server.answer(hello);
  co_await send(socket, reply.bytes);
  end(socket, reply.after);
  if (reply.after != After::wait) co_return;
  const Bytes more = co_await read_hello(socket);
  if (more.empty()) {
    boost::system::error_code ignored;
    std::ignore = socket.close(ignored);
    co_return;
  }
  const Bytes refusal = test_wire::alert(2, 10);
  co_await send(socket, refusal);
  end(socket, After::close);
}

// What follows runs while the server that was given lives. A Behaviour is no coroutine itself: what it holds
// would be gone with it.
inline net::Task<void> answer_as(TestServer& server, tcp::socket& socket) {
  const Bytes hello = co_await read_hello(socket);
  if (!hello.empty()) co_await answer_hello(server, hello, socket);
}

inline Behaviour speaks_tls(TestServer& server) {
  return [&server](tcp::socket& socket) { return answer_as(server, socket); };
}

// The same for `count` connections; the others hear nothing.
inline Behaviour speaks_tls_to_the_first(TestServer& server, int count, int& answered) {
  return [&server, count, &answered](tcp::socket& socket) {
    return ++answered > count ? hear(socket) : answer_as(server, socket);
  };
}

inline net::Task<void> say(std::string text, After after, tcp::socket& socket) {
  const Bytes bytes(text.begin(), text.end());
  co_await send(socket, bytes);
  end(socket, after);
}

inline Behaviour says(std::string text, After after = After::wait) {
  return [text = std::move(text), after](tcp::socket& socket) { return say(text, after, socket); };
}

struct World {
  asio::io_context io{1};
  net::StaticResolver resolver;
  FakeClock clock{Instant(Seconds(1'800'000'000))};
  SeededRandom random{7};
  ScanLimits limits;

  // Runs one task to its end; what it leaves running fails the test (the Scope would end the program).
  template <class T>
  T run(net::Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(task), [&result](const std::exception_ptr& failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    io.run();
    io.restart();
    return std::move(result.value());
  }
};

inline model::EndpointKey endpoint_at(std::uint16_t port, std::string host = "shop.example.com",
                                      std::string address = "127.0.0.1") {
  model::EndpointKey key;
  key.sni = host;
  key.host = std::move(host);
  key.port = port;
  key.address = std::move(address);
  return key;
}

inline ScanOptions quick(model::Tier tier = model::Tier::full) {
  ScanOptions options;
  options.tier = tier;
  options.host_rate = 0;
  options.connect_timeout = Millis(2'000);
  options.step_timeout = Millis(300);
  options.quiet = Millis(20);
  return options;
}

inline constexpr Millis long_enough{30'000};

inline net::Task<std::vector<Scanned>> scan_then_stop(Scanner& scanner, LoopbackServer& server,
                                                      model::EndpointKey key, ScanOptions options,
                                                      net::Deadline deadline) {
  auto out = co_await scanner.scan(std::move(key), options, deadline);
  co_await server.stop();
  co_return out;
}

inline std::vector<Scanned> scan_once(World& world, LoopbackServer& server, ScanOptions options,
                                      Millis time = long_enough) {
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  return world.run(
      scan_then_stop(scanner, server, endpoint_at(server.port()), options, net::Deadline::after(time)));
}

}  // namespace certherald::scan
