#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl.hpp>

#include "net/http.hpp"
#include "net/http_double.hpp"
#include "net/resolver.hpp"

namespace certherald::net {
namespace {

namespace ssl = boost::asio::ssl;
using test::ample;
using test::Journal;
using test::Listener;
using test::Manner;
using test::soon;
using test::Tcp;
using test::World;
using Reply = std::expected<HttpResponse, HttpFailure>;

// Keys and certificates that the openssl command makes once for all tests here.
class Keys {
 public:
  Keys() {
    std::string name = (std::filesystem::temp_directory_path() / "certherald-net-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
    make("ca", "-subj /CN=test-root -addext basicConstraints=critical,CA:TRUE");
    make("other", "-subj /CN=other-root -addext basicConstraints=critical,CA:TRUE");
    make("server", signed_by_ca("/CN=server", "DNS:shop.test,IP:127.0.0.1"));
    make("misnamed", signed_by_ca("/CN=misnamed", "DNS:elsewhere.test"));
    make("client", signed_by_ca("/CN=client", "DNS:client.test"));
    std::ofstream(file("garbage.pem")) << "not PEM\n";
  }
  ~Keys() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string file(std::string_view name) const { return (folder_ / name).string(); }

 private:
  [[nodiscard]] std::string signed_by_ca(std::string_view subject, std::string_view names) const {
    return fmt::format("-subj {} -addext subjectAltName={} -CA {} -CAkey {}", subject, names, file("ca.pem"),
                       file("ca.key"));
  }
  void make(std::string_view name, const std::string& options) const {
    const std::string command = fmt::format(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-keyout {}.key -out {}.pem {} 2>/dev/null",
        file(name), file(name), options);
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  }

  std::filesystem::path folder_;
};

const Keys& keys() {
  static const Keys made;
  return made;
}

enum class Trouble : std::uint8_t {
  none,
  drop_in_handshake,
  silent_in_handshake,
  garbage_in_handshake,
  reset_after_handshake,
};

struct TlsServer {
  std::string name = "server";
  bool asks_client = false;
  int version = 0;  // the only one spoken, as OpenSSL numbers them; 0: any
  Trouble trouble = Trouble::none;
  Manner manner = Manner::answer;
  int handshakes = 0;
};

Task<void> converse_tls(Tcp::socket socket, Journal& journal, TlsServer& how) {
  if (how.trouble == Trouble::drop_in_handshake) {
    std::array<char, 5> some{};
    co_await socket.async_read_some(boost::asio::buffer(some), test::quiet);
    co_return;
  }
  if (how.trouble == Trouble::silent_in_handshake) {
    co_await test::linger();
    co_return;
  }
  if (how.trouble == Trouble::garbage_in_handshake) {
    co_await test::write_text(socket, "SSH-2.0-OpenSSH_9.2p1\r\n");
    co_await test::linger();
    co_return;
  }
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain_file(keys().file(how.name + ".pem"));
  context.use_private_key_file(keys().file(how.name + ".key"), ssl::context::pem);
  if (how.asks_client) {
    context.load_verify_file(keys().file("ca.pem"));
    context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  SSL_CTX_set_security_level(context.native_handle(), 0);
  if (how.version != 0) {
    SSL_CTX_set_min_proto_version(context.native_handle(), how.version);
    SSL_CTX_set_max_proto_version(context.native_handle(), how.version);
  }
  ssl::stream<Tcp::socket> stream(std::move(socket), context);
  const auto [error] = co_await stream.async_handshake(ssl::stream_base::server, test::quiet);
  if (error) co_return;
  ++how.handshakes;
  if (how.trouble == Trouble::reset_after_handshake) {
    co_await pause(Millis(10));  // by then the client is writing
    test::send_reset(stream.lowest_layer());
    co_return;
  }
  co_await test::talk(stream, journal, how.manner);
}

Task<void> serve_tls(World& world, Listener& listener, Journal& journal, TlsServer& how) {
  for (;;) {
    auto socket = co_await listener.accept();
    if (!socket) co_return;
    ++journal.connections;
    world.servers.spawn(converse_tls(std::move(*socket), journal, how));
  }
}

struct TlsPair {
  explicit TlsPair(TlsServer kind = {}) : how(std::move(kind)) {
    names.addresses["shop.test"] = {"127.0.0.1"};
    world.servers.spawn(serve_tls(world, listener, journal, how));
  }
  [[nodiscard]] HttpRequest request(std::string_view host = "shop.test") const {
    HttpRequest made;
    made.method = "POST";
    made.url = fmt::format("https://{}:{}/x", host, listener.port());
    made.body = "in";
    made.ca_file = keys().file("ca.pem");
    return made;
  }
  Reply send(HttpRequest what, Millis span = ample) {
    CurlHttpClient client(world.executor(), names);
    return world.run(client.send(std::move(what), Deadline::after(span)));
  }

  TlsServer how;
  World world;
  Journal journal;
  StaticResolver names;
  Listener listener{world};
};

TEST(HttpTls, TrustedNameAndAddress) {
  for (const std::string_view host : {"shop.test", "127.0.0.1"}) {
    TlsPair pair;
    const auto got = pair.send(pair.request(host));
    ASSERT_TRUE(got) << host << describe(got.error().error);
    EXPECT_EQ(got->body, "fine");
    EXPECT_EQ(pair.journal.requests.at(0).body, "in");
  }
}

struct UntrustedRow {
  std::string_view what;
  TlsServer server;
  std::string_view ca;  // "": the system's
  ErrorKind kind;
};

class HttpUntrusted : public testing::TestWithParam<UntrustedRow> {};

TEST_P(HttpUntrusted, IsSurelyNotSent) {
  TlsPair pair(GetParam().server);
  auto what = pair.request();
  what.ca_file = GetParam().ca.empty() ? "" : keys().file(GetParam().ca);
  const bool silent = GetParam().server.trouble == Trouble::silent_in_handshake;
  const auto got = pair.send(what, silent ? soon : ample);
  ASSERT_FALSE(got) << GetParam().what;
  EXPECT_EQ(got.error().error.kind, GetParam().kind) << GetParam().what << describe(got.error().error);
  EXPECT_EQ(got.error().sent, Sent::surely_not) << GetParam().what;
  EXPECT_TRUE(pair.journal.requests.empty()) << GetParam().what;
}

TlsServer named(std::string name) {
  TlsServer made;
  made.name = std::move(name);
  return made;
}
TlsServer speaks(int version) {
  TlsServer made;
  made.version = version;
  return made;
}
TlsServer in(Trouble trouble) {
  TlsServer made;
  made.trouble = trouble;
  return made;
}

const UntrustedRow untrusted_rows[] = {
    {"system roots", {}, "", ErrorKind::refused},
    {"another root", {}, "other.pem", ErrorKind::refused},
    {"another name", named("misnamed"), "ca.pem", ErrorKind::refused},
    {"no such ca_file", {}, "absent.pem", ErrorKind::invalid_input},
    {"ca_file is not PEM", {}, "garbage.pem", ErrorKind::invalid_input},
    {"TLS 1.0", speaks(TLS1_VERSION), "ca.pem", ErrorKind::unreachable},
    {"TLS 1.1", speaks(TLS1_1_VERSION), "ca.pem", ErrorKind::unreachable},
    {"closes", in(Trouble::drop_in_handshake), "ca.pem", ErrorKind::unreachable},
    {"speaks SSH", in(Trouble::garbage_in_handshake), "ca.pem", ErrorKind::unreachable},
    {"silent", in(Trouble::silent_in_handshake), "ca.pem", ErrorKind::timed_out},
};
INSTANTIATE_TEST_SUITE_P(Http, HttpUntrusted, testing::ValuesIn(untrusted_rows));

TEST(HttpTls, VersionsThatAreSpoken) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPair pair(speaks(version));
    const auto got = pair.send(pair.request());
    EXPECT_TRUE(got) << version << describe(got.error().error);
  }
}

TEST(HttpTls, ClientCertificate) {
  TlsServer asks;
  asks.asks_client = true;
  TlsPair pair(asks);
  auto what = pair.request();
  what.client_cert = keys().file("client.pem");
  what.client_key = keys().file("client.key");
  const auto got = pair.send(what);
  EXPECT_TRUE(got) << describe(got.error().error);
}

// In TLS 1.3 the server refuses only after the client may have written its request (RFC 8446
// section 4.4.2.4).
TEST(HttpTls, ClientCertificateThatIsMissing) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer asks = speaks(version);
    asks.asks_client = true;
    TlsPair pair(asks);
    const auto got = pair.send(pair.request());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().error.kind, ErrorKind::unreachable) << describe(got.error().error);
    EXPECT_EQ(got.error().sent, version == TLS1_2_VERSION ? Sent::surely_not : Sent::maybe);
    EXPECT_TRUE(pair.journal.requests.empty());
  }
}

TEST(HttpTls, ClientCertificateThatCannotBeUsed) {
  for (const auto& [cert, key] :
       {std::pair("client.pem", "server.key"), std::pair("garbage.pem", "client.key"),
        std::pair("absent.pem", "absent.key")}) {
    TlsPair pair;
    auto what = pair.request();
    what.client_cert = keys().file(cert);
    what.client_key = keys().file(key);
    const auto got = pair.send(what);
    ASSERT_FALSE(got) << cert;
    EXPECT_EQ(got.error().error.kind, ErrorKind::invalid_input) << describe(got.error().error);
    EXPECT_EQ(got.error().sent, Sent::surely_not);
  }
}

TEST(HttpTls, CutShort) {
  for (const Manner manner :
       {Manner::drop_after_reading, Manner::reset_after_reading, Manner::drop_in_body}) {
    TlsServer server;
    server.manner = manner;
    TlsPair pair(server);
    const auto got = pair.send(pair.request());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().sent, Sent::maybe);
    EXPECT_EQ(pair.journal.requests.size(), 1U);
  }
}

TEST(HttpTls, PeerThatResetsWhileItIsWrittenTo) {
  TlsPair pair(in(Trouble::reset_after_handshake));
  auto what = pair.request();
  what.body = std::string(std::size_t{16} << 20U, 'x');
  const auto got = pair.send(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::unreachable) << describe(got.error().error);
  EXPECT_EQ(got.error().sent, Sent::maybe);
}

TEST(HttpTls, ConnectionsAreReusedForReading) {
  TlsPair pair;
  CurlHttpClient client(pair.world.executor(), pair.names);
  const auto body = [](HttpClient& by, HttpRequest what) -> Task<int> {
    int fine = 0;
    what.method = "GET";
    what.body = "";
    for (int i = 0; i < 3; ++i) {
      const auto got = co_await by.send(what, Deadline::after(ample));
      if (got) ++fine;
    }
    co_return fine;
  };
  EXPECT_EQ(pair.world.run(body(client, pair.request())), 3);
  EXPECT_EQ(pair.how.handshakes, 1);
}

// Other trust is never satisfied by a connection that was made under weaker trust.
TEST(HttpTls, AKeptConnectionDoesNotCarryTrustOver) {
  TlsPair pair;
  CurlHttpClient client(pair.world.executor(), pair.names);
  const auto body = [](HttpClient& by, HttpRequest what, std::string other) -> Task<void> {
    what.method = "GET";
    what.body = "";
    EXPECT_TRUE(co_await by.send(what, Deadline::after(ample)));
    what.ca_file = other;
    const auto got = co_await by.send(what, Deadline::after(ample));
    EXPECT_FALSE(got);
  };
  pair.world.run(body(client, pair.request(), keys().file("other.pem")));
}

enum class ProxyManner : std::uint8_t { relay, demand, forbid, drop, silent };

struct Proxy {
  ProxyManner manner = ProxyManner::relay;
  std::vector<std::string> heads;
};

Task<void> pump(Tcp::socket& from, Tcp::socket& to) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto [error, got] = co_await from.async_read_some(boost::asio::buffer(buffer), test::quiet);
    if (error) break;
    const auto [write_error, sent] =
        co_await boost::asio::async_write(to, boost::asio::buffer(buffer.data(), got), test::quiet);
    if (write_error) break;
  }
  boost::system::error_code ignored;
  std::ignore = to.shutdown(Tcp::socket::shutdown_send, ignored);
}

Task<void> converse_proxy(Executor executor, Tcp::socket socket, std::uint16_t target, Proxy& proxy) {
  std::string data;
  const auto [error, size] = co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(data),
                                                                    "\r\n\r\n", test::quiet);
  if (error) co_return;
  proxy.heads.push_back(data);
  switch (proxy.manner) {
    case ProxyManner::drop:
      co_return;
    case ProxyManner::silent:
      co_await test::linger();
      co_return;
    case ProxyManner::forbid:
      co_await test::write_text(socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      co_return;
    case ProxyManner::demand:
      if (data.find("Proxy-Authorization: Basic dXNlcjpodW50ZXI6Mg==\r\n") != std::string::npos) break;
      co_await test::write_text(socket,
                                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
                                "realm=\"p\"\r\nContent-Length: 0\r\n\r\n");
      co_return;
    case ProxyManner::relay:
      break;
  }
  Tcp::socket onward(executor);
  const Tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), target);
  const auto [connect_error] = co_await onward.async_connect(endpoint, test::quiet);
  if (connect_error) co_return;
  co_await test::write_text(socket, "HTTP/1.1 200 Connection established\r\nX-Proxy: 1\r\n\r\n");
  Scope scope(executor);
  scope.spawn(pump(onward, socket));
  scope.spawn(pump(socket, onward));
  co_await scope.join();
}

Task<void> serve_proxy(World& world, Listener& listener, std::uint16_t target, Proxy& proxy) {
  for (;;) {
    auto socket = co_await listener.accept();
    if (!socket) co_return;
    world.servers.spawn(converse_proxy(world.executor(), std::move(*socket), target, proxy));
  }
}

TEST(HttpProxy, TunnelsToTheHost) {
  TlsPair pair;
  Proxy proxy;
  Listener listener(pair.world);
  pair.world.servers.spawn(serve_proxy(pair.world, listener, pair.listener.port(), proxy));
  pair.names.addresses = {{"proxy.test", {"127.0.0.1"}}};  // the host itself is for the proxy to look up
  auto what = pair.request();
  what.proxy = fmt::format("http://user:p%40ss@proxy.test:{}", listener.port());
  what.headers = {{"Authorization", "Basic c2VjcmV0"}};
  const auto got = pair.send(what);
  ASSERT_TRUE(got) << describe(got.error().error);
  EXPECT_EQ(got->body, "fine");
  EXPECT_EQ(got->header("x-proxy"), "");
  ASSERT_EQ(proxy.heads.size(), 1U);
  EXPECT_TRUE(proxy.heads[0].starts_with("CONNECT shop.test:"));
  EXPECT_NE(proxy.heads[0].find("Proxy-Authorization: Basic dXNlcjpwQHNz\r\n"), std::string::npos);
  EXPECT_EQ(proxy.heads[0].find("c2VjcmV0"), std::string::npos);  // nothing of ours is told to the proxy
}

TEST(HttpProxy, IsToldTheCredentialsThatStandBesideItsUrl) {
  for (const auto& [password, taken] : {std::pair("hunter:2", true), std::pair("wrong-one", false)}) {
    TlsPair pair;
    Proxy proxy;
    proxy.manner = ProxyManner::demand;
    Listener listener(pair.world);
    pair.world.servers.spawn(serve_proxy(pair.world, listener, pair.listener.port(), proxy));
    auto what = pair.request();
    what.proxy = fmt::format("http://127.0.0.1:{}", listener.port());
    what.proxy_username = "user";
    what.proxy_password = password;
    const auto got = pair.send(what);
    EXPECT_EQ(got.has_value(), taken) << password;
    EXPECT_EQ(pair.journal.requests.size(), taken ? 1U : 0U);
    if (got) continue;
    EXPECT_EQ(got.error().sent, Sent::surely_not);
    EXPECT_EQ(describe(got.error().error).find(password), std::string::npos);
  }
}

TEST(HttpProxy, EnvironmentCannotExcludeAHost) {
  TlsPair pair;
  Proxy proxy;
  Listener listener(pair.world);
  pair.world.servers.spawn(serve_proxy(pair.world, listener, pair.listener.port(), proxy));
  auto what = pair.request();
  what.proxy = fmt::format("http://127.0.0.1:{}", listener.port());
  ::setenv("no_proxy", "*", 1);
  const auto got = pair.send(what);
  ::unsetenv("no_proxy");
  EXPECT_TRUE(got) << describe(got.error().error);
  EXPECT_EQ(proxy.heads.size(), 1U);
}

struct ProxyRow {
  ProxyManner manner;
  ErrorKind kind;
};

class HttpProxyFails : public testing::TestWithParam<ProxyRow> {};

TEST_P(HttpProxyFails, IsSurelyNotSentAndTellsNoSecret) {
  TlsPair pair;
  Proxy proxy;
  proxy.manner = GetParam().manner;
  Listener listener(pair.world);
  pair.world.servers.spawn(serve_proxy(pair.world, listener, pair.listener.port(), proxy));
  auto what = pair.request();
  what.proxy = fmt::format("http://user:hunter2@127.0.0.1:{}", listener.port());
  const auto got = pair.send(what, proxy.manner == ProxyManner::silent ? soon : ample);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, GetParam().kind) << describe(got.error().error);
  EXPECT_EQ(got.error().sent, Sent::surely_not);
  EXPECT_EQ(describe(got.error().error).find("hunter2"), std::string::npos);
  EXPECT_TRUE(pair.journal.requests.empty());
}

const ProxyRow proxy_rows[] = {{ProxyManner::forbid, ErrorKind::unreachable},
                               {ProxyManner::drop, ErrorKind::unreachable},
                               {ProxyManner::silent, ErrorKind::timed_out}};
INSTANTIATE_TEST_SUITE_P(Http, HttpProxyFails, testing::ValuesIn(proxy_rows));

TEST(HttpProxy, RefusedPort) {
  TlsPair pair;
  auto what = pair.request();
  what.proxy = fmt::format("http://127.0.0.1:{}", test::closed_port(pair.world));
  const auto got = pair.send(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::unreachable);
  EXPECT_EQ(got.error().sent, Sent::surely_not);
}

}  // namespace
}  // namespace certherald::net
