#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

// One TCP connection over IPv4 or IPv6. Errors of every call:
//   timed_out    the deadline passed: the socket is closed then
//   refused      the peer refused the connection or reset it
//   unreachable  no route, host down, network down
//   too_large    we ran out of file descriptors or local ports
//   cancelled    the caller was cancelled
// One call at a time. One executor, no locks.
class TcpStream final {
 public:
  explicit TcpStream(boost::asio::any_io_executor executor);
  TcpStream(TcpStream&&) = default;
  TcpStream& operator=(TcpStream&&) = default;

  // `address` is an IP address in text.
  static Task<Result<TcpStream>> connect(std::string address, std::uint16_t port, Deadline deadline);

  // Bytes read; 0 where the peer ended its side in order.
  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> out, Deadline deadline);
  Task<Status> write_all(ByteView bytes, Deadline deadline);

  void close();
  // Ends the connection with RST, so that a scan leaves no local port in TIME_WAIT behind.
  void reset();

  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::uint64_t bytes_in_ = 0;
};

}  // namespace certherald::net
