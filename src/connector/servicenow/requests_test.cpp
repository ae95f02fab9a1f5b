#include "connector/servicenow/requests.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace certherald::connector::servicenow {
namespace {

namespace json = boost::json;

model::Connection snow() {
  model::Connection made;
  made.type = model::ConnectionType::servicenow;
  made.url = "https://example.service-now.com";
  made.key_field = "correlation_id";
  return made;
}

model::TicketDraft draft() {
  model::TicketDraft made;
  made.key = std::string(64, 'a');
  made.subject = "SSL Certificate shop.example.com expiry";
  made.body = "The SSL Certificate shop.example.com expiring soon, please take care\n";
  made.urgency = 1;
  made.impact = 3;
  made.values = {{"owner", "web-team"}};
  return made;
}

json::object created(const model::Connection& connection, const model::TicketDraft& wanted) {
  return json::parse(create_request(connection, wanted).body).as_object();
}

TEST(CreateRequest, SetsUrgencyAndImpactAndNeverPriority) {
  auto connection = snow();
  connection.fields = {{"priority", "1"},
                       {"assignment_group", "287ebd7da9fe198100f92cc8d1d2154e"},
                       {"u_owner", "{{owner}}\nx"},
                       {"u_empty", "{{nobody}}"},
                       {"comments", "mine"}};
  const auto request = create_request(connection, draft());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url,
            "https://example.service-now.com/api/now/v2/table/incident?sysparm_exclude_reference_link=true"
            "&sysparm_display_value=all");
  const std::vector<std::pair<std::string, std::string>> headers = {{"Accept", "application/json"},
                                                                    {"Content-Type", "application/json"}};
  EXPECT_EQ(request.headers, headers);
  const json::value wanted = {
      {"assignment_group", "287ebd7da9fe198100f92cc8d1d2154e"},
      {"u_owner", "web-team x"},
      {"short_description", "SSL Certificate shop.example.com expiry"},
      {"comments", "The SSL Certificate shop.example.com expiring soon, please take care\n"},
      {"description", "The SSL Certificate shop.example.com expiring soon, please take care\n"},
      {"urgency", "1"},
      {"impact", "3"},
      {"correlation_id", draft().key},
      {"correlation_display", "Certherald"}};
  EXPECT_EQ(json::parse(request.body), wanted);
}

TEST(CreateRequest, LetsTheConnectionSetUrgencyAndImpact) {
  auto connection = snow();
  connection.fields = {{"urgency", "2"}, {"impact", "2"}};
  EXPECT_EQ(created(connection, draft()).at("urgency"), "2");
  EXPECT_EQ(created(connection, draft()).at("impact"), "2");
}

TEST(CreateRequest, PutsTheKeyIntoAnotherFieldWhereAsked) {
  auto connection = snow();
  connection.key_field = "u_key";
  const auto body = created(connection, draft());
  EXPECT_EQ(body.at("u_key").as_string(), draft().key);
  EXPECT_FALSE(body.contains("correlation_id"));
  EXPECT_FALSE(body.contains("correlation_display"));
}

TEST(CreateRequest, CutsWithAnEllipsisWhatTheSystemWouldCutWithoutAWord) {
  auto longest = draft();
  longest.subject = std::string(400, 'x');
  longest.body = std::string(9'000, 'y');
  const auto body = created(snow(), longest);
  EXPECT_EQ(body.at("short_description").as_string(), std::string(159, 'x') + "\xE2\x80\xA6");
  EXPECT_EQ(body.at("comments").as_string(), std::string(3'999, 'y') + "\xE2\x80\xA6");
  EXPECT_EQ(body.at("description"), body.at("comments"));
}

TEST(JournalText, NeverOpensHtml) {
  EXPECT_EQ(journal_text("a [code]<script>[/code] [CODE] [op:01234567]"),
            "a [ code]<script>[ /code] [ CODE] [op:01234567]");
  // As long as it may be: what keeps it from being HTML must not cost its end.
  std::string full;
  for (int i = 0; i < 600; ++i) full += "[code]";
  full += std::string(body_length - full.size() - 3, 'x') + "end";
  const std::string kept = journal_text(full);
  EXPECT_EQ(kept.size(), body_length);
  EXPECT_TRUE(kept.ends_with("end"));
  EXPECT_EQ(kept.find("[code]"), std::string::npos);
}

TEST(FindRequest, AsksByTheKeyAloneAndShowsIt) {
  const auto request = find_request(snow(), draft());
  EXPECT_EQ(request.url,
            "https://example.service-now.com/api/now/v2/table/incident?sysparm_query=correlation_id%3D" +
                draft().key +
                "%5EORDERBYsys_created_on"
                "&sysparm_fields=sys_id%2Cnumber%2Cstate%2Cactive%2Csys_created_on%2Ccorrelation_id"
                "&sysparm_limit=100&sysparm_no_count=true&sysparm_exclude_reference_link=true"
                "&sysparm_display_value=all");
  EXPECT_EQ(request.method, "GET");
}

TEST(Queries, HoldNothingOfADraftButItsKey) {
  auto hostile = draft();
  hostile.subject = hostile.body = "javascript:gs.getUserID()^NQactive=true";
  EXPECT_EQ(find_request(snow(), hostile).url, find_request(snow(), draft()).url);
}

TEST(NoteRequest, PatchesTheTicket) {
  model::RemoteTicket ticket;
  ticket.remote_id = "0123456789abcdef0123456789abcdef";
  const auto request = note_request(snow(), ticket, "[op:01234567]\nstill there");
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.url, "https://example.service-now.com/api/now/v2/table/incident/" + ticket.remote_id +
                             "?sysparm_exclude_reference_link=true");
  EXPECT_EQ(json::parse(request.body), json::value({{"comments", "[op:01234567]\nstill there"}}));
}

}  // namespace
}  // namespace certherald::connector::servicenow
