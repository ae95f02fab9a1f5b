#include "net/http_request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::net {
namespace {

using Stage = RequestReader::Stage;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

RequestLimits header_limit(std::size_t bytes) {
  RequestLimits limits;
  limits.header_bytes = bytes;
  return limits;
}

// 0 where it is accepted as a whole, -1 where more is awaited.
int status_of(std::string_view text, std::size_t step, RequestLimits limits = {}) {
  RequestReader reader(std::move(limits));
  int status = -1;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, step);
    text.remove_prefix(part.size());
    const auto stage = reader.feed(as_bytes(part));
    if (!stage) return stage.error().status;
    if (*stage == Stage::complete) return 0;
  }
  return status;
}

IncomingRequest read(std::string_view text) {
  RequestReader reader({});
  const auto stage = reader.feed(as_bytes(text));
  EXPECT_TRUE(stage && *stage == Stage::complete) << text;
  return stage && *stage == Stage::complete ? reader.take().request : IncomingRequest();
}

struct Case {
  std::string_view text;
  int status;
};

constexpr int accepted = 0;
constexpr int more = -1;

constexpr Case cases[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", accepted},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", accepted},
    {"GET / HTTP/1.0\r\n\r\n", accepted},
    {"GET / HTTP/1.1\r\nHost: a\r\n", more},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhi", more},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", accepted},
    {"GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", accepted},
    {"BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", accepted},
    // Malformed.
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
    {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    // Host.
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    // Two readings of where the body ends.
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\nx", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 400},
    {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n", accepted},
    // Chunks.
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", accepted},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nT: 1\r\n\r\n",
     accepted},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiX\r\n0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
    // Expectations.
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 0\r\n\r\n", accepted},
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: the worst\r\nContent-Length: 0\r\n\r\n", 417},
};

TEST(RequestReader, AcceptsAndRefuses) {
  for (const auto& [text, status] : cases) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
      EXPECT_EQ(status_of(text, step), status) << text << " in steps of " << step;
    }
  }
}

TEST(RequestReader, LimitsOfTheHeaderCountEveryByte) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string fits = head + std::string(200 - head.size() - 4, 'x') + "\r\n\r\n";
  const std::string over = head + std::string(201 - head.size() - 4, 'x') + "\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{50}, std::size_t{1000}}) {
    EXPECT_EQ(status_of(fits, step, header_limit(200)), accepted) << step;
    EXPECT_EQ(status_of(over, step, header_limit(200)), 431) << step;
    EXPECT_EQ(status_of(std::string(1000, 'G'), step, header_limit(200)), 431) << step;
  }
}

TEST(RequestReader, ChunkExtensionsAndTrailersAreBounded) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(status_of(head + "1;" + std::string(5000, 'x'), 1000, header_limit(200)), 431);
  EXPECT_EQ(status_of(head + "0\r\nX: " + std::string(5000, 'x'), 1000, header_limit(200)), 431);
  EXPECT_EQ(status_of(head + std::string(5000, '0'), 1000, header_limit(200)), 431);
}

TEST(RequestReader, Parts) {
  const IncomingRequest request = read(
      "POST /a/b%2Fc/?q=1%202&e&q=+ HTTP/1.1\r\nHost: Shop.Example:8443\r\nX-One: 1\r\nx-ONE:  2 \r\n"
      "Content-Length: 2\r\n\r\nhi");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a/b%2Fc/?q=1%202&e&q=+");
  EXPECT_THAT(request.path, ElementsAre("a", "b/c", ""));
  EXPECT_THAT(request.query, ElementsAre(Pair("q", "1 2"), Pair("e", ""), Pair("q", " ")));
  EXPECT_EQ(request.host, "shop.example");
  EXPECT_EQ(request.header("x-one"), "1");
  EXPECT_EQ(request.header("absent"), "");
  EXPECT_EQ(request.body, "hi");
  EXPECT_THAT(read("GET / HTTP/1.0\r\n\r\n").path, IsEmpty());
  EXPECT_THAT(read("GET //a HTTP/1.0\r\n\r\n").path, ElementsAre("", "a"));
}

TEST(RequestReader, HostOfTheTargetStandsBeforeTheHeaders) {
  EXPECT_EQ(read("GET http://b:1/x HTTP/1.1\r\nHost: a\r\n\r\n").host, "b");
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:1\r\n\r\n").host, "2001:db8::1");
  RequestLimits limits;
  limits.allowed_hosts = {"a"};
  EXPECT_EQ(status_of("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 99, limits), 421);
}

TEST(RequestReader, TrailersDoNotBecomeHeaders) {
  const IncomingRequest request =
      read("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: x\r\n\r\n");
  EXPECT_EQ(request.header("authorization"), "");
}

TEST(RequestReader, OneAfterTheOther) {
  RequestReader reader({});
  EXPECT_FALSE(reader.started());
  const std::string two = "HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.0\r\n\r\n";
  ASSERT_EQ(reader.feed(as_bytes(two)), Stage::complete);
  const ReceivedRequest first = reader.take();
  EXPECT_EQ(first.request.method, "GET");
  EXPECT_TRUE(first.head);
  EXPECT_TRUE(first.keep_alive);
  EXPECT_TRUE(reader.started());
  ASSERT_EQ(reader.feed({}), Stage::complete);
  const ReceivedRequest second = reader.take();
  EXPECT_EQ(second.request.target, "/2");
  EXPECT_FALSE(second.head);
  EXPECT_FALSE(second.keep_alive);
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(reader.feed({}), Stage::header);
}

TEST(RequestReader, WantsContinueUntilTheBodyComes) {
  RequestReader reader({});
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  ASSERT_EQ(reader.feed(as_bytes(head)), Stage::body);
  EXPECT_TRUE(reader.wants_continue());
}

}  // namespace
}  // namespace certherald::net
