#include "net/http.hpp"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

#include "net/http_double.hpp"
#include "net/resolver.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::Journal;
using test::Listener;
using test::Manner;
using test::soon;
using test::World;
using Reply = std::expected<HttpResponse, HttpFailure>;
using testing::TestWithParam;

HttpRequest request(std::string method, std::string url, std::string body = "") {
  HttpRequest made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.body = std::move(body);
  return made;
}

// A client and a server that behaves in the manner given.
struct Pair {
  explicit Pair(Manner manner) { world.servers.spawn(serve_http(world, listener, journal, manner)); }

  [[nodiscard]] std::string url(std::string_view path = "/x") const {
    return fmt::format("http://127.0.0.1:{}{}", listener.port(), path);
  }
  // Once: the server ends with it.
  Reply send(HttpRequest what, Millis span = ample) {
    CurlHttpClient client(world.executor(), names);
    return world.run(client.send(std::move(what), Deadline::after(span)));
  }

  World world;
  Journal journal;
  StaticResolver names;
  Listener listener{world};
};

TEST(Http, AnswerWithHeadersAndBody) {
  Pair pair(Manner::answer);
  const auto got = pair.send(request("GET", pair.url("/a?b=c")));
  ASSERT_TRUE(got) << describe(got.error().error);
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "fine");
  EXPECT_EQ(got->content_type(), "application/json");
  EXPECT_EQ(got->header("x-twice"), "1");
  EXPECT_EQ(got->header("absent"), "");
  ASSERT_EQ(pair.journal.requests.size(), 1U);
  EXPECT_TRUE(pair.journal.requests[0].head.starts_with("GET /a?b=c HTTP/1.1\r\n"));
}

struct MannerRow {
  Manner manner;
  std::string body;
};

class HttpAnswers : public TestWithParam<MannerRow> {};

TEST_P(HttpAnswers, WholeBody) {
  Pair pair(GetParam().manner);
  const auto got = pair.send(request("POST", pair.url(), "in"));
  ASSERT_TRUE(got) << describe(got.error().error);
  EXPECT_EQ(got->body, GetParam().body);
  EXPECT_EQ(got->header("x-early"), "");
  EXPECT_EQ(got->header("x-trailer"), "");
}

const MannerRow answer_rows[] = {{Manner::answer, "fine"},         {Manner::answer_to_end, "fine"},
                                 {Manner::byte_by_byte, "fine"},   {Manner::chunked, "fine"},
                                 {Manner::continue_first, "fine"}, {Manner::redirect, ""}};
INSTANTIATE_TEST_SUITE_P(Http, HttpAnswers, testing::ValuesIn(answer_rows));

struct FailureRow {
  Manner manner;
  ErrorKind kind;
  Sent sent;
};

class HttpFails : public TestWithParam<FailureRow> {};

TEST_P(HttpFails, KindAndWhetherItWasSent) {
  Pair pair(GetParam().manner);
  const Millis span =
      GetParam().manner == Manner::silent || GetParam().manner == Manner::silent_in_body ? soon : ample;
  const auto got = pair.send(request("POST", pair.url(), std::string(1'000, 'x')), span);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, GetParam().kind) << describe(got.error().error);
  EXPECT_EQ(got.error().sent, GetParam().sent);
  EXPECT_FALSE(got.error().error.message.empty());
  EXPECT_EQ(pair.journal.connections, 1);
}

const FailureRow failure_rows[] = {
    {Manner::drop_at_once, ErrorKind::unreachable, Sent::maybe},
    {Manner::drop_after_reading, ErrorKind::unreachable, Sent::maybe},
    {Manner::reset_after_reading, ErrorKind::unreachable, Sent::maybe},
    {Manner::drop_in_header, ErrorKind::protocol, Sent::maybe},
    {Manner::drop_after_status, ErrorKind::protocol, Sent::maybe},
    {Manner::drop_in_body, ErrorKind::protocol, Sent::maybe},
    {Manner::drop_in_chunk, ErrorKind::protocol, Sent::maybe},
    {Manner::silent, ErrorKind::timed_out, Sent::maybe},
    {Manner::silent_in_body, ErrorKind::timed_out, Sent::maybe},
    {Manner::garbage, ErrorKind::protocol, Sent::maybe},
    {Manner::many_headers, ErrorKind::too_large, Sent::maybe},
    {Manner::long_headers, ErrorKind::too_large, Sent::maybe},
};
INSTANTIATE_TEST_SUITE_P(Http, HttpFails, testing::ValuesIn(failure_rows));

TEST(Http, SizeOfTheAnswerIsBounded) {
  for (const Manner manner : {Manner::answer, Manner::chunked, Manner::answer_to_end}) {
    for (const std::size_t limit : {1'000U, 999U, 0U}) {
      Pair pair(manner);
      pair.journal.answer_body = std::string(1'000, 'x');
      auto what = request("GET", pair.url());
      what.max_response_bytes = limit;
      const auto got = pair.send(what);
      EXPECT_EQ(got.has_value(), limit == 1'000);
      if (!got) EXPECT_EQ(got.error().error.kind, ErrorKind::too_large);
    }
  }
}

TEST(Http, WhatIsSent) {
  Pair pair(Manner::answer);
  auto what = request("PATCH", pair.url(), R"({"a":1})");
  what.headers = {{"Content-Type", "application/json"}, {"Authorization", "Basic c2VjcmV0"}, {"X-Empty", ""}};
  ASSERT_TRUE(pair.send(what));
  const auto& heard = pair.journal.requests.at(0);
  EXPECT_TRUE(heard.head.starts_with("PATCH /x HTTP/1.1\r\n"));
  EXPECT_EQ(heard.body, R"({"a":1})");
  for (const std::string_view line :
       {"Content-Type: application/json\r\n", "Authorization: Basic c2VjcmV0\r\n",
        "X-Empty:", "User-Agent: Certherald\r\n", "Content-Length: 7\r\n"}) {
    EXPECT_NE(heard.head.find(line), std::string::npos) << line;
  }
  for (const std::string_view absent : {"Expect", "urlencoded", "Accept-Encoding", "Cookie"}) {
    EXPECT_EQ(heard.head.find(absent), std::string::npos) << absent;
  }
}

TEST(Http, LargeBodyGoesOutWithoutExpect) {
  Pair pair(Manner::answer);
  const std::string body(std::size_t{3} << 20U, 'y');
  ASSERT_TRUE(pair.send(request("POST", pair.url(), body)));
  EXPECT_EQ(pair.journal.requests.at(0).body.size(), body.size());
  EXPECT_EQ(pair.journal.requests.at(0).head.find("Expect"), std::string::npos);
}

TEST(Http, EveryMethod) {
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    Pair pair(Manner::answer);
    if (method == "HEAD") pair.journal.answer_body = "";
    const auto got = pair.send(request(method, pair.url()));
    ASSERT_TRUE(got) << method << describe(got.error().error);
    EXPECT_TRUE(pair.journal.requests.at(0).head.starts_with(method + " /x")) << method;
    EXPECT_EQ(pair.journal.requests.at(0).head.find("Content-Length: 0") != std::string::npos,
              method == "POST" || method == "PUT" || method == "PATCH")
        << method;
  }
}

struct BadRow {
  std::string_view what;
  void (*spoil)(HttpRequest&);
};

class HttpRefuses : public TestWithParam<BadRow> {};

TEST_P(HttpRefuses, BeforeAnythingIsSent) {
  Pair pair(Manner::answer);
  auto what = request("GET", pair.url());
  what.headers = {{"Authorization", "hunter2secret"}};
  GetParam().spoil(what);
  const auto got = pair.send(what);
  ASSERT_FALSE(got) << GetParam().what;
  EXPECT_EQ(got.error().error.kind, ErrorKind::invalid_input) << GetParam().what;
  EXPECT_EQ(got.error().sent, Sent::surely_not) << GetParam().what;
  EXPECT_EQ(describe(got.error().error).find("hunter2"), std::string::npos);
  EXPECT_EQ(pair.journal.connections, 0);
}

const BadRow bad_rows[] = {
    {"scheme", [](HttpRequest& r) { r.url = "ftp://127.0.0.1/"; }},
    {"file", [](HttpRequest& r) { r.url = "file:///etc/passwd"; }},
    {"no scheme", [](HttpRequest& r) { r.url = "127.0.0.1/"; }},
    {"empty", [](HttpRequest& r) { r.url = ""; }},
    {"user in URL", [](HttpRequest& r) { r.url = "http://u:hunter2@127.0.0.1/"; }},
    {"space in URL", [](HttpRequest& r) { r.url += " y"; }},
    {"line break in URL", [](HttpRequest& r) { r.url += "\r\nX: y"; }},
    {"NUL in URL", [](HttpRequest& r) { r.url += '\0'; }},
    {"port", [](HttpRequest& r) { r.url = "http://127.0.0.1:99999/"; }},
    {"method", [](HttpRequest& r) { r.method = "GET /y HTTP/1.1\r\nX:"; }},
    {"no method", [](HttpRequest& r) { r.method = ""; }},
    {"header name", [](HttpRequest& r) { r.headers[0].first = "A: b\r\nC"; }},
    {"header value", [](HttpRequest& r) { r.headers[0].second = "hunter2\r\nX: y"; }},
    {"header NUL", [](HttpRequest& r) { r.headers[0].second += '\0'; }},
    {"proxy scheme", [](HttpRequest& r) { r.proxy = "ftp://u:hunter2@127.0.0.1:1"; }},
    {"proxy without scheme", [](HttpRequest& r) { r.proxy = "127.0.0.1:3128"; }},
    {"proxy port", [](HttpRequest& r) { r.proxy = "http://127.0.0.1:hunter2"; }},
};
INSTANTIATE_TEST_SUITE_P(Http, HttpRefuses, testing::ValuesIn(bad_rows));

TEST(Http, RefusedPortIsSurelyNotSent) {
  Pair pair(Manner::answer);
  const auto got =
      pair.send(request("POST", fmt::format("http://127.0.0.1:{}/", test::closed_port(pair.world)), "x"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::unreachable);
  EXPECT_EQ(got.error().sent, Sent::surely_not);
}

// Whether libcurl saw the reset before it began to write is a matter of chance.
TEST(Http, ResetAtOnce) {
  Pair pair(Manner::reset_at_once);
  const auto got = pair.send(request("POST", pair.url(), "x"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::unreachable);
}

TEST(Http, NameThatCannotBeResolvedIsSurelyNotSent) {
  Pair pair(Manner::answer);
  const auto got = pair.send(request("POST", "http://nobody.test/", "x"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::not_found);
  EXPECT_EQ(got.error().sent, Sent::surely_not);
}

TEST(Http, ConnectsToWhatTheResolverSays) {
  Pair pair(Manner::answer);
  pair.names.addresses["shop.test"] = {"127.0.0.1"};
  const auto got = pair.send(request("GET", fmt::format("http://Shop.test:{}/", pair.listener.port())));
  ASSERT_TRUE(got) << describe(got.error().error);
}

TEST(Http, TriesTheNextAddress) {
  Pair pair(Manner::answer);
  pair.names.addresses["shop.test"] = {"::1", "127.0.0.1"};
  const auto got = pair.send(request("POST", fmt::format("http://shop.test:{}/", pair.listener.port()), "x"));
  ASSERT_TRUE(got) << describe(got.error().error);
  EXPECT_EQ(pair.journal.requests.size(), 1U);
}

TEST(Http, OverIpv6) {
  World world;
  Journal journal;
  StaticResolver names;
  Listener listener(world, "::1");
  world.servers.spawn(serve_http(world, listener, journal, Manner::answer));
  CurlHttpClient client(world.executor(), names);
  const auto got = world.run(
      client.send(request("GET", fmt::format("http://[::1]:{}/", listener.port())), Deadline::after(ample)));
  ASSERT_TRUE(got) << describe(got.error().error);
}

TEST(Http, RedirectsAreNotFollowed) {
  Pair pair(Manner::redirect);
  const auto got = pair.send(request("GET", pair.url()));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 302);
  EXPECT_EQ(got->header("location"), "/elsewhere");
  EXPECT_EQ(pair.journal.requests.size(), 1U);
}

TEST(Http, ProxyOfTheEnvironmentIsIgnored) {
  Pair pair(Manner::answer);
  const std::string nowhere = fmt::format("http://127.0.0.1:{}", test::closed_port(pair.world));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, nowhere.c_str(), 1);
  const auto got = pair.send(request("GET", pair.url()));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_TRUE(got);
}

TEST(Http, ExpiredDeadlineSendsNothing) {
  Pair pair(Manner::answer);
  const auto got = pair.send(request("POST", pair.url(), "x"), Millis(-1));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.kind, ErrorKind::timed_out);
  EXPECT_EQ(got.error().sent, Sent::surely_not);
  EXPECT_EQ(pair.journal.connections, 0);
}

Task<std::vector<Reply>> send_all(HttpClient& client, std::vector<HttpRequest> requests) {
  std::vector<Reply> replies;
  for (HttpRequest& one : requests) {
    replies.push_back(co_await client.send(std::move(one), Deadline::after(ample)));
    co_await pause(Millis(10));
  }
  co_return replies;
}

struct ReuseRow {
  Manner manner;
  std::string second;
  bool fine;        // the second request is answered
  int connections;  // made in all
  std::size_t heard;
};

class HttpReuse : public TestWithParam<ReuseRow> {};

// A GET, then another request on what may be a kept connection.
TEST_P(HttpReuse, NothingThatChangesSomethingIsRepeated) {
  Pair pair(GetParam().manner);
  CurlHttpClient client(pair.world.executor(), pair.names);
  const auto replies = pair.world.run(send_all(
      client, {request("GET", pair.url("/first")), request(GetParam().second, pair.url("/second"), "")}));
  EXPECT_TRUE(replies[0]);
  EXPECT_EQ(replies[1].has_value(), GetParam().fine);
  EXPECT_EQ(pair.journal.connections, GetParam().connections);
  EXPECT_EQ(pair.journal.requests.size(), GetParam().heard);
}

const ReuseRow reuse_rows[] = {
    {Manner::answer, "GET", true, 1, 2},          {Manner::answer, "POST", true, 2, 2},
    {Manner::close_when_kept, "GET", true, 2, 2}, {Manner::close_when_kept, "POST", true, 2, 2},
    {Manner::drop_when_kept, "GET", true, 2, 3},  // repeated by libcurl, which is right for a GET
    {Manner::drop_when_kept, "POST", true, 2, 2}, {Manner::drop_when_kept, "DELETE", true, 2, 2},
};
INSTANTIATE_TEST_SUITE_P(Http, HttpReuse, testing::ValuesIn(reuse_rows));

TEST(Http, ManyAtOnce) {
  Pair pair(Manner::byte_by_byte);
  CurlHttpClient client(pair.world.executor(), pair.names);
  int fine = 0;
  const auto one = [](HttpClient& by, HttpRequest what, int& good) -> Task<void> {
    const auto got = co_await by.send(std::move(what), Deadline::after(ample));
    if (got && got->body == "fine") ++good;
  };
  Scope scope(pair.world.executor());
  for (int i = 0; i < 60; ++i) {
    scope.spawn(one(client, request(i % 2 == 0 ? "GET" : "POST", pair.url(), ""), fine));
  }
  pair.world.run(scope.join());
  EXPECT_EQ(fine, 60);
  EXPECT_EQ(pair.journal.requests.size(), 60U);
}

struct CancelRow {
  Manner manner;
  Millis after;
  Sent sent;
};

class HttpCancel : public TestWithParam<CancelRow> {};

TEST_P(HttpCancel, EndsAtOnceAndStaysCancelled) {
  Pair pair(GetParam().manner);
  CurlHttpClient client(pair.world.executor(), pair.names);
  std::vector<HttpFailure> failures;
  const auto caller = [](HttpClient& by, std::string url, std::vector<HttpFailure>& out) -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      const auto got = co_await by.send(request("POST", url, "x"), Deadline::after(ample));
      if (!got) out.push_back(got.error());
    }
  };
  Scope scope(pair.world.executor());
  scope.spawn(caller(client, pair.url(), failures));
  const auto body = [](Scope& of, Millis span) -> Task<void> {
    if (span > Millis(0)) co_await pause(span);
    of.cancel();
    co_await of.join();
  };
  pair.world.run(body(scope, GetParam().after));
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0].error.kind, ErrorKind::cancelled);
  EXPECT_EQ(failures[0].sent, GetParam().sent);
  EXPECT_EQ(failures[1].error.kind, ErrorKind::cancelled);
  EXPECT_EQ(failures[1].sent, Sent::surely_not);
}

const CancelRow cancel_rows[] = {{Manner::silent, Millis(50), Sent::maybe},
                                 {Manner::silent_in_body, Millis(50), Sent::maybe},
                                 {Manner::silent, Millis(0), Sent::surely_not}};
INSTANTIATE_TEST_SUITE_P(Http, HttpCancel, testing::ValuesIn(cancel_rows));

TEST(Http, ClientThatIsDestroyedWithItsContextInTheMiddle) {
  World world;
  Journal journal;
  StaticResolver names;
  Listener listener(world);
  Scope scope(world.executor());
  CurlHttpClient client(world.executor(), names);
  const auto url = fmt::format("http://127.0.0.1:{}/", listener.port());
  const auto caller = [](HttpClient& by, std::string to) -> Task<void> {
    static_cast<void>(co_await by.send(request("GET", to), Deadline::after(ample)));
  };
  world.servers.spawn(serve_http(world, listener, journal, Manner::silent));
  scope.spawn(caller(client, url));
  world.ioc.run_for(Millis(50));
  EXPECT_EQ(journal.requests.size(), 1U);
  world.ioc.stop();
}

TEST(Http, SigpipeIsIgnoredUnlessSomebodyHandlesIt) {
  const auto after_making_a_client = [](void (*before)(int)) {
    static_cast<void>(std::signal(SIGPIPE, before));
    World world;
    const CurlHttpClient client(world.executor());
    return std::signal(SIGPIPE, SIG_IGN);
  };
  const auto handler = [](int) {};
  EXPECT_EQ(after_making_a_client(SIG_DFL), SIG_IGN);
  EXPECT_EQ(after_making_a_client(handler), +handler);
}

// libcurl quotes the host here; what a header says is hidden wherever it turns up.
TEST(Http, MessagesDoNotQuoteHeaders) {
  Pair pair(Manner::answer);
  auto what = request("GET", fmt::format("http://127.0.0.1:{}/", test::closed_port(pair.world)));
  what.headers = {{"Authorization", "127.0.0.1"}};
  const auto got = pair.send(what);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().error.message.find("127.0.0.1"), std::string::npos) << got.error().error.message;
  EXPECT_NE(got.error().error.message.find("***"), std::string::npos) << got.error().error.message;
}

TEST(Encoding, Percent) {
  EXPECT_EQ(percent_encode(""), "");
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?&=+%\xc3\xbc"), "a%20b%2Fc%3F%26%3D%2B%25%C3%BC");
  EXPECT_EQ(percent_encode(std::string_view("\0\r\n", 3)), "%00%0D%0A");
}

TEST(Encoding, Form) {
  EXPECT_EQ(form_encode({}), "");
  EXPECT_EQ(form_encode({{"a b", "c&d"}, {"e", ""}}), "a%20b=c%26d&e=");
  EXPECT_EQ(form_encode({{"", ""}, {"", ""}}), "=&=");
}

TEST(HttpResponse, ContentType) {
  const auto type_of = [](std::string value) {
    HttpResponse response;
    response.headers = {{"content-type", std::move(value)}};
    return std::string(response.content_type());
  };
  EXPECT_EQ(type_of("text/html; charset=utf-8"), "text/html");
  EXPECT_EQ(type_of(" application/json "), "application/json");
  EXPECT_EQ(type_of(""), "");
  EXPECT_EQ(HttpResponse().content_type(), "");
}

}  // namespace
}  // namespace certherald::net
