#include "connector/servicedesk_plus/replies.hpp"

#include <gtest/gtest.h>

#include "connector/servicedesk_plus/answer.hpp"

namespace certherald::connector::servicedesk_plus {
namespace {

const std::string key(64, 'a');

HttpReply reply(int status, std::string body) {
  net::HttpResponse made;
  made.status = status;
  made.headers = {{"content-type", "application/json;charset=UTF-8"}};
  made.body = std::move(body);
  return made;
}

// An error in the shape that instances send: general outside, the reason inside.
HttpReply refused(int status, std::string_view message) {
  return reply(
      status, fmt::format(R"({{"response_status":{{"status_code":4000,"messages":[{}],"status":"failed"}}}})",
                          message));
}

HttpReply one(std::string_view request) {
  return reply(201,
               fmt::format(R"({{"request":{},"response_status":{{"status_code":2000,"status":"success"}}}})",
                           request));
}

HttpReply many(std::string_view rows, std::string_view more = "false") {
  return reply(200, fmt::format(R"({{"response_status":[{{"status_code":2000,"status":"success"}}],
      "list_info":{{"has_more_rows":{},"start_index":1,"total_count":0,"page":1,"get_total_count":"true","row_count":0}},
      "requests":[{}]}})",
                                more, rows));
}

model::Connection desk() {
  model::Connection made;
  made.url = "https://desk.example.com:8080";
  made.key_field = "udf_sline_301";
  return made;
}

model::Connection desk_without_field() {
  auto made = desk();
  made.key_field.clear();
  return made;
}

model::TicketDraft draft() {
  model::TicketDraft made;
  made.key = key;
  made.subject = "SSL Certificate shop.example.com expiry";
  return made;
}

std::string row(std::string_view id, std::string_view udf, std::string_view more = "") {
  return fmt::format(R"({{"id":"{}","display_id":{},"subject":"s","status":{{"name":"Open","id":"2"}},
      "created_time":{{"display_value":"x","value":"1783092412757"}},"udf_fields":{}{}}})",
                     id, id, udf, more);
}
std::string with_key(std::string_view value) { return fmt::format(R"({{"udf_sline_301":"{}"}})", value); }

TEST(ReadSuccess, TellsWhatARefusalMeans) {
  using enum model::OutcomeKind;
  struct Row {
    HttpReply reply;
    Call call;
    About about;
    model::OutcomeKind kind;
  };
  const Row rows[] = {
      {refused(400, R"({"status_code":401,"type":"failed","message":"AuthToken in the request is invalid"})"),
       Call::write, About::system, auth_failed},
      {refused(401, R"({"status_code":4022,"type":"failed"})"), Call::look_up, About::system, auth_failed},
      {refused(400, R"({"status_code":4001,"message":"URL blocked as maximum access limit exceeded"})"),
       Call::write, About::system, throttled},
      {refused(429, R"({"status_code":4015})"), Call::look_up, About::system, throttled},
      {reply(400, R"({"error":{"code":"URL_ROLLING_THROTTLES_LIMIT_EXCEEDED","message":"slow down"}})"),
       Call::write, About::system, throttled},
      {refused(400, R"({"status_code":4012,"type":"failed","fields":["mode","category"]})"), Call::write,
       About::system, rejected},
      {refused(400, R"({"status_code":4001,"field":"group","message":"Invalid Input"})"), Call::write,
       About::system, rejected},
      {refused(403, R"({"status_code":4002,"field":"priority"})"), Call::write, About::system, rejected},
      {refused(403, R"({"status_code":4002})"), Call::look_up, About::system, auth_failed},
      {refused(400, R"({"status_code":7001})"), Call::write, About::system, rejected},
      {refused(500, R"({"status_code":4004,"message":"Internal Error"})"), Call::write, About::system,
       unknown},
      {refused(400, R"({"status_code":4004,"message":"Internal Error"})"), Call::write, About::system,
       unknown},
      {refused(500, R"({"status_code":4004,"message":"Internal Error"})"), Call::look_up, About::system,
       unavailable},
      {refused(404, R"({"status_code":4007,"message":"Invalid URL"})"), Call::write, About::system,
       misconfigured},
      {refused(404, R"({"status_code":4007,"message":"Invalid URL"})"), Call::write, About::ticket, rejected},
      {refused(404, R"({"status_code":4007,"message":"Invalid URL"})"), Call::look_up, About::ticket,
       rejected},
      {refused(200, R"({"status_code":4001})"), Call::write, About::system, rejected},
      {reply(201, R"({"request":{"id":"1"}})"), Call::write, About::system, unknown},
      {reply(200, R"({"response_status":[]})"), Call::look_up, About::system, unavailable},
      {reply(200, R"({"response_status":[{"status_code":2000},{"status_code":4000}]})"), Call::write,
       About::system, unknown},
      {reply(200, R"({"response_status":{"status_code":2000},"error":{"message":"cancelled"}})"), Call::write,
       About::system, unknown},
  };
  for (const Row& row : rows) {
    const auto read = read_success(row.reply, row.call, row.about);
    ASSERT_FALSE(read.has_value()) << row.reply->body;
    EXPECT_EQ(to_string(read.error().kind), to_string(row.kind)) << row.reply->body;
  }
}

TEST(ReadSuccess, NamesMandatoryFieldsAndTheMend) {
  const auto read =
      read_success(refused(400, R"({"status_code":4012,"type":"failed","fields":["mode","category"]})"),
                   Call::write, About::system);
  EXPECT_EQ(read.error().message, "mandatory fields are missing: mode, category");
  EXPECT_EQ(read.error().hint, "set them in [[connection]]: mode, category");
}

TEST(ReadSuccess, WaitsWhereALimitIsReached) {
  const auto read = read_success(
      refused(400, R"({"status_code":4015,"message":"URL blocked as maximum access limit exceeded"})"),
      Call::write, About::system);
  EXPECT_EQ(read.error().retry_after, Seconds(120));
}

TEST(MergedInto, IsTheRequestA404Names) {
  const auto merged = [](int status, std::string_view words) {
    return merged_into(refused(status, fmt::format(R"({{"status_code":4007,"message":"{}"}})", words)));
  };
  EXPECT_EQ(merged(404, "Request has been merged with the request 17"), "17");
  EXPECT_EQ(merged(400, "Request has been merged with the request 17"), "");
  EXPECT_EQ(merged(404, "Invalid URL 17"), "");
  EXPECT_EQ(merged(404, "Request has been merged"), "");
  EXPECT_EQ(merged(404, "merged into 123456789012345678901234"), "");
}

TEST(ReadPage, KeepsOnlyRowsThatCarryTheKey) {
  const auto page = read_page(many(row("1", with_key(key)) + "," + row("2", with_key(std::string(64, 'b'))) +
                                   "," + row("3", R"({"udf_sline_301":null})") + "," + row("4", "null") +
                                   "," + row("5", with_key(key), R"(,"is_trashed":true)")),
                              desk(), draft());
  ASSERT_TRUE(page);
  ASSERT_EQ(page->ours.size(), 2U);
  EXPECT_EQ(page->ours[0].ticket.remote_id, "1");
  EXPECT_EQ(page->ours[0].ticket.status, "Open");
  EXPECT_EQ(page->ours[0].ticket.url, "https://desk.example.com:8080/WorkOrder.do?woMode=viewWO&woID=1");
  EXPECT_EQ(page->ours[0].created, "00000001783092412757");
  EXPECT_TRUE(page->ours[0].ticket.open);
  EXPECT_FALSE(page->ours[1].ticket.open);
  ASSERT_EQ(page->to_read.size(), 1U);
  EXPECT_EQ(page->to_read[0].ticket.remote_id, "4");
  EXPECT_FALSE(page->more);
}

TEST(ReadPage, UnderstandsEveryFormOfAnAnswerOrSaysThatItDoesNot) {
  using enum model::OutcomeKind;
  EXPECT_TRUE(read_page(many("", "true"), desk(), draft())->more == false)
      << "a page without rows is the last";
  EXPECT_TRUE(read_page(many(row("1", "{}"), "true"), desk(), draft())->more);
  EXPECT_EQ(read_page(many(R"({"id":860,"udf_fields":null})"), desk(), draft())->to_read[0].ticket.remote_id,
            "860");
  for (const char* bad :
       {R"({"id":"../1"})", R"({"id":1.5})", R"({})", "7", "null", R"({"id":"123456789012345678901"})"})
    EXPECT_EQ(read_page(many(bad), desk(), draft()).error().kind, unavailable) << bad;
  EXPECT_EQ(
      read_page(reply(200, R"({"response_status":[{"status_code":2000}],"requests":{}})"), desk(), draft())
          .error()
          .kind,
      unavailable);
}

TEST(ReadPage, TakesDescriptionsOfTheListWhereThereAre) {
  const std::string ours = R"("description":"<div>text<br>Certherald key: )" + key + R"(<\/div>")";
  const auto page =
      read_page(many(R"({"id":"1",)" + ours + R"(},{"id":"2","description":"other"},{"id":"3"},)" +
                     R"({"id":"4","description":null})"),
                desk_without_field(), draft());
  ASSERT_TRUE(page);
  ASSERT_EQ(page->ours.size(), 1U);
  EXPECT_EQ(page->ours[0].ticket.remote_id, "1");
  ASSERT_EQ(page->to_read.size(), 2U);
}

TEST(KeyInDescription, IsFoundInWhatAServerMakesOfIt) {
  struct Row {
    std::string html;
    Key wanted;
  };
  const Row rows[] = {
      {"Certherald key: " + key, Key::ours},
      {"<div class=\"sdp\"><div>text<br>Certherald key:&nbsp;" + key + "</div></div>", Key::ours},
      {"Certherald\n  <b>key:</b> " + key + "<br>a person wrote below", Key::ours},
      {"Certherald key:\xC2\xA0" + key, Key::ours},
      {"Certherald key: " + std::string(64, 'b'), Key::other},
      {"the body quotes " + key, Key::other},
      {"<Certherald key: " + key, Key::other},
      {"", Key::other},
  };
  for (const Row& row : rows) EXPECT_EQ(key_in_description(row.html, draft()), row.wanted) << row.html;
}

TEST(ReadTicket, ShowsWhetherTheKeyWasKept) {
  EXPECT_EQ(read_ticket(one(row("7", with_key(key))), Call::write, desk(), draft())->key, Key::ours);
  EXPECT_EQ(read_ticket(one(row("7", with_key("aaaa"))), Call::write, desk(), draft())->key, Key::other);
  EXPECT_EQ(read_ticket(one(R"({"id":"7"})"), Call::write, desk(), draft())->key, Key::not_shown);
  EXPECT_EQ(read_ticket(one(R"({"id":"x"})"), Call::write, desk(), draft()).error().kind,
            model::OutcomeKind::unknown);
  EXPECT_EQ(read_ticket(one("[]"), Call::look_up, desk(), draft()).error().kind,
            model::OutcomeKind::unavailable);
}

TEST(ReadTicket, KnowsStatesByTheirInternalName) {
  struct Row {
    const char* status;
    bool open;
  };
  const Row rows[] = {
      {R"({"name":"Open"})", true},
      {R"({"name":"closed"})", false},
      {R"({"name":"Resolved"})", false},
      {R"({"name":"Erledigt","internal_name":"Closed"})", false},
      {R"({"name":"In Arbeit","internal_name":"Open"})", true},
      {"null", true},
  };
  for (const Row& row : rows) {
    const auto shown = read_ticket(one(fmt::format(R"({{"id":"7","status":{}}})", row.status)), Call::write,
                                   desk(), draft());
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->ticket.open, row.open) << row.status;
  }
}

TEST(RefusedOptionalFields, AreThoseThatAloneWereRefused) {
  struct Row {
    HttpReply reply;
    std::vector<std::string> wanted;
  };
  auto connection = desk();
  connection.fields = {{"priority", "High"}, {"urgency", "Low"}, {"group", "Network"}};
  const Row rows[] = {
      {refused(403, R"({"status_code":4002,"field":"priority"})"), {"priority"}},
      {refused(400, R"({"status_code":4001,"field":"priority"})"), {"priority"}},
      {refused(400, R"({"status_code":4001,"fields":["priority","urgency"]})"), {"priority", "urgency"}},
      {refused(400, R"({"status_code":4001,"field":"group"})"), {}},
      {refused(400, R"({"status_code":4001,"fields":["priority","group"]})"), {}},
      {refused(400, R"({"status_code":4001,"field":"impact"})"), {}},
      {refused(400, R"({"status_code":4012,"fields":["priority"]})"), {}},
      {refused(500, R"({"status_code":4001,"field":"priority"})"), {}},
      {refused(400, R"({"status_code":401})"), {}},
      {reply(400, "<html>"), {}},
      {one(R"({"id":"1"})"), {}},
      {std::unexpected(net::HttpFailure{}), {}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(refused_optional_fields(row.reply, connection), row.wanted)
        << (row.reply ? row.reply->body : "no answer");
}

TEST(Notes, AreReadOneByOne) {
  const auto notes = read_notes(reply(200, R"({"response_status":[{"status_code":2000}],"list_info":
      {"has_more_rows":true},"notes":[{"id":"301"},{"id":302}]})"));
  ASSERT_TRUE(notes);
  EXPECT_EQ(notes->ids, (std::vector<std::string>{"301", "302"}));
  EXPECT_TRUE(notes->more);
  const auto note = reply(200, R"({"note":{"id":"301","description":"<div>x [op:01234567]<\/div>"},
      "response_status":{"status_code":2000}})");
  EXPECT_TRUE(*note_has(note, "[op:01234567]"));
  EXPECT_FALSE(*note_has(note, "[op:76543210]"));
  EXPECT_FALSE(*note_has(refused(404, R"({"status_code":4007})"), "[op:01234567]")) << "deleted meanwhile";
  EXPECT_EQ(note_has(refused(500, R"({"status_code":4004})"), "x").error().kind,
            model::OutcomeKind::unavailable);
  EXPECT_EQ(read_note(note).kind, model::OutcomeKind::done);
  EXPECT_EQ(read_note(reply(200, R"({"response_status":{"status_code":2000}})")).kind,
            model::OutcomeKind::unknown);
}

TEST(RefusesWrapper, TellsAnExtraKeyFromOtherRefusals) {
  EXPECT_TRUE(refuses_wrapper(
      refused(400, R"({"status_code":4001,"message":"Extra key found in JSON","field":"note"})"), "note"));
  EXPECT_FALSE(refuses_wrapper(
      refused(400, R"({"status_code":4001,"message":"Extra key found in JSON","field":"x"})"), "note"));
  EXPECT_FALSE(refuses_wrapper(refused(400, R"({"status_code":4001,"field":"note"})"), "note"));
}

}  // namespace
}  // namespace certherald::connector::servicedesk_plus
