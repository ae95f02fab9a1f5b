#include "scan/scanner.hpp"

#include <gtest/gtest.h>

#include <string>

#include "scan/loopback_world.hpp"

namespace certherald::scan {
namespace {

// A good ServerHello, at a byte every 20 ms.
net::Task<void> drip(tcp::socket& socket) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  const Bytes hello = co_await read_hello(socket);
  if (hello.empty()) co_return;
  const Bytes flight = server.answer(hello).bytes;
  for (const std::uint8_t byte : flight) {
    const Bytes one = {byte};
    co_await send(socket, one);
    if (!co_await net::pause(Millis(20))) co_return;
  }
}

// A Certificate message of 16 MB.
net::Task<void> flood(tcp::socket& socket) {
  (void)co_await read_hello(socket);
  Bytes flight;
  test_wire::add_message(flight, codec::tls::HandshakeType::server_hello,
                         test_wire::server_hello(tls12, 0xc02f, 29));
  test_wire::append(flight, Bytes{11, 0xff, 0xff, 0xff});
  const Bytes start = test_wire::records(flight, 0x0303, 16384);
  co_await send(socket, start);
  const Bytes more = test_wire::records(Bytes(16384, 0x30), 0x0303, 16384);
  for (int i = 0; i < 1024 && socket.is_open(); ++i) {
    const auto [error, count] = co_await asio::async_write(socket, asio::buffer(more), as_values);
    if (error) co_return;
  }
}

TEST(Scanner, ScansAServerWhole) {
  World world;
  TestServer tls{.suites = {{tls10, {0x000a}}, {tls12, {0xc030, 0xc02f, 0x009d}}, {tls13, {0x1302, 0x1301}}}};
  LoopbackServer server(world.io, speaks_tls(tls));
  ScanOptions options = quick();
  options.step_timeout = Millis(5'000);
  const auto out = scan_once(world, server, options);
  ASSERT_EQ(out.size(), 1U);
  const auto& observation = out[0].observation;
  EXPECT_EQ(observation.status, ScanStatus::scanned) << observation.error;
  EXPECT_EQ(observation.address, "127.0.0.1");
  EXPECT_EQ(observation.at, world.clock.now());
  EXPECT_EQ(observation.connections, server.accepted());
  EXPECT_GT(observation.bytes_received, 1'000U);
  EXPECT_EQ(observation.versions.size(), 3U);
  EXPECT_EQ(out[0].facts.chain, tls.chain);
  EXPECT_EQ(out[0].facts.of(tls12).ciphers, (std::vector<std::uint32_t>{0xc030, 0xc02f, 0x009d}));
  for (const VersionFacts& row : out[0].facts.versions) EXPECT_TRUE(row.complete) << to_string(row.version);
  const ProbeEvidence* proof = out[0].facts.of(tls10).proof_of(0x000a);
  ASSERT_NE(proof, nullptr);
  EXPECT_FALSE(proof->sent.empty());
  EXPECT_TRUE(proof->received.starts_with("160301")) << proof->received;
  EXPECT_LE(proof->round_trip, observation.duration);
  EXPECT_LE(server.most_at_once(), 4);
  EXPECT_GT(server.most_at_once(), 1) << "lanes run side by side";
}

TEST(Scanner, InventoryTakesOneConnection) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030}}}};
  LoopbackServer server(world.io, speaks_tls(tls));
  const auto out = scan_once(world, server, quick(model::Tier::inventory));
  EXPECT_EQ(out[0].observation.connections, 1);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_EQ(out[0].facts.chain, tls.chain);
}

TEST(Scanner, BadServersEndInBoundsWithAClearMessage) {
  struct Row {
    std::string_view name;
    Behaviour behaviour;
    ScanStatus status;
    std::string_view says;
  };
  const Behaviour mute = [](tcp::socket&) -> net::Task<void> { co_return; };
  const Behaviour resets = [](tcp::socket& socket) -> net::Task<void> {
    (void)co_await read_hello(socket);
    end(socket, After::reset);
  };
  const std::vector<Row> rows = {
      {"ssh", says("SSH-2.0-OpenSSH_9.2p1\r\n"), ScanStatus::not_tls,
       "speaks SSH, not TLS (SSH-2.0-OpenSSH_9.2p1)"},
      {"http", says("HTTP/1.1 400 Bad Request\r\n\r\n", After::close), ScanStatus::not_tls,
       "speaks HTTP without TLS (HTTP/1.1 400 Bad Request)"},
      {"closes", says("", After::close), ScanStatus::not_tls, "closes the connection when asked for TLS"},
      {"resets", resets, ScanStatus::not_tls, "resets the connection when asked for TLS"},
      {"mute", mute, ScanStatus::unreachable,
       "connected, but the answer to a TLS hello did not come: no answer in"},
      {"drip", drip, ScanStatus::unreachable, "connected, but the answer to a TLS hello did not come: only "},
  };
  for (const Row& row : rows) {
    World world;
    LoopbackServer server(world.io, row.behaviour);
    const auto begin = std::chrono::steady_clock::now();
    const auto out = scan_once(world, server, quick());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, Seconds(10)) << row.name;
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].observation.status, row.status) << row.name;
    EXPECT_TRUE(out[0].observation.error.starts_with(row.says))
        << row.name << ": " << out[0].observation.error;
    EXPECT_TRUE(out[0].observation.versions.empty());
    EXPECT_EQ(out[0].observation.connections, server.accepted()) << row.name;
  }
}

TEST(Scanner, SixteenMegabytesOfHandshakeAreNotRead) {
  World world;
  LoopbackServer server(world.io, flood);
  const auto out = scan_once(world, server, quick(model::Tier::inventory));
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned);
  EXPECT_EQ(out[0].facts.chain_missing,
            "the certificate did not arrive: a TLS handshake of 16777215 bytes, over the limit of 262144");
  EXPECT_LT(out[0].observation.bytes_received, 100'000U);
}

TEST(Scanner, AClosedPortIsTriedTwice) {
  World world;
  std::uint16_t port = 0;
  {
    tcp::acceptor taken(world.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    port = taken.local_endpoint().port();
  }
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  const auto out = world.run(scanner.scan(endpoint_at(port), quick(), net::Deadline::after(long_enough)));
  EXPECT_EQ(out[0].observation.status, ScanStatus::unreachable);
  EXPECT_EQ(out[0].observation.error, fmt::format("port {} is closed: connection refused", port));
  EXPECT_EQ(out[0].observation.connections, 0);
}

net::Task<std::vector<Scanned>> scan_two(Scanner& scanner, const model::EndpointKey& key,
                                         LoopbackServer& first, LoopbackServer& second) {
  auto out = co_await scanner.scan(key, quick(), net::Deadline::after(long_enough));
  co_await first.stop();
  co_await second.stop();
  co_return out;
}

TEST(Scanner, EveryAddressOfANameIsScanned) {
  World world;
  world.resolver.addresses["shop.example.com"] = {"127.0.0.1", "::1", "127.0.0.9"};
  TestServer four{.suites = {{tls12, {0xc030}}}};
  TestServer six{.suites = {{tls12, {0x002f}}}};
  LoopbackServer first(world.io, speaks_tls(four));
  LoopbackServer second(world.io, speaks_tls(six), "::1", first.port());
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  const auto key = endpoint_at(first.port(), "shop.example.com", "");
  const auto out = world.run(scan_two(scanner, key, first, second));
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].observation.address, "127.0.0.1");
  EXPECT_EQ(out[0].facts.of(tls12).ciphers, std::vector<std::uint32_t>{0xc030});
  EXPECT_EQ(out[1].observation.address, "::1");
  EXPECT_EQ(out[1].facts.of(tls12).ciphers, std::vector<std::uint32_t>{0x002f});
  EXPECT_EQ(out[2].observation.address, "127.0.0.9");
  EXPECT_EQ(out[2].observation.status, ScanStatus::unreachable);
  for (const Scanned& one : out) EXPECT_EQ(one.observation.endpoint, key);
}

TEST(Scanner, WhatCannotBeResolvedIsOneUnreachable) {
  World world;
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  const auto out = world.run(
      scanner.scan(endpoint_at(443, "nowhere.example.com", ""), quick(), net::Deadline::after(long_enough)));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].observation.address, "");
  EXPECT_EQ(out[0].observation.status, ScanStatus::unreachable);
  EXPECT_NE(out[0].observation.error, "");
  EXPECT_EQ(out[0].facts.chain_missing, out[0].observation.error);
}

TEST(Scanner, ANameWithoutEndOfAddressesIsCut) {
  World world;
  world.limits.addresses = 2;
  world.resolver.addresses["many.example.com"] = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  const auto out = world.run(
      scanner.scan(endpoint_at(1, "many.example.com", ""), quick(), net::Deadline::after(long_enough)));
  EXPECT_EQ(out.size(), 2U);
}

TEST(Scanner, TheTimeOfAnAddressHasAnEnd) {
  World world;
  LoopbackServer server(world.io, drip);
  ScanOptions options = quick();
  options.step_timeout = Millis(60'000);
  options.address_timeout = Millis(300);
  const auto begin = std::chrono::steady_clock::now();
  const auto out = scan_once(world, server, options);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, Seconds(5));
  EXPECT_EQ(out[0].observation.status, ScanStatus::unreachable);
  EXPECT_TRUE(out[0].observation.error.starts_with("connected, but")) << out[0].observation.error;
}

// A server that answers in time but not for long enough: what is open then stays unknown.
TEST(Scanner, TimeThatEndsMidwayLeavesTheRestUnknown) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030, 0xc02f, 0x009c}}}};
  int answered = 0;
  LoopbackServer server(world.io, speaks_tls_to_the_first(tls, 3, answered));
  ScanOptions options = quick();
  options.step_timeout = Millis(60'000);
  options.address_timeout = Millis(500);
  const auto out = scan_once(world, server, options);
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned);
  EXPECT_EQ(out[0].facts.chain, tls.chain);
  for (const VersionFacts& row : out[0].facts.versions) {
    EXPECT_FALSE(row.complete) << to_string(row.version);
    EXPECT_NE(row.acceptance, Acceptance::refused) << to_string(row.version);
  }
  EXPECT_EQ(out[0].facts.of(tls12).ending, "the time for this address was over (500ms at most)");
}

TEST(Scanner, ADeadlineThatHasPassedConnectsToNobody) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030}}}};
  LoopbackServer server(world.io, speaks_tls(tls));
  const auto out = scan_once(world, server, quick(), Millis(0));
  EXPECT_EQ(out[0].observation.status, ScanStatus::unreachable);
  EXPECT_EQ(out[0].observation.error, "its turn did not come in time");
  EXPECT_EQ(server.accepted(), 0);
}

net::Task<void> scan_into(Scanner& scanner, std::uint16_t port, const ScanOptions& options,
                          std::vector<Scanned>& out) {
  out = co_await scanner.scan(endpoint_at(port), options, net::Deadline::never());
}

net::Task<bool> cancel_after_four(Scanner& scanner, LoopbackServer& server, const ScanOptions& options,
                                  const int& answered, std::vector<Scanned>& out) {
  net::Scope scope(co_await asio::this_coro::executor);
  scope.spawn(scan_into(scanner, server.port(), options, out));
  while (answered < 4) (void)co_await net::pause(Millis(1));
  scope.cancel();
  co_await scope.join();
  co_await server.stop();
  co_return true;
}

TEST(Scanner, CancellingEndsEveryLaneAtOnce) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030, 0xc02f}}}};
  int answered = 0;
  LoopbackServer server(world.io, speaks_tls_to_the_first(tls, 1, answered));  // the opening only
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  ScanOptions options = quick();
  options.step_timeout = Millis(600'000);
  options.address_timeout = Millis(600'000);
  std::vector<Scanned> out;
  EXPECT_TRUE(world.run(cancel_after_four(scanner, server, options, answered, out)));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].facts.of(tls12).acceptance, Acceptance::accepted);
  EXPECT_EQ(out[0].facts.of(tls11).acceptance, Acceptance::unknown);
  EXPECT_EQ(out[0].facts.of(tls11).ending, "cancelled");
}

net::Task<void> scan_one(Scanner& scanner, std::uint16_t port, const ScanOptions& options,
                         std::vector<ScanStatus>& statuses) {
  const auto out = co_await scanner.scan(endpoint_at(port), options, net::Deadline::after(long_enough));
  statuses.push_back(out.front().observation.status);
}

net::Task<bool> scan_six(Scanner& scanner, LoopbackServer& server, const ScanOptions& options,
                         std::vector<ScanStatus>& statuses) {
  net::Scope scope(co_await asio::this_coro::executor);
  for (int i = 0; i < 6; ++i) scope.spawn(scan_one(scanner, server.port(), options, statuses));
  co_await scope.join();
  co_await server.stop();
  co_return true;
}

TEST(Scanner, AllScansTogetherKeepToTheLimit) {
  World world;
  world.limits.connections = 3;
  TestServer tls{.suites = {{tls12, {0xc030, 0xc02f}}}};
  LoopbackServer server(world.io, speaks_tls(tls));
  Scanner scanner(world.io.get_executor(), world.resolver, world.clock, world.random, world.limits);
  ScanOptions options = quick();
  options.step_timeout = Millis(5'000);
  std::vector<ScanStatus> statuses;
  EXPECT_TRUE(world.run(scan_six(scanner, server, options, statuses)));
  EXPECT_EQ(statuses, std::vector<ScanStatus>(6, ScanStatus::scanned));
  EXPECT_LE(server.most_at_once(), 4);  // the server learns of an end a moment after the next has begun
}

TEST(Scanner, TheRateOfAnAddressHolds) {
  World world;
  TestServer tls{.suites = {{tls12, {0xc030}}}};
  LoopbackServer server(world.io, speaks_tls(tls));
  ScanOptions options = quick();
  options.step_timeout = Millis(5'000);
  options.host_rate = 10;
  const auto begin = std::chrono::steady_clock::now();
  const auto out = scan_once(world, server, options);
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const int beyond_the_burst = out[0].observation.connections - 10;
  ASSERT_GT(beyond_the_burst, 0);
  EXPECT_GE(took, (beyond_the_burst - 1) / options.host_rate);
  EXPECT_EQ(out[0].observation.status, ScanStatus::scanned);
}

}  // namespace
}  // namespace certherald::scan
