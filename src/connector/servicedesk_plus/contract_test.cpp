// What only ServiceDesk Plus does, against its double.

#include "connector/contract_world.hpp"

namespace certherald::connector::test {
namespace {

using model::OutcomeKind;

class ServiceDeskPlus : public ContractTest {
 protected:
  ServiceDeskPlus() : ContractTest(systems().at(0)) {}
};

class ServiceDeskPlusWithoutField : public ContractTest {
 protected:
  ServiceDeskPlusWithoutField() : ContractTest(systems().at(1)) {}
};

TEST_F(ServiceDeskPlus, EverySettingReachesItsField) {
  connection.fields = {{"requester", "svc.cert@example.com"},
                       {"group", "{{team}}"},
                       {"category", "Security"},
                       {"subcategory", "Certificates"},
                       {"item", "Renew"},
                       {"priority", "High"},
                       {"urgency", "Urgent"},
                       {"impact", "Affects Business"},
                       {"level", "Tier 1"},
                       {"mode", "Web Form"},
                       {"site", "Headquarters"},
                       {"request_type", "Incident"},
                       {"request_template", "Default Request"},
                       {"technician", "Jeniffer Doe"},
                       {"udf_pick_303", "Yes"}};
  auto wanted = draft();
  wanted.values["team"] = "Web Operations";
  const auto made = create(wanted);
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message << made.hint;
  EXPECT_EQ(made.message, "");
  const auto fields = only_ticket().at("fields").as_object();
  EXPECT_EQ(fields.at("requester").at("email_id"), "svc.cert@example.com");
  EXPECT_EQ(fields.at("technician").at("name"), "Jeniffer Doe");
  EXPECT_EQ(fields.at("udf_fields").at("udf_pick_303"), "Yes");
  EXPECT_EQ(fields.at("group").at("name"), "Web Operations");
  EXPECT_EQ(fields.at("template").at("name"), "Default Request");
  for (const char* name : {"category", "subcategory", "item", "priority", "urgency", "impact", "level",
                           "mode", "site", "request_type"})
    EXPECT_EQ(fields.at(name).at("name"), json_text(connection.fields.at(name))) << name;
}

TEST_F(ServiceDeskPlus, APriorityThatIsRefusedIsLeftOutAndSaid) {
  connection.fields = {{"priority", "High"}, {"urgency", "No Such Urgency"}};
  desk().profile(R"({"sdp":{"refused_fields":["priority"]}})");
  const auto made = create(draft());
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message;
  EXPECT_EQ(made.message, "the instance refuses priority, urgency: left out");
  EXPECT_TRUE(only_ticket().at("fields").as_object().contains("subject"));
  EXPECT_FALSE(only_ticket().at("fields").as_object().contains("priority"));
}

TEST_F(ServiceDeskPlus, AGroupThatIsRefusedIsAnError) {
  connection.fields = {{"group", "Nobody"}, {"priority", "High"}};
  const auto made = create(draft());
  EXPECT_EQ(made.kind, OutcomeKind::rejected);
  EXPECT_TRUE(made.message.contains("group")) << made.message;
  EXPECT_TRUE(tickets().empty());
}

TEST_F(ServiceDeskPlus, MandatoryFieldsAreNamed) {
  desk().profile(R"({"sdp":{"mandatory":["subject","mode","udf_pick_303"]}})");
  const auto made = create(draft());
  EXPECT_EQ(made.kind, OutcomeKind::rejected);
  EXPECT_EQ(made.message, "mandatory fields are missing: mode, udf_pick_303");
  const auto lines = shown(test(TestTicket::yes));
  EXPECT_TRUE(lines.contains("failed test ticket")) << lines;
}

TEST_F(ServiceDeskPlus, BothStatusesOfACreateAreUnderstood) {
  desk().profile(R"({"sdp":{"create_status":200,"list_order":"shuffled","search_case_sensitive":true}})");
  EXPECT_EQ(create(draft()).kind, OutcomeKind::done);
  EXPECT_EQ(find(draft()).kind, OutcomeKind::done);
}

TEST_F(ServiceDeskPlus, AKeyFieldThatIsNotThereIsSaidBeforeAnythingIsMade) {
  connection.key_field = "udf_sline_999";
  EXPECT_EQ(find(draft()).kind, OutcomeKind::misconfigured);
  const auto lines = shown(test(TestTicket::yes));
  EXPECT_TRUE(lines.contains("failed key field")) << lines;
  EXPECT_TRUE(tickets().empty());
}

TEST_F(ServiceDeskPlus, NotesFollowARequestThatWasMerged) {
  const auto first = create(draft()).ticket;
  const auto parent = create(draft("parent")).ticket;
  const auto last = create(draft("last")).ticket;
  desk().act("sdp", first.remote_id, R"({"action":"merge","into":")" + parent.remote_id + R"("})");
  const auto added = add_note(first, draft(), "[op:01234567]");
  ASSERT_EQ(added.kind, OutcomeKind::done) << added.message;
  EXPECT_EQ(added.ticket.remote_id, parent.remote_id);
  desk().act("sdp", parent.remote_id, R"({"action":"merge","into":")" + last.remote_id + R"("})");
  EXPECT_EQ(find_note(first, "[op:01234567]").kind, OutcomeKind::absent);
  EXPECT_EQ(add_note(first, draft(), "[op:01234567]").ticket.remote_id, last.remote_id);
  EXPECT_EQ(find_note(first, "[op:01234567]").ticket.remote_id, last.remote_id);
}

TEST_F(ServiceDeskPlus, ARequestWhoseKeyWasEditedAwayIsReadByItsId) {
  const auto ticket = create(draft()).ticket;
  const std::string edit =
      R"({"action":"edit","fields":{"udf_fields":{")" + connection.key_field + R"(":""}}})";
  desk().act("sdp", ticket.remote_id, edit);
  ASSERT_EQ(find(draft()).kind, OutcomeKind::absent);
  EXPECT_EQ(read(ticket, draft()).ticket.remote_id, ticket.remote_id);
}

TEST_F(ServiceDeskPlus, OlderBuildsGetTheirWrapper) {
  desk().profile(R"({"sdp":{"note_wrappers":["request_note"]}})");
  const auto ticket = create(draft()).ticket;
  const auto added = add_note(ticket, draft(), "[op:01234567]");
  EXPECT_EQ(added.kind, OutcomeKind::done) << added.message;
  EXPECT_EQ(only_ticket().at("notes").as_array().size(), 1U);
  EXPECT_EQ(find_note(ticket, "[op:01234567]").kind, OutcomeKind::done);
  violations_allowed = true;  // the first try is an extra key to it
}

TEST_F(ServiceDeskPlus, ALockOutIsWaitedFor) {
  desk().profile(R"({"sdp":{"url_calls_per_minute":1}})");
  EXPECT_EQ(find(draft()).kind, OutcomeKind::absent);
  const auto blocked = find(draft());
  EXPECT_EQ(blocked.kind, OutcomeKind::throttled) << blocked.message;
  EXPECT_EQ(blocked.retry_after, Seconds(120));
  EXPECT_EQ(create(draft()).kind, OutcomeKind::done);
  EXPECT_EQ(create(draft()).kind, OutcomeKind::throttled);
}

TEST_F(ServiceDeskPlus, TrashIsNotOpen) {
  const auto ticket = create(draft()).ticket;
  desk().act("sdp", ticket.remote_id, R"({"action":"trash"})");
  const auto found = find(draft());
  EXPECT_TRUE(found.kind == OutcomeKind::absent || !found.ticket.open);
}

TEST_F(ServiceDeskPlusWithoutField, TheKeyTellsTicketsOfOneSubjectApart) {
  seed(120);
  ASSERT_EQ(create(draft("one")).kind, OutcomeKind::done);
  ASSERT_EQ(create(draft("two")).kind, OutcomeKind::done);
  const auto one = find(draft("one"));
  const auto two = find(draft("two"));
  EXPECT_EQ(one.kind, OutcomeKind::done) << one.message;
  EXPECT_NE(one.ticket.remote_id, two.ticket.remote_id);
  EXPECT_EQ(one.duplicates, 0);
  EXPECT_EQ(find(draft("three")).kind, OutcomeKind::absent);
  // A person's words below the key do not hide it.
  const std::string below = "Certherald key: " + draft("one").key + "<br>seen by me";
  desk().act("sdp", one.ticket.remote_id, R"({"action":"edit","fields":{"description":")" + below + R"("}})");
  EXPECT_EQ(find(draft("one")).ticket.remote_id, one.ticket.remote_id);
}

TEST_F(ServiceDeskPlusWithoutField, ARenamedRequestIsReadByItsId) {
  const auto ticket = create(draft()).ticket;
  desk().act("sdp", ticket.remote_id, R"({"action":"edit","fields":{"subject":"renewed by me"}})");
  ASSERT_EQ(find(draft()).kind, OutcomeKind::absent);
  EXPECT_TRUE(read(ticket, draft()).ticket.open);
  desk().act("sdp", ticket.remote_id, R"({"action":"close"})");
  const auto closed = read(ticket, draft());
  EXPECT_EQ(closed.kind, OutcomeKind::done) << closed.message;
  EXPECT_EQ(closed.ticket.remote_id, ticket.remote_id);
  EXPECT_FALSE(closed.ticket.open);
  // What was merged away is what it went into.
  const auto parent = create(draft("parent")).ticket;
  desk().act("sdp", ticket.remote_id, R"({"action":"merge","into":")" + parent.remote_id + R"("})");
  EXPECT_EQ(read(ticket, draft()).ticket.remote_id, parent.remote_id);
}

}  // namespace
}  // namespace certherald::connector::test
