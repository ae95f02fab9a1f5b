#include "net/http_server.hpp"

#include <exception>
#include <iterator>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.hpp"
#include "net/deadline.hpp"
#include "net/http_connection.hpp"

namespace certherald::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

std::unexpected<Error> cannot_listen(const tcp::endpoint& endpoint, const error_code& code) {
  const auto address = endpoint.address().to_string();
  const std::string where =
      fmt::format(fmt::runtime(endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}"), address, endpoint.port());
  if (code == asio::error::address_in_use) {
    return with_hint(
        fail(ErrorKind::conflict, "cannot listen on {}: the port is taken", where),
        fmt::format("choose another port, or stop the program that has it (ss -ltnp 'sport = :{}')",
                    endpoint.port()));
  }
  if (code == asio::error::access_denied) {
    return with_hint(fail(ErrorKind::invalid_input, "cannot listen on {}: not permitted", where),
                     "choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE");
  }
  return with_hint(fail(ErrorKind::invalid_input, "cannot listen on {}: {}", where, code.message()),
                   "give an address of this machine, or 0.0.0.0 or :: for all");
}

// Without a free descriptor accept(2) fails at once, again and again.
constexpr Millis accept_pause{100};
constexpr std::size_t most_turned_away = 64;  // beyond it they are closed without a word

std::string text_of(const tcp::socket& socket) {
  error_code code;
  const auto endpoint = socket.remote_endpoint(code);
  return code ? std::string() : endpoint.address().to_string();
}

}  // namespace

HttpServer::HttpServer(Executor executor, const Clock& clock, HttpServerOptions options, HttpHandler handler)
    : executor_(std::move(executor)),
      clock_(clock),
      options_(std::move(options)),
      handler_(std::move(handler)),
      wake_(executor_, asio::steady_timer::time_point::max()),
      scope_(executor_) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
  error_code code;
  const auto ip = asio::ip::make_address(address, code);
  if (code) {
    return with_hint(fail(ErrorKind::invalid_input, "'{}' is not an IP address", single_line(address)),
                     "give an address of this machine, or 0.0.0.0 or :: for all");
  }
  const tcp::endpoint endpoint(ip, port);
  Acceptor acceptor(executor_);
  if (acceptor.open(endpoint.protocol(), code)) return cannot_listen(endpoint, code);
  if (acceptor.set_option(Acceptor::reuse_address(true), code)) return cannot_listen(endpoint, code);
  if (ip.is_v6() && acceptor.set_option(asio::ip::v6_only(true), code)) return cannot_listen(endpoint, code);
  if (acceptor.bind(endpoint, code)) return cannot_listen(endpoint, code);
  if (acceptor.listen(asio::socket_base::max_listen_connections, code)) return cannot_listen(endpoint, code);
  const auto bound = acceptor.local_endpoint(code);
  if (code) return cannot_listen(endpoint, code);
  acceptors_.push_back(std::move(acceptor));
  return bound.port();
}

Task<void> HttpServer::run() {
  for (Acceptor& acceptor : acceptors_) scope_.spawn(accept_all(acceptor));
  scope_.spawn(wind_down());
  co_await scope_.join();
  acceptors_.clear();
}

void HttpServer::stop() {
  stopping_ = true;
  error_code ignored;
  for (Acceptor& acceptor : acceptors_) std::ignore = acceptor.close(ignored);
  for (HttpConnection& connection : connections_) connection.stop();
  wake_.cancel();
}

// Sleeps until stop(), then for the grace or until the last connection is gone.
Task<void> HttpServer::wind_down() {
  while (!stopping_ && !co_await is_cancelled()) {
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const Deadline grace = Deadline::after(options_.grace);
  while (!connections_.empty() && !grace.expired() && !co_await is_cancelled()) {
    wake_.expires_at(grace.at());
    co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  scope_.cancel();
}

Task<void> HttpServer::accept_all(Acceptor& acceptor) {
  while (!stopping_ && !co_await is_cancelled()) {
    auto [code, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (stopping_ || code == asio::error::operation_aborted) co_return;
    if (code) {
      options_.on_failure("cannot accept a connection: " + code.message());
      if (!co_await pause(accept_pause)) co_return;
      continue;
    }
    const bool room = connections_.size() < options_.max_connections;
    if (!room && turned_away_.size() == most_turned_away) continue;
    auto& list = room ? connections_ : turned_away_;
    std::string peer = text_of(socket);
    list.emplace_back(TcpStream(std::move(socket)), std::move(peer), options_, handler_, clock_);
    const auto at = std::prev(list.end());
    scope_.spawn(attend(list, at, room ? at->converse() : at->refuse({503, "too many connections"})));
  }
}

Task<void> HttpServer::attend(std::list<HttpConnection>& list, std::list<HttpConnection>::iterator at,
                              Task<void> talk) {
  try {
    co_await std::move(talk);
  } catch (const std::exception& error) {
    options_.on_failure(fmt::format("a connection was dropped: {}", single_line(error.what())));
  }
  list.erase(at);
  if (stopping_) wake_.cancel();
}

std::size_t HttpServer::connections() const { return connections_.size(); }

}  // namespace certherald::net
