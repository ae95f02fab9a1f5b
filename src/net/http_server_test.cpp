#include "net/http_server.hpp"

#include <stdexcept>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::soon;
using test::Tcp;
using test::World;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Says what it was asked; "/throw", "/slow", "/unfit", "/sandbox" and "/none" are something else.
Task<HttpReply> answer(IncomingRequest request) {
  const std::string word = request.path.empty() ? "" : request.path.front();
  if (word == "throw") throw std::runtime_error("a\nbug");
  if (word == "slow") co_return text_reply(co_await pause(ample) ? 200 : 503, "woken");
  if (word == "brief") co_await pause(Millis(30));
  if (word == "unfit") co_return HttpReply{200, "", "", {{"X", "a\r\nSet-Cookie: b"}}};
  if (word == "sandbox") co_return HttpReply{200, "", "", {{"content-security-policy", "sandbox"}}};
  if (word == "none") co_return HttpReply{204, "text/plain", "never sent", {}};
  co_return HttpReply{200,
                      "text/plain",
                      fmt::format("{} {} from {} to {}: {}", request.method, request.target, request.peer,
                                  request.host, request.body),
                      {}};
}

enum class Ending : std::uint8_t { half_close, stays };

Task<std::string> read_to_end(Tcp::socket& socket) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto [error, got] = co_await socket.async_read_some(boost::asio::buffer(buffer), test::quiet);
    out.append(buffer.data(), got);
    if (error) co_return out;
  }
}

Task<Tcp::socket> dial(std::uint16_t port, std::string address = "127.0.0.1") {
  Tcp::socket socket(co_await boost::asio::this_coro::executor);
  const Tcp::endpoint there(boost::asio::ip::make_address(address), port);
  co_await socket.async_connect(there, test::quiet);
  co_return socket;
}

// Everything the server says until it closes.
Task<std::string> converse(std::uint16_t port, std::string text, Ending ending,
                           std::string address = "127.0.0.1") {
  Tcp::socket socket = co_await dial(port, std::move(address));
  co_await test::write_text(socket, std::move(text));
  boost::system::error_code ignored;
  if (ending == Ending::half_close) std::ignore = socket.shutdown(Tcp::socket::shutdown_send, ignored);
  co_return co_await read_to_end(socket);
}

// A server on loopback; serves one `world.run()`.
struct Served {
  explicit Served(HttpServerOptions options = {}, const char* address = "127.0.0.1")
      : server(world.executor(), clock, with_log(std::move(options)), answer) {
    port = server.listen(address, 0).value();
    world.servers.spawn(server.run());
  }
  HttpServerOptions with_log(HttpServerOptions options) {
    options.on_failure = [this](const std::string& line) { failures.push_back(line); };
    return options;
  }
  std::string say(std::string text, Ending ending = Ending::half_close) {
    return world.run(converse(port, std::move(text), ending));
  }

  World world;
  FakeClock clock{Instant(Seconds(1'795'526'482))};
  std::vector<std::string> failures;
  HttpServer server;
  std::uint16_t port = 0;
};

std::string say(std::string text, HttpServerOptions options = {}, Ending ending = Ending::half_close) {
  Served served(std::move(options));
  return served.say(std::move(text), ending);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(HttpServer, WholeReply) {
  EXPECT_EQ(say("POST /a?b=c HTTP/1.1\r\nHost: Here:80\r\nContent-Length: 2\r\n\r\nhi"),
            "HTTP/1.1 200 OK\r\n"
            "Date: Tue, 24 Nov 2026 13:21:22 GMT\r\n"
            "Connection: keep-alive\r\n"
            "Content-Length: 38\r\n"
            "Content-Type: text/plain\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Cache-Control: no-store\r\n"
            "Content-Security-Policy: default-src 'none'\r\n"
            "\r\n"
            "POST /a?b=c from 127.0.0.1 to here: hi");
}

TEST(HttpServer, AReplysOwnPolicyStandsAlone) {
  const std::string said = say("GET /sandbox HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(said, AllOf(HasSubstr("content-security-policy: sandbox\r\n"), Not(HasSubstr("default-src"))));
}

TEST(HttpServer, HeadTellsTheLengthAndSendsNoBody) {
  const std::string said = say("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(said, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Content-Length: 28\r\n")));
  EXPECT_TRUE(said.ends_with("\r\n\r\n")) << said;
}

TEST(HttpServer, NoContentHasNoBodyAndNoLength) {
  const std::string said = say("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(said, AllOf(StartsWith("HTTP/1.1 204 No Content"), Not(HasSubstr("Content-Length")),
                          Not(HasSubstr("never sent"))));
}

TEST(HttpServer, WhenConnectionsAreKept) {
  struct Case {
    std::string request;
    bool kept;
  };
  for (const auto& [request, kept] : {
           Case{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
           Case{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
           Case{"GET / HTTP/1.0\r\n\r\n", false},
           Case{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
       }) {
    const std::string said = say(request + request);
    EXPECT_EQ(count(said, "HTTP/1.1 200 OK"), kept ? 2U : 1U) << request;
    EXPECT_EQ(count(said, kept ? "Connection: keep-alive" : "Connection: close"), kept ? 2U : 1U) << request;
  }
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  const std::string said =
      say("GET /brief HTTP/1.1\r\nHost: a\r\n\r\n"
          "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
          "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
          "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(said, AllOf(HasSubstr("GET /brief"), HasSubstr("POST /2 from 127.0.0.1 to a: hi"),
                          HasSubstr("GET /3"), Not(HasSubstr("GET /4"))));
  EXPECT_LT(said.find("GET /brief"), said.find("POST /2"));
}

TEST(HttpServer, Continue) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ";
  const auto patient = [](std::uint16_t port, std::string asked) -> Task<std::string> {
    Tcp::socket socket = co_await dial(port);
    co_await test::write_text(socket, std::move(asked));
    std::string said;
    co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(said), "\r\n\r\n",
                                           test::quiet);
    if (said.contains("100 Continue")) co_await test::write_text(socket, "hi");
    boost::system::error_code ignored;
    std::ignore = socket.shutdown(Tcp::socket::shutdown_send, ignored);
    co_return said + co_await read_to_end(socket);
  };
  Served yes;
  EXPECT_THAT(yes.world.run(patient(yes.port, head + "2\r\n\r\n")),
              AllOf(StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), HasSubstr("to a: hi")));
  Served no;
  EXPECT_THAT(no.world.run(patient(no.port, head + "9999999\r\n\r\n")), StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, RefusalsCloseTheConnection) {
  const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string bad : {"garbage\r\n\r\n", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\x9c\x80"}) {
    const std::string said = say(bad + next, {}, Ending::stays);
    EXPECT_THAT(said, AllOf(StartsWith("HTTP/1.1 400 Bad Request"), HasSubstr("Connection: close"),
                            Not(HasSubstr("/next"))));
  }
}

TEST(HttpServer, TooLarge) {
  HttpServerOptions options;
  options.max_body_bytes = 1000;
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string much(8'000'000, 'x');  // more than the kernel holds while nobody reads
  EXPECT_THAT(say(post + "Content-Length: 1001\r\n\r\n" + much, options), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(say(post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + much, options),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(say(post + "X: " + much, options), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(say(post + "Content-Length: 1000\r\n\r\n" + much.substr(0, 1000), options),
              StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, HostsThatAreNotOurs) {
  HttpServerOptions options;
  options.allowed_hosts = {"here.example", "::1"};
  for (const auto& [host, status] : std::vector<std::pair<std::string, std::string>>{
           {"Here.Example:8443", "200"}, {"[::1]:1", "200"}, {"evil.example", "421"}, {"", "421"}}) {
    EXPECT_THAT(say("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", options),
                StartsWith("HTTP/1.1 " + status));
  }
}

TEST(HttpServer, AHandlersBugIsA500AndTold) {
  Served served;
  const std::string said = served.say(
      "GET /throw HTTP/1.1\r\nHost: a\r\n\r\nGET /unfit HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /fine HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(count(said, "HTTP/1.1 500 Internal Server Error"), 2U);
  EXPECT_THAT(said, AllOf(HasSubstr("GET /fine"), Not(HasSubstr("Set-Cookie")), Not(HasSubstr("bug"))));
  EXPECT_EQ(served.failures,
            (std::vector<std::string>{"GET /throw: a bug", "GET /unfit: a reply with the unfit header 'X'"}));
}

TEST(HttpServer, DeadlinesOnEveryStep) {
  struct Case {
    Millis HttpServerOptions::* step;
    std::string sent;
    std::string said;  // its beginning
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (const auto& [step, sent, said] : {
           Case{&HttpServerOptions::header, "", ""},
           Case{&HttpServerOptions::header, get, ""},
           Case{&HttpServerOptions::body, get + "Content-Length: 5\r\n\r\nhi", ""},
           Case{&HttpServerOptions::handler, "GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "HTTP/1.1 503"},
           Case{&HttpServerOptions::idle, get + "\r\n", "HTTP/1.1 200"},
       }) {
    HttpServerOptions options;
    options.*step = soon;
    const auto begun = Deadline::clock::now();
    const std::string got = say(sent, options, Ending::stays);
    EXPECT_LT(Deadline::clock::now() - begun, ample / 2) << sent;
    EXPECT_THAT(got, said.empty() ? testing::Matcher<std::string>(IsEmpty()) : StartsWith(said)) << sent;
  }
}

TEST(HttpServer, AClientThatDripsIsCutOffAtTheSameMoment) {
  HttpServerOptions options;
  options.header = soon;
  Served served(options);
  const auto drip = [](std::uint16_t port) -> Task<bool> {
    Tcp::socket socket = co_await dial(port);
    const Deadline deadline = Deadline::after(ample);
    while (!deadline.expired()) {
      const std::string byte = "G";
      const auto [error, sent] =
          co_await boost::asio::async_write(socket, boost::asio::buffer(byte), test::quiet);
      if (error) co_return true;
      co_await pause(Millis(5));
    }
    co_return false;
  };
  EXPECT_TRUE(served.world.run(drip(served.port)));
}

TEST(HttpServer, AClientThatDoesNotReadIsCutOff) {
  HttpServerOptions options;
  options.write = soon;
  options.max_body_bytes = std::size_t{16} << 20U;
  Served served(options);
  const auto deaf = [](std::uint16_t port, HttpServer& server) -> Task<bool> {
    Tcp::socket socket = co_await dial(port);
    const std::string body(std::size_t{16} << 20U, 'x');  // comes back
    co_await test::write_text(
        socket, fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
    const Deadline deadline = Deadline::after(ample);
    while (server.connections() > 0 && !deadline.expired()) co_await pause(Millis(5));
    co_return server.connections() == 0;
  };
  EXPECT_TRUE(served.world.run(deaf(served.port, served.server)));
}

TEST(HttpServer, HalfClosedInsideARequest) {
  EXPECT_THAT(say("GET / HTTP/1.1\r\nHos"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhi"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(say(""), IsEmpty());
}

TEST(HttpServer, BeyondTheLimitOfConnections) {
  HttpServerOptions options;
  options.max_connections = 20;
  Served served(options);
  const auto crowd = [](std::uint16_t port, HttpServer& server) -> Task<std::string> {
    std::vector<Tcp::socket> held;
    held.reserve(20);
    for (int i = 0; i < 20; ++i) held.push_back(co_await dial(port));
    const Deadline deadline = Deadline::after(ample);
    while (server.connections() < 20 && !deadline.expired()) co_await pause(Millis(1));
    std::string out = co_await converse(port, "GET /21 HTTP/1.1\r\nHost: a\r\n\r\n", Ending::stays);
    held.pop_back();
    while (server.connections() == 20 && !deadline.expired()) co_await pause(Millis(1));
    out += co_await converse(port, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n", Ending::half_close);
    co_return out;
  };
  const std::string said = served.world.run(crowd(served.port, served.server));
  EXPECT_THAT(said, AllOf(StartsWith("HTTP/1.1 503 Service Unavailable"), HasSubstr("Connection: close"),
                          HasSubstr("GET /again"), Not(HasSubstr("GET /21"))));
}

TEST(HttpServer, ManyClientsAtOnce) {
  Served served;
  const auto many = [](World& world, std::uint16_t port) -> Task<std::size_t> {
    std::size_t good = 0;
    Scope scope(world.executor());
    const auto one = [](std::uint16_t to, int number, std::size_t& sum) -> Task<void> {
      const std::string said = co_await converse(
          to, fmt::format("GET /brief/{} HTTP/1.1\r\nHost: a\r\n\r\n", number), Ending::half_close);
      if (said.contains(fmt::format("GET /brief/{} ", number))) ++sum;
    };
    for (int i = 0; i < 200; ++i) scope.spawn(one(port, i, good));
    co_await scope.join();
    co_return good;
  };
  EXPECT_EQ(served.world.run(many(served.world, served.port)), 200U);
}

// Stops the server while clients are at different points; what each was told, and whether run() ended.
struct Stopped {
  std::string idle, kept, running;
  bool closed = false;  // for newcomers
};

Task<Stopped> stop_while_busy(Served& served, std::string path) {
  Stopped out;
  Scope clients(co_await boost::asio::this_coro::executor);
  const auto client = [](std::uint16_t port, std::string text, std::string& into) -> Task<void> {
    into = co_await converse(port, std::move(text), Ending::stays);
  };
  clients.spawn(client(served.port, "", out.idle));
  clients.spawn(client(served.port, "GET /kept HTTP/1.1\r\nHost: a\r\n\r\n", out.kept));
  clients.spawn(client(served.port, fmt::format("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", path), out.running));
  while (served.server.connections() < 3) co_await pause(Millis(1));
  co_await pause(Millis(10));  // for the requests to arrive; either order is fine for what is claimed
  served.server.stop();
  co_await clients.join();
  Tcp::socket late(co_await boost::asio::this_coro::executor);
  const Tcp::endpoint there(boost::asio::ip::address_v4::loopback(), served.port);
  const auto [error] = co_await late.async_connect(there, test::quiet);
  out.closed = error == boost::asio::error::connection_refused;
  while (served.world.servers.running() > 0) co_await pause(Millis(1));
  co_return out;
}

TEST(HttpServer, StopLetsARequestFinish) {
  Served served;
  const Stopped stopped = served.world.run(stop_while_busy(served, "/brief"));
  EXPECT_THAT(stopped.idle, IsEmpty());
  EXPECT_THAT(stopped.kept, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(stopped.running, AllOf(HasSubstr("GET /brief"), HasSubstr("Connection: close")));
  EXPECT_TRUE(stopped.closed);
}

TEST(HttpServer, StopCancelsWhatOutlastsTheGrace) {
  HttpServerOptions options;
  options.grace = soon;
  Served served(options);
  const auto begun = Deadline::clock::now();
  const Stopped stopped = served.world.run(stop_while_busy(served, "/slow"));
  EXPECT_LT(Deadline::clock::now() - begun, ample / 2);
  EXPECT_THAT(stopped.running, Not(HasSubstr("HTTP/1.1 200")));
}

TEST(HttpServer, StopBeforeRun) {
  World world;
  const FakeClock clock{Instant()};
  HttpServer server(world.executor(), clock, {}, answer);
  ASSERT_TRUE(server.listen("127.0.0.1", 0));
  server.stop();
  world.run(server.run());
}

TEST(HttpServer, Ipv6) {
  Served served({}, "::1");
  const std::string said = served.world.run(
      converse(served.port, "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", Ending::half_close, "::1"));
  EXPECT_THAT(said, HasSubstr("GET / from ::1 to ::1: "));
}

TEST(HttpServer, BothFamiliesOnOnePort) {
  World world;
  const FakeClock clock{Instant()};
  HttpServer server(world.executor(), clock, {}, answer);
  const auto port = server.listen("0.0.0.0", 0);
  ASSERT_TRUE(port);
  const auto also = server.listen("::", *port);
  ASSERT_TRUE(also) << describe(also.error());
  EXPECT_EQ(*also, *port);
}

TEST(HttpServer, ListenSaysWhatIsWrong) {
  World world;
  const FakeClock clock{Instant()};
  HttpServer server(world.executor(), clock, {}, answer);
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  HttpServer other(world.executor(), clock, {}, answer);
  const auto taken = other.listen("127.0.0.1", *port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::conflict);
  EXPECT_EQ(taken.error().message, fmt::format("cannot listen on 127.0.0.1:{}: the port is taken", *port));
  EXPECT_THAT(taken.error().hint, HasSubstr("choose another port"));
  for (const std::string address : {"localhost", "", "192.0.2.1", "2001:db8::1"}) {
    const auto bad = other.listen(address, 0);
    ASSERT_FALSE(bad) << address;
    EXPECT_EQ(bad.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(bad.error().hint, Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace certherald::net
