#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

// One TCP connection over IPv4 or IPv6. How a call ends, each with its own message:
//   timed_out    the deadline passed, or the kernel gave the peer up; the socket is closed with RST
//   cancelled    the caller was cancelled; the socket is closed with RST
//   refused      connect: a port that is closed; read and write: the peer reset the connection
//   unreachable  no route, host or network down, or the stream is not open
//   too_large    we ran out of file descriptors or local ports: our limit, nothing about the peer
// End of stream is a read of 0 bytes, never an error. One call at a time. One executor, no locks.
class TcpStream final {
 public:
  explicit TcpStream(const Executor& executor);  // not connected
  // Takes a connection over that was accepted.
  explicit TcpStream(boost::asio::ip::tcp::socket accepted);
  TcpStream(TcpStream&&) noexcept = default;
  TcpStream& operator=(TcpStream&&) noexcept = default;

  // `address` is an IP address in text, an IPv6 one without brackets.
  static Task<Result<TcpStream>> connect(std::string address, std::uint16_t port, Deadline deadline);

  // Bytes read, at least 1 into an `out` that is not empty; 0 where the peer ended its side in order.
  Task<Result<std::size_t>> read_some(std::span<std::uint8_t> out, Deadline deadline);
  // Whether read_some would not have to wait. False at the deadline, where the stream stays as it was.
  Task<Result<bool>> readable(Deadline deadline);
  // All bytes are with the kernel when it succeeds. `bytes` must outlive the call.
  Task<Status> write_all(ByteView bytes, Deadline deadline);

  void close();
  // Ends our side in order (FIN); the peer's may go on.
  void end_writing();
  // A read that waits, and every later one, sees the end of the stream.
  void end_reading();
  // Ends the connection with RST, so that a scan leaves no local port in TIME_WAIT behind.
  void reset();

  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  boost::asio::ip::tcp::socket socket_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace certherald::net
