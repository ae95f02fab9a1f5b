#include "net/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace certherald::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

Error to_error(const error_code& code) {
  namespace error = asio::error;
  if (code == error::connection_refused) return {ErrorKind::refused, "connection refused", {}};
  if (code == error::connection_reset || code == error::broken_pipe) {
    return {ErrorKind::refused, "connection reset by the peer", {}};
  }
  if (code == error::operation_aborted) return {ErrorKind::cancelled, "cancelled", {}};
  if (code == error::timed_out) return {ErrorKind::timed_out, "no answer in time", {}};
  if (code.value() == EMFILE || code.value() == ENFILE) {
    return {ErrorKind::too_large, "out of file descriptors",
            "raise the limit (ulimit -n) or lower [scan] connections"};
  }
  if (code.value() == EADDRNOTAVAIL) {
    return {ErrorKind::too_large, "out of local ports", "lower [scan] connections or the rate"};
  }
  return {ErrorKind::unreachable, code.message(), {}};
}

// Waits for the socket to be ready, or closes it at the deadline. One timer and one wait, no coroutine of
// its own: this is the scanner's inner loop.
Task<error_code> wait_ready(asio::ip::tcp::socket& socket, asio::ip::tcp::socket::wait_type kind,
                            Deadline deadline) {
  asio::steady_timer timer(socket.get_executor(), deadline.at());
  auto [order, socket_error, timer_error] =
      co_await asio::experimental::make_parallel_group(socket.async_wait(kind, asio::deferred),
                                                       timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) co_return socket_error;
  error_code ignored;
  socket.close(ignored);
  co_return timer_error ? error_code(asio::error::operation_aborted) : error_code(asio::error::timed_out);
}

}  // namespace

TcpStream::TcpStream(asio::any_io_executor executor) : socket_(std::move(executor)) {}

Task<Result<TcpStream>> TcpStream::connect(std::string address, std::uint16_t port, Deadline deadline) {
  error_code code;
  const auto ip = asio::ip::make_address(address, code);
  if (code) co_return fail(ErrorKind::invalid_input, "'{}' is not an IP address", address);
  TcpStream stream(co_await asio::this_coro::executor);
  const asio::ip::tcp::endpoint endpoint(ip, port);
  stream.socket_.open(endpoint.protocol(), code);
  if (code) co_return fail(to_error(code));
  stream.socket_.non_blocking(true, code);
  stream.socket_.set_option(asio::ip::tcp::no_delay(true), code);
  if (::connect(stream.socket_.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) ==
      0) {
    co_return std::move(stream);
  }
  if (errno != EINPROGRESS) co_return fail(to_error(error_code(errno, boost::system::system_category())));
  code = co_await wait_ready(stream.socket_, asio::ip::tcp::socket::wait_write, deadline);
  if (code) co_return fail(to_error(code));
  int failure = 0;
  socklen_t size = sizeof failure;
  ::getsockopt(stream.socket_.native_handle(), SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) co_return fail(to_error(error_code(failure, boost::system::system_category())));
  co_return std::move(stream);
}

Task<Result<std::size_t>> TcpStream::read_some(std::span<std::uint8_t> out, Deadline deadline) {
  for (;;) {
    error_code code;
    const std::size_t got = socket_.read_some(asio::buffer(out.data(), out.size()), code);
    bytes_in_ += got;
    if (!code) co_return got;
    if (code == asio::error::eof) co_return std::size_t{0};
    if (code != asio::error::would_block && code != asio::error::try_again) co_return fail(to_error(code));
    code = co_await wait_ready(socket_, asio::ip::tcp::socket::wait_read, deadline);
    if (code) co_return fail(to_error(code));
  }
}

Task<Status> TcpStream::write_all(ByteView bytes, Deadline deadline) {
  while (!bytes.empty()) {
    error_code code;
    const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), code);
    bytes = bytes.subspan(sent);
    if (!code) continue;
    if (code != asio::error::would_block && code != asio::error::try_again) co_return fail(to_error(code));
    code = co_await wait_ready(socket_, asio::ip::tcp::socket::wait_write, deadline);
    if (code) co_return fail(to_error(code));
  }
  co_return Status();
}

void TcpStream::close() {
  error_code ignored;
  socket_.close(ignored);
}

void TcpStream::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace certherald::net
