#include "connector/classify.hpp"

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

std::string named(const Row& row) {
  const std::string call = row.call == Call::write ? "write: " : "look-up: ";
  if (!row.reply) return call + row.reply.error().error.message;
  return fmt::format("{}HTTP {} {}", call, row.reply->status, row.reply->body);
}

TEST(ReadObject, TellsWhatAnAnswerMeans) {
  using enum model::OutcomeKind;
  const auto failed = [](net::Sent sent, ErrorKind kind) {
    return std::unexpected(net::HttpFailure{sent, {kind, std::string(to_string(kind)), {}}});
  };
  const std::string page = "<html>Hibernating</html>";
  const Row rows[] = {
      {response(200, "application/json", "{}"), Call::look_up, std::nullopt},
      {response(201, "application/json;charset=UTF-8", R"({"result":{}})"), Call::write, std::nullopt},
      {response(400, "", R"({"error":1})"), Call::write, std::nullopt},
      {response(500, "application/json", R"({"error":1})"), Call::write, std::nullopt},
      {response(200, "text/html", page), Call::look_up, misconfigured},
      {response(200, "text/html", page), Call::write, unknown},
      {response(200, "application/json", R"({"result":{"sys_)"), Call::write, unknown},
      {response(200, "application/json", R"({"result":{"sys_)"), Call::look_up, unavailable},
      {response(200, "", ""), Call::write, unknown},
      {response(200, "", ""), Call::look_up, unavailable},
      {response(302, "text/html", ""), Call::look_up, misconfigured},
      {response(302, "text/html", ""), Call::write, unknown},
      {response(307, "application/json", "{}"), Call::write, unknown},
      {response(401, "text/html", "no"), Call::write, auth_failed},
      {response(403, "text/html", "firewall"), Call::write, misconfigured},
      {response(404, "text/html", "no"), Call::look_up, misconfigured},
      {response(408, "text/html", "late"), Call::write, unknown},
      {response(408, "text/html", "late"), Call::look_up, unavailable},
      {response(429, "text/html", "slow"), Call::write, throttled},
      {response(500, "text/html", "oops"), Call::write, unknown},
      {response(503, "text/html", "oops"), Call::look_up, unavailable},
      {failed(net::Sent::maybe, ErrorKind::unreachable), Call::write, unknown},
      {failed(net::Sent::maybe, ErrorKind::too_large), Call::write, unknown},
      {failed(net::Sent::maybe, ErrorKind::timed_out), Call::look_up, unavailable},
      {failed(net::Sent::surely_not, ErrorKind::unreachable), Call::write, not_sent},
      {failed(net::Sent::surely_not, ErrorKind::timed_out), Call::look_up, not_sent},
      {failed(net::Sent::surely_not, ErrorKind::refused), Call::look_up, misconfigured},
      {failed(net::Sent::surely_not, ErrorKind::invalid_input), Call::write, misconfigured},
  };
  for (const Row& row : rows) {
    const auto read = read_object(row.reply, row.call);
    ASSERT_EQ(read.has_value(), !row.kind.has_value()) << named(row);
    if (row.kind) EXPECT_EQ(to_string(read.error().kind), to_string(*row.kind)) << named(row);
    if (row.kind) EXPECT_FALSE(read.error().message.empty()) << named(row);
  }
}

TEST(Refusal, FollowsTheStatus) {
  using enum model::OutcomeKind;
  const Row rows[] = {
      {response(400, "", ""), Call::write, rejected},
      {response(401, "", ""), Call::write, auth_failed},
      {response(403, "", ""), Call::write, rejected},
      {response(404, "", ""), Call::look_up, misconfigured},
      {response(405, "", ""), Call::write, misconfigured},
      {response(407, "", ""), Call::write, misconfigured},
      {response(408, "", ""), Call::write, unknown},
      {response(413, "", ""), Call::write, rejected},
      {response(429, "", ""), Call::look_up, throttled},
      {response(500, "", ""), Call::write, unknown},
      {response(502, "", ""), Call::look_up, unavailable},
      {response(599, "", ""), Call::write, unknown},
  };
  for (const Row& row : rows)
    EXPECT_EQ(to_string(refusal(*row.reply, row.call, "x").kind), to_string(*row.kind)) << named(row);

  auto slow = response(429, "", "");
  slow.headers.emplace_back("retry-after", "17");
  EXPECT_EQ(refusal(slow, Call::write, "").retry_after, Seconds(17));
  slow.status = 503;
  EXPECT_EQ(refusal(slow, Call::write, "").retry_after, Seconds(17));
}

TEST(Outcome, IsOneBoundedLineWhateverTheSystemSays) {
  const auto said = refusal(response(400, "", ""), Call::write, "a\r\nb\x1b[31m" + std::string(10'000, 'x'));
  EXPECT_LE(said.message.size(), 600U);
  EXPECT_EQ(said.message.find_first_of("\r\n\x1b"), std::string::npos);
}

}  // namespace
}  // namespace certherald::connector
