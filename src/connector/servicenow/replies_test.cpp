#include "connector/servicenow/replies.hpp"

#include <gtest/gtest.h>

namespace certherald::connector::servicenow {
namespace {

const std::string key(64, 'a');
const std::string sys_id = "0123456789abcdef0123456789abcdef";

HttpReply reply(int status, std::string body, std::string type = "application/json;charset=UTF-8") {
  net::HttpResponse made;
  made.status = status;
  made.headers = {{"content-type", std::move(type)}};
  made.body = std::move(body);
  return made;
}

HttpReply error(int status, std::string_view message, std::string_view detail) {
  return reply(status, fmt::format(R"({{"error":{{"message":"{}","detail":"{}"}},"status":"failure"}})",
                                   message, detail));
}

model::Connection snow() {
  model::Connection made;
  made.type = model::ConnectionType::servicenow;
  made.url = "https://example.service-now.com";
  made.key_field = "correlation_id";
  return made;
}

model::TicketDraft draft() {
  model::TicketDraft made;
  made.key = key;
  return made;
}

model::RemoteTicket ticket() {
  model::RemoteTicket made;
  made.remote_id = sys_id;
  made.number = "INC0010001";
  return made;
}

std::string row(std::string_view id, std::string_view correlation, std::string_view state = "1") {
  return fmt::format(
      R"({{"sys_id":{{"display_value":"{}","value":"{}"}},"number":{{"display_value":"INC0010001",
      "value":"INC0010001"}},"state":{{"display_value":"State {}","value":"{}"}},"active":{{"display_value":"true",
      "value":"true"}},"sys_created_on":{{"display_value":"24/11/2026","value":"2026-11-24 02:33:07"}},
      "correlation_id":{{"display_value":"x","value":"{}"}}}})",
      id, id, state, state, correlation);
}

TEST(Answers, MeanWhatStatusWordsAndAskingSay) {
  using enum model::OutcomeKind;
  struct Row {
    HttpReply reply;
    model::OutcomeKind found;
    model::OutcomeKind created;
    model::OutcomeKind noted;
  };
  const Row rows[] = {
      {error(401, "User Not Authenticated", "Required to provide Auth information"), auth_failed, auth_failed,
       auth_failed},
      {error(403, "Insufficient rights to query records", ""), auth_failed, rejected, rejected},
      {error(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints"), auth_failed,
       rejected, rejected},
      {error(403, "Operation Failed", "Data Policy Exception: The following fields are mandatory: Caller"),
       auth_failed, rejected, rejected},
      {error(404, "No Record found", "Record doesn't exist"), misconfigured, misconfigured, rejected},
      {error(400, "Invalid table x", "Table x does not exist"), misconfigured, misconfigured, misconfigured},
      {error(400, "Requested URI does not represent any resource", ""), misconfigured, misconfigured,
       misconfigured},
      {error(400, "Exception while reading request", "x"), rejected, rejected, rejected},
      {error(429, "Rate limit exceeded", "x"), throttled, throttled, throttled},
      {error(500, "Transaction cancelled: maximum execution time exceeded", "x"), unavailable, unknown,
       unknown},
      {error(200, "Transaction cancelled", ""), unavailable, unknown, unknown},
      {reply(200, R"({"result":{},"status":"failure"})"), unavailable, unknown, unknown},
      {reply(200, R"({"result":[],"error":"odd"})"), unavailable, unknown, unknown},
      {reply(200, R"({"result":null})"), unavailable, unknown, unknown},
      {reply(200, R"({"result":"x"})"), unavailable, unknown, unknown},
      {reply(200, "{}"), unavailable, unknown, unknown},
      {reply(200, R"({"result":{}})", "text/plain"), unavailable, unknown, unknown},
      {reply(200, "<html>Hibernating Instance</html>", "text/html"), misconfigured, unknown, unknown},
      {reply(503, "<html>", "text/html"), unavailable, unknown, unknown},
  };
  for (const Row& row : rows) {
    const std::string& body = row.reply->body;
    EXPECT_EQ(to_string(read_find(row.reply, snow(), draft()).kind), to_string(row.found)) << body;
    EXPECT_EQ(to_string(read_create(row.reply, snow(), draft()).kind), to_string(row.created)) << body;
    EXPECT_EQ(to_string(read_note(row.reply, ticket()).kind), to_string(row.noted)) << body;
  }
}

TEST(Answers, TellTheMend) {
  const auto policy = read_create(
      error(403, "Operation Failed", "Data Policy Exception: The following fields are mandatory: Caller"),
      snow(), draft());
  EXPECT_EQ(policy.message,
            "HTTP 403: Operation Failed: Data Policy Exception: The following fields are mandatory: Caller");
  EXPECT_NE(policy.hint.find("[[connection]]"), std::string::npos);
  const auto restricted = read_find(error(401, "User Not Authenticated", ""), snow(), draft());
  EXPECT_NE(restricted.hint.find("snc_basic_auth_api_access"), std::string::npos);
}

TEST(ReadFind, ComparesEachKey) {
  using enum model::OutcomeKind;
  const std::string stranger = row("f123456789abcdef0123456789abcdef", "INC1");
  EXPECT_EQ(read_find(reply(200, R"({"result":[]})"), snow(), draft()).kind, absent);
  EXPECT_EQ(read_find(reply(200, R"({"result":[)" + stranger + "]}"), snow(), draft()).kind, misconfigured);
  const auto found =
      read_find(reply(200, R"({"result":[)" + stranger + "," + row(sys_id, key) + "]}"), snow(), draft());
  EXPECT_EQ(found.kind, done);
  EXPECT_EQ(found.ticket.remote_id, sys_id);
  EXPECT_EQ(found.ticket.number, "INC0010001");
  EXPECT_EQ(found.ticket.status, "State 1");
  EXPECT_EQ(found.ticket.url,
            "https://example.service-now.com/nav_to.do?uri=incident.do%3Fsys_id%3D" + sys_id);
  EXPECT_EQ(found.duplicates, 0);
  EXPECT_TRUE(found.ticket.open);
  for (const char* bad : {"[7]", "[null]", "[[]]"})
    EXPECT_EQ(read_find(reply(200, fmt::format(R"({{"result":{}}})", bad)), snow(), draft()).kind,
              unavailable);
  EXPECT_EQ(read_find(reply(200, R"({"result":[)" + row("../x", key) + "]}"), snow(), draft()).kind,
            unavailable);
  // Upper case is not our key: the system's comparison ignores case, ours does not.
  EXPECT_EQ(
      read_find(reply(200, R"({"result":[)" + row(sys_id, std::string(64, 'A')) + "]}"), snow(), draft())
          .kind,
      misconfigured);
}

TEST(ReadFind, PrefersTheOldestOpenTicketAndCountsTheRest) {
  const std::string second = "f123456789abcdef0123456789abcdef";
  const auto found = read_find(
      reply(200, R"({"result":[)" + row(sys_id, key, "7") + "," + row(second, key) + "]}"), snow(), draft());
  EXPECT_EQ(found.ticket.remote_id, second);
  EXPECT_EQ(found.duplicates, 1);
}

TEST(ReadFind, ReadsPlainValuesToo) {
  const auto found = read_find(
      reply(200, R"({"result":[{"sys_id":")" + sys_id +
                     R"(","number":"INC1","state":"6","active":"true","correlation_id":")" + key + R"("}]})"),
      snow(), draft());
  EXPECT_EQ(found.kind, model::OutcomeKind::done);
  EXPECT_FALSE(found.ticket.open) << "resolved";
}

TEST(ReadCreate, SaysWhereAKeyThatWasCutOrDroppedLeavesATicket) {
  EXPECT_EQ(read_create(reply(201, R"({"result":)" + row(sys_id, key) + "}"), snow(), draft()).kind,
            model::OutcomeKind::done);
  for (const std::string& kept : {std::string(), std::string(40, 'a')}) {
    const auto made = read_create(reply(201, R"({"result":)" + row(sys_id, kept) + "}"), snow(), draft());
    EXPECT_EQ(made.kind, model::OutcomeKind::rejected);
    EXPECT_NE(made.message.find("INC0010001"), std::string::npos) << made.message;
    EXPECT_NE(made.message.find(sys_id), std::string::npos) << made.message;
    EXPECT_NE(made.hint.find("do not retry"), std::string::npos) << made.hint;
  }
}

TEST(ReadJournal, LooksAtTheTicketsOwnEntries) {
  const auto page = [](std::string_view id, std::string_view value) {
    return read_journal(
        reply(200, fmt::format(R"({{"result":[{{"element_id":"{}","value":"{}"}}]}})", id, value)), ticket(),
        "[op:01234567]");
  };
  EXPECT_TRUE(page(sys_id, "[op:01234567]\\nstill there")->has_marker);
  EXPECT_FALSE(page(sys_id, "something")->has_marker);
  EXPECT_FALSE(page("f123456789abcdef0123456789abcdef", "[op:01234567]")->has_marker);
  EXPECT_EQ(page(sys_id, "x")->rows, 1U);
  EXPECT_EQ(read_journal(error(403, "Insufficient rights to query records", ""), ticket(), "x").error().kind,
            model::OutcomeKind::rejected);
}

TEST(ReadNote, WantsTheTicketBack) {
  EXPECT_EQ(read_note(reply(200, R"({"result":{"sys_id":")" + sys_id + R"("}})"), ticket()).kind,
            model::OutcomeKind::done);
  EXPECT_EQ(read_note(reply(200, R"({"result":{"sys_id":"other"}})"), ticket()).kind,
            model::OutcomeKind::unknown);
}

TEST(ReadDictionary, TellsWhatAConnectionLacks) {
  const auto lines = [](std::string_view rows) {
    std::string out;
    for (const TestLine& line :
         read_dictionary(reply(200, fmt::format(R"({{"result":[{}]}})", rows)), snow()))
      out += fmt::format("{} {}: {}\n", static_cast<int>(line.state), line.what, line.detail);
    return out;
  };
  EXPECT_EQ(lines(R"({"element":"correlation_id","max_length":"100","mandatory":"false"},
                     {"element":"caller_id","max_length":"32","mandatory":"true"},
                     {"element":"short_description","max_length":"80","mandatory":"true"})"),
            "1 subject: the table keeps 80 characters of it\n"
            "0 key field: correlation_id exists and keeps 100 characters\n"
            "1 mandatory fields: not set: caller_id\n");
  EXPECT_EQ(lines(R"({"element":"correlation_id","max_length":"40","mandatory":"false"})"),
            "2 key field: correlation_id keeps 40 characters, our key has 64\n"
            "0 mandatory fields: all are set, as far as the dictionary tells\n");
  EXPECT_EQ(lines(""),
            "2 key field: incident has no column correlation_id\n"
            "0 mandatory fields: all are set, as far as the dictionary tells\n");
}

}  // namespace
}  // namespace certherald::connector::servicenow
