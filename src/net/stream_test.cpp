#include "net/stream.hpp"

#include <sys/resource.h>

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::Listener;
using test::soon;
using test::Tcp;
using test::World;

enum class Server : std::uint8_t {
  silent,
  closes,
  greets_then_closes,
  greets_then_waits,
  greets_byte_by_byte,
  greets_then_resets,
  resets,
  never_reads,
};

Task<void> serve(Listener& listener, Server kind) {
  auto socket = co_await listener.accept();
  if (!socket) co_return;
  switch (kind) {
    case Server::silent:
    case Server::never_reads:
      co_await test::linger();
      break;
    case Server::closes:
      break;
    case Server::greets_then_closes:
      co_await test::write_text(*socket, "hello");
      break;
    case Server::greets_then_waits:
      co_await test::write_text(*socket, "hello");
      co_await test::linger();
      break;
    case Server::greets_byte_by_byte:
      for (const char c : std::string_view("hello")) {
        co_await test::write_text(*socket, std::string(1, c));
        co_await pause(Millis(2));
      }
      break;
    case Server::greets_then_resets:
      co_await test::write_text(*socket, "hello");
      co_await pause(Millis(20));
      test::send_reset(*socket);
      break;
    case Server::resets:
      test::send_reset(*socket);
      break;
  }
}

// Everything until the end, and how it ended.
struct Reading {
  std::string text;
  std::size_t reads = 0;
  std::optional<Error> error;
  bool open = false;
};

Task<Reading> read_all(std::string address, std::uint16_t port, Deadline deadline) {
  Reading out;
  auto stream = co_await TcpStream::connect(std::move(address), port, Deadline::after(ample));
  if (!stream) {
    out.error = stream.error();
    co_return out;
  }
  std::array<std::uint8_t, 64> buffer{};
  for (;;) {
    const auto got = co_await stream->read_some(buffer, deadline);
    out.open = stream->is_open();
    if (!got) {
      out.error = got.error();
      co_return out;
    }
    if (*got == 0) break;
    ++out.reads;
    out.text += as_text(ByteView(buffer).first(*got));
  }
  EXPECT_EQ(stream->bytes_in(), out.text.size());
  co_return out;
}

Reading read_from(Server kind, Millis span, const char* address = "127.0.0.1") {
  World world;
  Listener listener(world, address);
  world.servers.spawn(serve(listener, kind));
  return world.run(read_all(address, listener.port(), Deadline::after(span)));
}

TEST(TcpStream, EndOfStreamIsNoError) {
  const Reading reading = read_from(Server::greets_then_closes, ample);
  EXPECT_EQ(reading.text, "hello");
  EXPECT_FALSE(reading.error);
  EXPECT_EQ(read_from(Server::closes, ample).text, "");
}

TEST(TcpStream, OverIpv6) {
  const Reading reading = read_from(Server::greets_then_closes, ample, "::1");
  EXPECT_EQ(reading.text, "hello");
  EXPECT_FALSE(reading.error);
}

TEST(TcpStream, ByteByByte) {
  const Reading reading = read_from(Server::greets_byte_by_byte, ample);
  EXPECT_EQ(reading.text, "hello");
  EXPECT_GT(reading.reads, 1U);
}

TEST(TcpStream, ResetIsTold) {
  for (const Server kind : {Server::greets_then_resets, Server::resets}) {
    const Reading reading = read_from(kind, ample);
    ASSERT_TRUE(reading.error);
    EXPECT_EQ(reading.error->kind, ErrorKind::refused);
    EXPECT_EQ(reading.error->message, "connection reset by the peer");
    EXPECT_EQ(reading.text, kind == Server::resets ? "" : "hello");
  }
}

TEST(TcpStream, SilenceIsTimedOutAndCloses) {
  const Reading reading = read_from(Server::silent, soon);
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind, ErrorKind::timed_out);
  EXPECT_FALSE(reading.open);
}

// What two waits of a client say of a server that greets once and then is silent.
Task<std::vector<bool>> wait_twice(std::uint16_t port) {
  auto stream = co_await TcpStream::connect("127.0.0.1", port, Deadline::after(ample));
  std::vector<bool> out;
  const auto before = co_await stream->readable(Deadline::after(ample));
  out.push_back(before && *before);
  std::array<std::uint8_t, 64> buffer{};
  (void)co_await stream->read_some(buffer, Deadline::after(ample));
  const auto after = co_await stream->readable(Deadline::after(soon));
  out.push_back(after && *after);
  out.push_back(stream->is_open());
  co_return out;
}

TEST(TcpStream, AWaitThatEndsInSilenceLeavesTheStreamOpen) {
  World world;
  Listener listener(world);
  world.servers.spawn(serve(listener, Server::greets_then_waits));
  EXPECT_EQ(world.run(wait_twice(listener.port())), (std::vector<bool>{true, false, true}));
}

TEST(TcpStream, RefusedPort) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    World world;
    const auto got = world.run(TcpStream::connect(address, test::closed_port(world), Deadline::after(ample)));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), (Error{ErrorKind::refused, "connection refused", {}}));
  }
}

TEST(TcpStream, NotAnAddress) {
  for (const std::string address :
       {"localhost", "", "127.0.0.1 ", "[::1]", "1.2.3", "999.0.0.1", "evil\x1b[2J"}) {
    World world;
    const auto got = world.run(TcpStream::connect(address, 1, Deadline::after(ample)));
    ASSERT_FALSE(got) << address;
    EXPECT_EQ(got.error().kind, ErrorKind::invalid_input);
    EXPECT_EQ(got.error().message.find('\x1b'), std::string::npos);
  }
}

// Fills the backlog of a listener that accepts nobody, so that a further connect gets no answer.
TEST(TcpStream, DeadlineDuringConnect) {
  World world;
  Tcp::acceptor full(world.ioc);
  full.open(Tcp::v4());
  full.bind(Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  full.listen(0);
  const auto port = full.local_endpoint().port();
  const auto body = [](std::uint16_t to) -> Task<std::optional<Error>> {
    std::vector<TcpStream> taken;
    for (int i = 0; i < 8; ++i) {
      auto got = co_await TcpStream::connect("127.0.0.1", to, Deadline::after(soon));
      if (!got) co_return got.error();
      taken.push_back(std::move(*got));
    }
    co_return std::nullopt;
  };
  const auto error = world.run(body(port));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::timed_out);
}

TEST(TcpStream, ExpiredDeadlineDoesNotConnect) {
  World world;
  const auto got = world.run(TcpStream::connect("127.0.0.1", 9, Deadline(Deadline::clock::now())));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::timed_out);
}

Task<std::tuple<Status, std::uint64_t, bool>> write_much(std::uint16_t port, std::size_t size,
                                                         Deadline deadline) {
  auto stream = co_await TcpStream::connect("127.0.0.1", port, Deadline::after(ample));
  if (!stream) co_return std::tuple(Status(fail(stream.error())), 0U, false);
  const Bytes bytes(size, 'x');
  const Status written = co_await stream->write_all(bytes, deadline);
  co_return std::tuple(written, stream->bytes_out(), stream->is_open());
}

TEST(TcpStream, DeadlineDuringWrite) {
  World world;
  Listener listener(world);
  world.servers.spawn(serve(listener, Server::never_reads));
  const std::size_t size = std::size_t{64} << 20U;
  const auto [written, count, open] = world.run(write_much(listener.port(), size, Deadline::after(soon)));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::timed_out);
  EXPECT_GT(count, 0U);
  EXPECT_LT(count, size);
  EXPECT_FALSE(open);
}

TEST(TcpStream, WriteToAPeerThatReset) {
  World world;
  Listener listener(world);
  world.servers.spawn(serve(listener, Server::resets));
  const auto [written, count, open] =
      world.run(write_much(listener.port(), std::size_t{64} << 20U, Deadline::after(ample)));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::refused);
}

TEST(TcpStream, WriteAllArrives) {
  World world;
  Listener listener(world);
  std::size_t received = 0;
  const auto count = [](Listener& from, std::size_t& total) -> Task<void> {
    auto socket = co_await from.accept();
    if (!socket) co_return;
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto [error, got] = co_await socket->async_read_some(boost::asio::buffer(buffer), test::quiet);
      total += got;
      if (error) co_return;
    }
  };
  Scope server(world.executor());
  server.spawn(count(listener, received));
  const auto [written, sent, open] =
      world.run(write_much(listener.port(), std::size_t{8} << 20U, Deadline::after(ample)));
  world.run(server.join());
  EXPECT_TRUE(written);
  EXPECT_EQ(sent, std::size_t{8} << 20U);
  EXPECT_EQ(received, sent);
}

TEST(TcpStream, CancelledWhileReadingAndAfter) {
  World world;
  Listener listener(world);
  std::vector<ErrorKind> kinds;
  const auto client = [](std::uint16_t port, std::vector<ErrorKind>& seen) -> Task<void> {
    auto stream = co_await TcpStream::connect("127.0.0.1", port, Deadline::after(ample));
    if (!stream) co_return;
    std::array<std::uint8_t, 8> buffer{};
    const auto got = co_await stream->read_some(buffer, Deadline::after(ample));
    if (!got) seen.push_back(got.error().kind);
    EXPECT_FALSE(stream->is_open());
    const auto again = co_await TcpStream::connect("127.0.0.1", port, Deadline::after(ample));
    if (!again) seen.push_back(again.error().kind);
  };
  world.servers.spawn(client(listener.port(), kinds));
  world.servers.spawn(serve(listener, Server::silent));
  const auto wait = []() -> Task<void> { co_await pause(Millis(20)); };
  world.run(wait());
  EXPECT_EQ(kinds, (std::vector{ErrorKind::cancelled, ErrorKind::cancelled}));
}

TEST(TcpStream, CancelledWhileWriting) {
  World world;
  Listener listener(world);
  std::optional<Error> error;
  const auto client = [](std::uint16_t port, std::optional<Error>& out) -> Task<void> {
    const auto result = co_await write_much(port, std::size_t{64} << 20U, Deadline::after(ample));
    if (!std::get<0>(result)) out = std::get<0>(result).error();
  };
  world.servers.spawn(client(listener.port(), error));
  world.servers.spawn(serve(listener, Server::never_reads));
  const auto wait = []() -> Task<void> { co_await pause(Millis(50)); };
  world.run(wait());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::cancelled);
}

TEST(TcpStream, ResetLeavesAResetBehind) {
  World world;
  Listener listener(world);
  boost::system::error_code seen;
  const auto server = [](Listener& from, boost::system::error_code& out) -> Task<void> {
    auto socket = co_await from.accept();
    if (!socket) co_return;
    std::array<char, 8> buffer{};
    out = std::get<0>(co_await socket->async_read_some(boost::asio::buffer(buffer), test::quiet));
  };
  Scope scope(world.executor());
  scope.spawn(server(listener, seen));
  const auto client = [](std::uint16_t port) -> Task<void> {
    auto stream = co_await TcpStream::connect("127.0.0.1", port, Deadline::after(ample));
    if (stream) stream->reset();
    std::array<std::uint8_t, 8> buffer{};
    const auto got = co_await stream->read_some(buffer, Deadline::after(ample));
    EXPECT_FALSE(got);
    EXPECT_EQ(got.error().message, "the connection is closed");
  };
  world.run(client(listener.port()));
  world.run(scope.join());
  EXPECT_EQ(seen, boost::asio::error::connection_reset);
}

TEST(TcpStream, OutOfFileDescriptors) {
  World world;
  Listener listener(world);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto got = world.run(TcpStream::connect("127.0.0.1", listener.port(), Deadline::after(ample)));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::too_large);
  EXPECT_EQ(got.error().message, "out of file descriptors");
  EXPECT_FALSE(got.error().hint.empty());
}

}  // namespace
}  // namespace certherald::net
