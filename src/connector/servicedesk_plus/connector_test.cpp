// The loops of the connector against answers that no honest system gives.

#include "connector/servicedesk_plus/connector.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::connector::servicedesk_plus {
namespace {

using model::OutcomeKind;

// Answers by a function and counts what it was asked.
struct ScriptedHttp final : net::HttpClient {
  std::function<std::string(const net::HttpRequest&)> answer;
  int status = 200;
  Millis left{};  // of the last deadline
  std::vector<net::HttpRequest> asked;
  net::Task<std::expected<net::HttpResponse, net::HttpFailure>> send(net::HttpRequest request,
                                                                     net::Deadline deadline) override {
    left = deadline.left();
    net::HttpResponse made;
    made.status = status;
    made.headers = {{"content-type", "application/json"}};
    made.body = answer(request);
    asked.push_back(std::move(request));
    co_return made;
  }
};

struct Token final : SecretSource {
  [[nodiscard]] net::Task<Result<std::string>> resolve(model::SecretRef /*reference*/) const override {
    co_return std::string("token-of-the-connection");
  }
};

class Loops : public testing::Test {
 protected:
  Loops() {
    connection.url = "http://desk.example.com";
    connection.key_field = "udf_sline_301";
    connection.auth_token = model::EnvSecret{"X"};
    draft.key = std::string(64, 'a');
    draft.subject = "s";
  }

  model::Outcome find() {
    const auto connector = make(connection, http, secrets);
    return world.run(connector->find(draft, net::Deadline::after(net::test::ample)));
  }
  model::Outcome create() {
    const auto connector = make(connection, http, secrets);
    return world.run(connector->create(draft, net::Deadline::after(net::test::ample)));
  }
  model::Outcome find_note() {
    model::RemoteTicket ticket;
    ticket.remote_id = "1";
    const auto connector = make(connection, http, secrets);
    return world.run(connector->find_note(ticket, "[op:01234567]", net::Deadline::after(net::test::ample)));
  }

  static std::string page(std::string_view rows, std::string_view more) {
    return fmt::format(
        R"({{"response_status":[{{"status_code":2000}}],"list_info":{{"has_more_rows":{}}},"requests":[{}]}})",
        more, rows);
  }

  net::test::World world;
  ScriptedHttp http;
  Token secrets;
  model::Connection connection;
  model::TicketDraft draft;
};

TEST_F(Loops, AListWithoutEndIsNeverTakenForAbsent) {
  http.answer = [](const net::HttpRequest& /*request*/) {
    return page(R"({"id":"1","udf_fields":{"udf_sline_301":"another"}})", "true");
  };
  const auto found = find();
  EXPECT_EQ(found.kind, OutcomeKind::misconfigured);
  EXPECT_EQ(http.asked.size(), 20U);
}

TEST_F(Loops, ReadingOneByOneEnds) {
  std::string rows = R"({"id":"1"})";
  for (int i = 2; i <= 100; ++i) rows += fmt::format(R"(,{{"id":"{}"}})", i);
  http.answer = [&](const net::HttpRequest& request) {
    if (request.url.contains("input_data")) return page(rows, "true");
    return std::string(R"({"response_status":{"status_code":2000},"request":{"id":"1",
        "udf_fields":{"udf_sline_301":null}}})");
  };
  EXPECT_EQ(find().kind, OutcomeKind::misconfigured);
  EXPECT_LE(http.asked.size(), 510U);
}

TEST_F(Loops, APageThatComesTwiceCountsOnce) {
  http.answer = [&](const net::HttpRequest& /*request*/) {
    return page(fmt::format(R"({{"id":"1","udf_fields":{{"udf_sline_301":"{}"}}}})", draft.key),
                http.asked.size() < 3 ? "true" : "false");
  };
  const auto found = find();
  EXPECT_EQ(found.kind, OutcomeKind::done);
  EXPECT_EQ(found.duplicates, 0);
}

TEST_F(Loops, ACreateThatShowsNoKeyIsReadBack) {
  struct Row {
    std::string read;
    OutcomeKind wanted;
  };
  const std::string shown = R"({"response_status":{"status_code":2000},"request":{"id":"7","udf_fields":)";
  const Row rows[] = {
      {shown + R"({"udf_sline_301":")" + draft.key + R"("}}})", OutcomeKind::done},
      {shown + R"({"udf_sline_301":null}}})", OutcomeKind::rejected},
      {shown + R"({}}})", OutcomeKind::rejected},
      {"<html>", OutcomeKind::unknown},
      {R"({"response_status":{"status_code":4000,"messages":[{"status_code":401}]}})", OutcomeKind::unknown},
  };
  for (const Row& row : rows) {
    http.asked.clear();
    http.answer = [&](const net::HttpRequest& request) {
      if (request.method == "GET") return row.read;
      return std::string(R"({"response_status":{"status_code":2000},"request":{"id":"7"}})");
    };
    const auto made = create();
    EXPECT_EQ(to_string(made.kind), to_string(row.wanted)) << row.read;
    EXPECT_EQ(http.asked.size(), 2U);
    EXPECT_EQ(http.asked.at(1).url, "http://desk.example.com/api/v3/requests/7");
    if (made.kind == OutcomeKind::rejected) EXPECT_TRUE(made.message.contains("woID=7")) << made.message;
  }
}

TEST_F(Loops, ARefusalIsRepeatedOnlyWhileItLeavesOutMore) {
  connection.fields = {{"priority", "High"}, {"urgency", "Low"}};
  http.answer = [](const net::HttpRequest& /*request*/) {
    return std::string(R"({"response_status":{"status_code":4000,
        "messages":[{"status_code":4001,"field":"priority"}]}})");
  };
  http.status = 400;
  EXPECT_EQ(create().kind, OutcomeKind::rejected);
  EXPECT_EQ(http.asked.size(), 2U);
  // By HTTP 200 it is no refusal that says that nothing was made.
  http.asked.clear();
  http.status = 200;
  EXPECT_EQ(create().kind, OutcomeKind::rejected);
  EXPECT_EQ(http.asked.size(), 1U);
}

TEST_F(Loops, NotesWithoutEndAreGivenUp) {
  http.answer = [](const net::HttpRequest& request) {
    if (!request.url.contains("input_data"))
      return std::string(R"({"response_status":{"status_code":2000},"note":{"id":"1","description":"x"}})");
    std::string rows = R"({"id":"1"})";
    for (int i = 0; i < 99; ++i) rows += R"(,{"id":"1"})";
    return R"({"response_status":[{"status_code":2000}],"list_info":{"has_more_rows":true},"notes":[)" +
           rows + "]}";
  };
  EXPECT_EQ(find_note().kind, OutcomeKind::rejected);
  EXPECT_LE(http.asked.size(), 1'200U);
}

TEST_F(Loops, MergedInCirclesEnds) {
  http.answer = [](const net::HttpRequest& request) {
    return fmt::format(R"({{"response_status":{{"status_code":4000,"messages":[
        {{"status_code":4007,"message":"Request has been merged with the request {}"}}]}}}})",
                       request.url.contains("/1/") ? 2 : 1);
  };
  http.status = 404;
  EXPECT_EQ(find_note().kind, OutcomeKind::rejected);
  EXPECT_EQ(http.asked.size(), 4U);
}

TEST_F(Loops, TheRateOfTheConnectionIsKept) {
  connection.rate = 1;
  http.answer = [](const net::HttpRequest& /*request*/) { return page("", "false"); };
  const auto connector = make(connection, http, secrets);
  const auto both = [](Connector& asked, model::TicketDraft what,
                       model::Outcome& second) -> net::Task<model::Outcome> {
    auto first = co_await asked.find(what, net::Deadline::after(net::test::ample));
    second = co_await asked.find(what, net::Deadline::after(net::test::ample));
    co_return first;
  };
  model::Outcome second;
  EXPECT_EQ(world.run(both(*connector, draft, second)).kind, OutcomeKind::absent);
  EXPECT_EQ(second.kind, OutcomeKind::not_sent) << second.message;
  EXPECT_EQ(http.asked.size(), 1U);
}

TEST_F(Loops, EachRequestHasTheConnectionsWayAndTime) {
  connection.ca_file = "roots.pem";
  connection.client_cert = "client.pem";
  connection.client_key = "client.key";
  connection.proxy = "http://proxy.example.com:3128";
  connection.timeout = Duration{2, DurationUnit::second};
  http.answer = [](const net::HttpRequest& /*request*/) { return page("", "false"); };
  EXPECT_EQ(find().kind, OutcomeKind::absent);
  const net::HttpRequest& request = http.asked.at(0);
  EXPECT_EQ(request.ca_file, connection.ca_file);
  EXPECT_EQ(request.client_cert, connection.client_cert);
  EXPECT_EQ(request.client_key, connection.client_key);
  EXPECT_EQ(request.proxy, connection.proxy);
  EXPECT_LE(http.left, Millis(2'000));
  EXPECT_GT(http.left, Millis(0));
}

TEST_F(Loops, TheTokenIsSentAndNeverRepeatedInMessages) {
  http.answer = [](const net::HttpRequest& /*request*/) {
    return std::string(R"({"response_status":{"status_code":4000,
        "messages":[{"status_code":4001,"message":"bad token-of-the-connection"}]}})");
  };
  const auto found = find();
  EXPECT_TRUE(found.message.contains("bad (hidden)")) << found.message;
  const std::pair<std::string, std::string> header = {"authtoken", "token-of-the-connection"};
  EXPECT_EQ(http.asked.at(0).headers.back(), header);
}

}  // namespace
}  // namespace certherald::connector::servicedesk_plus
