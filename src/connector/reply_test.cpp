#include "connector/reply.hpp"

#include <gtest/gtest.h>

namespace certherald::connector {
namespace {

net::HttpResponse response(int status, std::string type, std::string body) {
  net::HttpResponse made;
  made.status = status;
  made.headers = {{"content-type", std::move(type)}};
  made.body = std::move(body);
  return made;
}

struct Row {
  HttpReply reply;
  Call call;
  std::optional<model::OutcomeKind> kind;  // nothing: the object is read
};

TEST(ReadObject, TellsWhatAnAnswerMeans) {
  using enum model::OutcomeKind;
  const auto lost = net::HttpFailure{net::Sent::maybe, {ErrorKind::unreachable, "reset", {}}};
  const auto refused = net::HttpFailure{net::Sent::surely_not, {ErrorKind::unreachable, "refused", {}}};
  const auto untrusted = net::HttpFailure{net::Sent::surely_not, {ErrorKind::refused, "certificate", {}}};
  const Row rows[] = {
      {response(200, "application/json", "{}"), Call::look_up, std::nullopt},
      {response(201, "application/json;charset=UTF-8", R"({"result":{}})"), Call::write, std::nullopt},
      {response(400, "", R"({"error":1})"), Call::write, std::nullopt},
      {response(200, "text/html", "<html>Hibernating</html>"), Call::look_up, misconfigured},
      {response(200, "text/html", "<html>Hibernating</html>"), Call::write, unknown},
      {response(200, "application/json", R"({"result":{"sys_)"), Call::write, unknown},
      {response(200, "application/json", R"({"result":{"sys_)"), Call::look_up, unavailable},
      {response(302, "text/html", ""), Call::look_up, misconfigured},
      {response(401, "text/html", "no"), Call::write, auth_failed},
      {response(429, "text/html", "slow"), Call::write, throttled},
      {response(500, "text/html", "oops"), Call::write, unknown},
      {response(503, "text/html", "oops"), Call::look_up, unavailable},
      {response(422, "text/plain", "no"), Call::write, rejected},
      {std::unexpected(lost), Call::write, unknown},
      {std::unexpected(lost), Call::look_up, unavailable},
      {std::unexpected(refused), Call::write, not_sent},
      {std::unexpected(untrusted), Call::look_up, misconfigured},
  };
  for (const Row& row : rows) {
    const auto read = read_object(row.reply, row.call);
    const std::string what = row.reply ? fmt::format("HTTP {} {}", row.reply->status, row.reply->body)
                                       : row.reply.error().error.message;
    ASSERT_EQ(read.has_value(), !row.kind.has_value()) << what;
    if (row.kind) EXPECT_EQ(read.error().kind, *row.kind) << what;
  }
}

TEST(ParseObject, IsBounded) {
  EXPECT_FALSE(parse_object(std::string(100'000, '[')));
  EXPECT_FALSE(parse_object("[]"));
  EXPECT_FALSE(parse_object("{\"a\":\"\xff\"}"));
  EXPECT_TRUE(parse_object(R"({"a":1})"));
}

TEST(BasicCredentials, AreTheStandardAlphabetWithPadding) {
  // RFC 7617 section 2.
  EXPECT_EQ(basic_credentials("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_credentials("a", "b"), "Basic YTpi");
  EXPECT_EQ(basic_credentials("ab", "c"), "Basic YWI6Yw==");
  EXPECT_EQ(basic_credentials("", ">?>?"), "Basic Oj4/Pj8=");
}

TEST(Expand, ReplacesNamesOnce) {
  const std::map<std::string, std::string> values = {{"owner", "web {{host}}"}, {"host", "h"}};
  EXPECT_EQ(expand("{{owner}} on {{ host }}, {{nobody}}", values), "web {{host}} on h, ");
  EXPECT_EQ(expand("{{open", values), "{{open");
}

TEST(RetryAfter, ReadsSeconds) {
  auto made = response(429, "", "");
  EXPECT_FALSE(retry_after(made));
  made.headers.emplace_back("retry-after", "17");
  EXPECT_EQ(retry_after(made), Seconds(17));
}

}  // namespace
}  // namespace certherald::connector
