#include "scan/scanner.hpp"

#include <gtest/gtest.h>

#include <string>

#include "scan/loopback_world.hpp"

namespace certherald::scan {
namespace {

using Lines = std::vector<std::string>;

net::Task<void> talk(Lines lines, TestServer& tls, After after, tcp::socket& socket) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) (void)co_await read_hello(socket);
    const Bytes bytes(lines[i].begin(), lines[i].end());
    co_await send(socket, bytes);
  }
  end(socket, after);
  if (after != After::wait) co_return;
  const Bytes hello = co_await read_hello(socket);
  if (hello.empty() || (hello[0] != 22 && hello[0] < 0x80)) co_return;
  co_await answer_hello(tls, hello, socket);
}

// Says its lines one for each thing it hears, the first by itself, then speaks TLS.
Behaviour talks(Lines lines, TestServer& tls, After after = After::wait) {
  return [lines = std::move(lines), &tls, after](tcp::socket& socket) {
    return talk(lines, tls, after, socket);
  };
}

std::vector<Scanned> scan_behind(World& world, LoopbackServer& server, std::string protocol,
                                 const ScanOptions& options) {
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  auto key = endpoint_at(server.port());
  key.starttls = std::move(protocol);
  return world.run(scan_then_stop(scanner, server, key, options, net::Deadline::after(long_enough)));
}

const Lines good_smtp = {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n"};

TEST(ScannerStarttls, SpeaksStarttlsBeforeEachHello) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030, 0xc02f}}, {tls13, {0x1301}}}};
  LoopbackServer server(world.io, talks(good_smtp, tls));
  ScanOptions options = quick();
  options.step_timeout = Millis(5'000);
  const auto out = scan_behind(world, server, "smtp", options);
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned) << out[0].observation.error;
  EXPECT_EQ(out[0].facts.chain, tls.chain);
  EXPECT_EQ(out[0].facts.of(tls12).ciphers, (std::vector<std::uint32_t>{0xc030, 0xc02f}));
  EXPECT_EQ(tls.answers, static_cast<std::size_t>(server.accepted())) << "a dialog for each hello";
  EXPECT_EQ(out[0].facts.faults, std::vector<std::string>{});
}

TEST(ScannerStarttls, WordsBehindTheGoAheadAreAFaultAndNoTls) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030}}}};
  // Fed to TLS, the alert would end it.
  LoopbackServer server(world.io, talks({good_smtp[0], good_smtp[1], good_smtp[2] + "\x15\x03\x01"}, tls));
  const auto out = scan_behind(world, server, "smtp", quick(model::Tier::inventory));
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned) << out[0].observation.error;
  EXPECT_EQ(out[0].facts.faults,
            std::vector<std::string>{"sent more in the clear after its go-ahead to STARTTLS"});
}

TEST(ScannerStarttls, ADialogWithoutGoAheadIsToldInItsWords) {
  struct Row {
    Lines lines;
    After after;
    ScanStatus status;
    std::string_view says;
    int connections;
  };
  const std::vector<Row> rows = {
      {{"220 mx\r\n", "250 STARTTLS\r\n", "501 no\r\n"},
       After::wait,
       ScanStatus::not_tls,
       "the server refused STARTTLS: 501 no",
       1},
      {{"220 mx\r\n", "250 STARTTLS\r\n", "454 later\r\n"},
       After::wait,
       ScanStatus::unreachable,
       "the server refused STARTTLS: 454 later",
       2},
      {{"421 too many\r\n"},
       After::close,
       ScanStatus::blocked,
       "the server refused the connection: 421 too many",
       1},
      {{"SSH-2.0-x\r\n"}, After::wait, ScanStatus::not_tls, "does not speak SMTP (SSH-2.0-x)", 1},
      {{}, After::wait, ScanStatus::unreachable, "connected, but the greeting did not come in ", 2},
      {{"220 mx\r\n"},
       After::close,
       ScanStatus::unreachable,
       "the server closed the connection before the answer to EHLO",
       2},
      {{"220 mx\r\n", "250 STARTTLS\r\n"},
       After::close,
       ScanStatus::unreachable,
       "the server closed the connection before the answer to STARTTLS",
       2},
      {{"220 mx\r\n", "250 STARTTLS\r\n"},
       After::reset,
       ScanStatus::unreachable,
       "the server reset the connection before the answer to ",
       2},
  };
  for (const Row& row : rows) {
    World world;
    TestServer tls;
    LoopbackServer server(world.io, talks(row.lines, tls, row.after));
    const auto out = scan_behind(world, server, "smtp", quick());
    EXPECT_EQ(out[0].observation.status, row.status) << row.says;
    EXPECT_EQ(out[0].observation.error.substr(0, row.says.size()), row.says);
    EXPECT_EQ(server.accepted(), row.connections) << row.says;
    EXPECT_EQ(tls.answers, 0U) << "no hello without a go-ahead";
  }
}

net::Task<void> answer_in_packets(TestServer& tls, tcp::socket& socket) {
  (void)co_await read_hello(socket);
  const Bytes answer = {4, 1, 0, 15, 0, 0, 1, 0, 1, 0, 6, 0, 1, 0xff, 1};
  co_await send(socket, answer);
  const Bytes wrapped = co_await read_hello(socket);
  if (wrapped.size() < 8 || wrapped[0] != 0x12) co_return;
  const TestReply reply = tls.answer(ByteView(wrapped).subspan(8));
  ByteWriter out;
  for (ByteView rest = reply.bytes; !rest.empty();
       rest = rest.subspan(std::min<std::size_t>(100, rest.size()))) {
    const ByteView part = rest.first(std::min<std::size_t>(100, rest.size()));
    out.u8(0x12).u8(1).u16(static_cast<std::uint16_t>(part.size() + 8)).u32(0x00000100).bytes(part);
  }
  const Bytes all = std::move(out).take();
  co_await send(socket, all);
}

// SQL Server: TLS in packets of its own, both ways; the answer in packets of 100 bytes.
TEST(ScannerStarttls, TlsInsideTheirPacketsIsRead) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030}}}};
  LoopbackServer server(world.io, [&tls](tcp::socket& socket) { return answer_in_packets(tls, socket); });
  const auto out = scan_behind(world, server, "mssql", quick(model::Tier::inventory));
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned) << out[0].observation.error;
  EXPECT_EQ(out[0].facts.chain, tls.chain);
}

TEST(ScannerStarttls, AnUnknownProtocolBeforeTlsIsToldWithoutAConnection) {
  World world;
  TestServer tls;
  LoopbackServer server(world.io, speaks_tls(tls));
  const auto out = scan_behind(world, server, "gopher", quick());
  EXPECT_EQ(out[0].observation.status, ScanStatus::unreachable);
  EXPECT_EQ(out[0].observation.error.substr(0, 46), "no STARTTLS is known for the protocol 'gopher'");
  EXPECT_EQ(server.accepted(), 0);
}

}  // namespace
}  // namespace certherald::scan
