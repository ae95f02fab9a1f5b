#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/http_exchange.hpp"
#include "net/scope.hpp"

namespace certherald::net {

class HttpConnection;

// Answers a request. Where it leaves with an exception the client gets a 500. At its deadline it is cancelled
// and waited for: it must end soon then, and what it answers still goes out (503 is fitting). Calls for
// different connections overlap.
using HttpHandler = std::function<Task<HttpReply>(IncomingRequest)>;

struct HttpServerOptions {
  std::size_t max_connections = 256;  // a further one is told 503 and closed
  std::size_t max_header_bytes = std::size_t{16} << 10U;
  std::size_t max_body_bytes = std::size_t{1} << 20U;
  Millis header{
      10'000};  // from the first byte of a request (the first request: from accept) to its header's end
  Millis body{30'000};     // the whole of it
  Millis handler{30'000};  // the handler's answer
  Millis write{30'000};    // the whole reply
  Millis idle{60'000};     // until the next request of a kept connection
  Millis grace{10'000};    // for what is under way at stop()
  // Names and addresses (without port and brackets, in lower case) that requests may be for; others are
  // told 421, which keeps other sites' pages from us when their name is bound to our address. Empty: any.
  std::vector<std::string> allowed_hosts;
  // Told of handlers that throw or make an unfit reply and of trouble with accepting; one line,
  // which may quote the client. Must not throw.
  std::function<void(const std::string&)> on_failure = [](const std::string&) {};
};

// HTTP/1.1 and 1.0 over plain TCP, IPv4 and IPv6, with keep-alive. Requests of one connection are answered
// one after the other, pipelined ones too. What is malformed, too large or ambiguous is refused and the
// connection closed (net/http_request_reader.hpp); a client that stalls is cut off without an answer.
//
// One executor, no locks. The owner keeps it until run() has returned.
class HttpServer final {
 public:
  // `clock` outlives the server.
  HttpServer(Executor executor, const Clock& clock, HttpServerOptions options, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds an IP address in text ("::" is IPv6 alone); before run(), once for each address. Port 0 lets the
  // kernel choose; the value is the port bound. Errors: invalid_input (no IP address, not ours, no right to
  // the port), conflict (the port is taken); with a hint.
  [[nodiscard]] Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);

  // Serves until stop() was called and all connections are closed; where the caller is cancelled, they are
  // closed at once. Once.
  Task<void> run();

  // Stops accepting and closes idle connections. Requests under way are answered within the grace, then
  // their connections are closed.
  void stop();

  [[nodiscard]] std::size_t connections() const;

 private:
  using Acceptor = boost::asio::ip::tcp::acceptor;

  Task<void> accept_all(Acceptor& acceptor);
  // Runs the talk of one connection and takes it off its list.
  Task<void> attend(std::list<HttpConnection>& list, std::list<HttpConnection>::iterator at, Task<void> talk);
  Task<void> wind_down();

  Executor executor_;
  const Clock& clock_;
  HttpServerOptions options_;
  HttpHandler handler_;
  std::list<Acceptor> acceptors_;
  std::list<HttpConnection> connections_;
  std::list<HttpConnection> turned_away_;  // being told 503
  bool stopping_ = false;
  boost::asio::steady_timer wake_;  // wakes wind_down()
  Scope scope_;
};

}  // namespace certherald::net
