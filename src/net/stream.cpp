#include "net/stream.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <tuple>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.hpp"

namespace certherald::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

error_code system_error(int number) { return {number, boost::system::system_category()}; }

Error to_error(const error_code& code) {
  if (code == asio::error::operation_aborted) return {ErrorKind::cancelled, "cancelled", {}};
  switch (code.value()) {
    case ECONNREFUSED:
      return {ErrorKind::refused, "connection refused", {}};
    case ECONNRESET:
    case EPIPE:
      return {ErrorKind::refused, "connection reset by the peer", {}};
    case ETIMEDOUT:
      return {ErrorKind::timed_out, "no answer in time", {}};
    case EMFILE:
    case ENFILE:
      return {ErrorKind::too_large, "out of file descriptors",
              "raise the limit (ulimit -n) or lower the number of concurrent connections"};
    case EADDRNOTAVAIL:
    case EAGAIN:  // what connect(2) says where the ports of the local range are used up
      return {ErrorKind::too_large, "out of local ports",
              "lower the number or the rate of connections, or widen net.ipv4.ip_local_port_range"};
    case EBADF:
    case ENOTCONN:
      return {ErrorKind::unreachable, "the connection is closed", {}};
    default:
      return {ErrorKind::unreachable, code.message(), {}};
  }
}

bool would_block(const error_code& code) {
  return code == asio::error::would_block || code == asio::error::try_again ||
         code == asio::error::interrupted;
}

void abort(asio::ip::tcp::socket& socket) {
  error_code ignored;
  std::ignore = socket.set_option(asio::socket_base::linger(true, 0), ignored);
  std::ignore = socket.close(ignored);
}

enum class AtDeadline : std::uint8_t { abort, keep };

// Waits for the socket to be ready; closes it when cancelled and, unless it is to be kept, at the deadline,
// as its state is unknown then. One timer and one wait, no task of its own: this is the scanner's inner loop.
Task<error_code> wait_ready(asio::ip::tcp::socket& socket, asio::ip::tcp::socket::wait_type kind,
                            Deadline deadline, AtDeadline at_deadline = AtDeadline::abort) {
  if (co_await is_cancelled()) {
    abort(socket);
    co_return asio::error::operation_aborted;
  }
  asio::steady_timer timer(socket.get_executor(), deadline.at());
  auto race = asio::experimental::make_parallel_group(socket.async_wait(kind, asio::deferred),
                                                      timer.async_wait(asio::deferred));
  const auto [order, socket_error, timer_error] =
      co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (!socket_error) co_return error_code();
  const bool late = order[0] == 1 && !timer_error;
  const error_code code = late ? system_error(ETIMEDOUT) : socket_error;
  if ((late && at_deadline == AtDeadline::abort) || code == asio::error::operation_aborted) abort(socket);
  co_return code;
}

// On loopback the kernel may pick the very port that is asked for as the local one and connect the socket to
// itself (RFC 9293 section 3.5, simultaneous open): nobody listens there.
bool is_own_end(const asio::ip::tcp::socket& socket) {
  error_code local_error;
  error_code remote_error;
  const auto local = socket.local_endpoint(local_error);
  return local == socket.remote_endpoint(remote_error) && !local_error && !remote_error;
}

}  // namespace

TcpStream::TcpStream(const Executor& executor) : socket_(executor) {}

TcpStream::TcpStream(asio::ip::tcp::socket accepted) : socket_(std::move(accepted)) {
  error_code code;
  if (socket_.non_blocking(true, code)) abort(socket_);  // every later call says that it is not open
  std::ignore = socket_.set_option(asio::ip::tcp::no_delay(true), code);  // only a help
}

Task<Result<TcpStream>> TcpStream::connect(std::string address, std::uint16_t port, Deadline deadline) {
  error_code code;
  const auto ip = asio::ip::make_address(address, code);
  if (code) co_return fail(ErrorKind::invalid_input, "'{}' is not an IP address", single_line(address));
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (deadline.expired()) co_return fail(ErrorKind::timed_out, "no time left to connect");
  TcpStream stream(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint endpoint(ip, port);
  if (stream.socket_.open(endpoint.protocol(), code)) co_return fail(to_error(code));
  if (stream.socket_.non_blocking(true, code)) co_return fail(to_error(code));
  std::ignore = stream.socket_.set_option(asio::ip::tcp::no_delay(true), code);  // only a help
  const int fd = stream.socket_.native_handle();
  if (::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) co_return fail(to_error(system_error(errno)));
    code = co_await wait_ready(stream.socket_, asio::ip::tcp::socket::wait_write, deadline);
    if (code) co_return fail(to_error(code));
    int failure = 0;
    socklen_t size = sizeof failure;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
    if (failure != 0) co_return fail(to_error(system_error(failure)));
  }
  if (is_own_end(stream.socket_)) {
    stream.reset();
    co_return fail(to_error(system_error(ECONNREFUSED)));
  }
  co_return std::move(stream);
}

// A wait may end without anything to read, so the socket is looked at itself.
Task<Result<bool>> TcpStream::readable(Deadline deadline) {
  for (;;) {
    std::uint8_t first = 0;
    const ssize_t got = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || !would_block(system_error(errno))) co_return true;
    const error_code code =
        co_await wait_ready(socket_, asio::ip::tcp::socket::wait_read, deadline, AtDeadline::keep);
    if (code == system_error(ETIMEDOUT)) co_return false;
    if (code) co_return fail(to_error(code));
  }
}

Task<Result<std::size_t>> TcpStream::read_some(std::span<std::uint8_t> out, Deadline deadline) {
  for (;;) {
    error_code code;
    const std::size_t got = socket_.read_some(asio::buffer(out.data(), out.size()), code);
    bytes_in_ += got;
    if (!code) co_return got;
    if (code == asio::error::eof) co_return std::size_t{0};
    if (would_block(code)) code = co_await wait_ready(socket_, asio::ip::tcp::socket::wait_read, deadline);
    if (code) co_return fail(to_error(code));
  }
}

Task<Status> TcpStream::write_all(ByteView bytes, Deadline deadline) {
  while (!bytes.empty()) {
    error_code code;
    const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), code);
    bytes = bytes.subspan(sent);
    bytes_out_ += sent;
    if (would_block(code)) code = co_await wait_ready(socket_, asio::ip::tcp::socket::wait_write, deadline);
    if (code) co_return fail(to_error(code));
  }
  co_return Status();
}

void TcpStream::close() {
  error_code ignored;
  std::ignore = socket_.close(ignored);
}

void TcpStream::end_writing() {
  error_code ignored;
  std::ignore = socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void TcpStream::end_reading() {
  error_code ignored;
  std::ignore = socket_.shutdown(asio::socket_base::shutdown_receive, ignored);
}

void TcpStream::reset() { abort(socket_); }

}  // namespace certherald::net
