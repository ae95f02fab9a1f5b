// What only ServiceNow does, against its double.

#include "connector/contract_world.hpp"

namespace certherald::connector::test {
namespace {

using model::OutcomeKind;

class ServiceNow : public ContractTest {
 protected:
  ServiceNow() : ContractTest(systems().at(2)) {}
};

TEST_F(ServiceNow, UrgencyAndImpactMakeThePriority) {
  auto wanted = draft();
  wanted.urgency = 1;
  wanted.impact = 2;
  const auto made = create(wanted);
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message;
  EXPECT_EQ(made.ticket.status, "New");
  EXPECT_TRUE(made.ticket.number.starts_with("INC"));
  const auto fields = only_ticket().at("fields").as_object();
  EXPECT_EQ(fields.at("urgency"), "1");
  EXPECT_EQ(fields.at("impact"), "2");
  EXPECT_EQ(fields.at("priority"), "2");
  EXPECT_EQ(fields.at("correlation_display"), "Certherald");
  EXPECT_EQ(fields.at("description"), json_text(wanted.body));
}

TEST_F(ServiceNow, AKeyThatIsCutOrDroppedIsToldWithTheTicketItLeft) {
  for (const char* profile : {R"({"snow":{"length_overrides":{"correlation_id":40}}})",
                              R"({"snow":{"missing_fields":["correlation_id"]}})"}) {
    desk().reset();
    desk().profile(profile);
    const auto made = create(draft());
    EXPECT_EQ(made.kind, OutcomeKind::rejected);
    const std::string number(only_ticket().at("number").as_string());
    EXPECT_TRUE(made.message.contains(number)) << made.message;
    EXPECT_TRUE(made.hint.contains("do not retry")) << made.hint;
    EXPECT_TRUE(shown(test(TestTicket::yes)).contains("failed"));
    EXPECT_EQ(tickets().size(), 1U) << "a test that knows it would fail makes nothing";
  }
  violations_allowed = true;
}

TEST_F(ServiceNow, AColumnThatIsNotThereNeverFindsAStranger) {
  connection.key_field = "correlation_idd";
  seed(3);
  const auto found = find(draft());
  EXPECT_EQ(found.kind, OutcomeKind::misconfigured) << found.message;
  EXPECT_TRUE(found.message.contains("correlation_idd"));
  violations_allowed = true;
}

TEST_F(ServiceNow, ADataPolicySaysWhichFieldsItWants) {
  desk().profile(R"({"snow":{"insert_mandatory":["caller_id"]}})");
  const auto made = create(draft());
  EXPECT_EQ(made.kind, OutcomeKind::rejected);
  EXPECT_TRUE(made.message.contains("Caller")) << made.message;
  EXPECT_TRUE(made.hint.contains("[[connection]]"));
  const auto lines = test(TestTicket::no);
  EXPECT_EQ(lines.back().detail, "not set: caller_id");
}

TEST_F(ServiceNow, RestrictedBasicAuthenticationIsExplained) {
  desk().profile(R"({"snow":{"basic_auth_restricted":true}})");
  const auto found = find(draft());
  EXPECT_EQ(found.kind, OutcomeKind::auth_failed);
  EXPECT_TRUE(found.hint.contains("Basic"));
}

TEST_F(ServiceNow, ANoteThatNobodyMayReadIsNotSentAgainBlindly) {
  desk().profile(R"({"snow":{"journal_readable":false}})");
  const auto ticket = create(draft()).ticket;
  ASSERT_EQ(add_note(ticket, draft(), "[op:01234567]").kind, OutcomeKind::done);
  const auto found = find_note(ticket, "[op:01234567]");
  EXPECT_EQ(found.kind, OutcomeKind::rejected);
  EXPECT_TRUE(found.hint.contains("sys_journal_field"));
}

TEST_F(ServiceNow, AClosedTicketRefusesANote) {
  const auto ticket = create(draft()).ticket;
  desk().act("snow", ticket.remote_id, R"({"action":"close"})");
  const auto added = add_note(ticket, draft(), "[op:01234567]");
  EXPECT_EQ(added.kind, OutcomeKind::rejected);
  EXPECT_TRUE(added.hint.contains("closed")) << added.hint;
  EXPECT_FALSE(find(draft()).ticket.open);
  EXPECT_EQ(find(draft()).ticket.status, "Closed");
}

TEST_F(ServiceNow, AResolvedTicketIsNotOpen) {
  const auto ticket = create(draft()).ticket;
  desk().act("snow", ticket.remote_id, R"({"action":"resolve"})");
  EXPECT_FALSE(find(draft()).ticket.open);
}

TEST_F(ServiceNow, ARateLimitSaysUntilWhen) {
  desk().profile(R"({"snow":{"rate_limit_per_hour":1}})");
  ASSERT_EQ(find(draft()).kind, OutcomeKind::absent);
  const auto slow = find(draft());
  EXPECT_EQ(slow.kind, OutcomeKind::throttled);
  ASSERT_TRUE(slow.retry_after);
  EXPECT_LE(*slow.retry_after, Seconds(3'600));
  EXPECT_EQ(create(draft()).kind, OutcomeKind::throttled);
  EXPECT_TRUE(tickets().empty());
}

TEST_F(ServiceNow, ADictionaryThatNobodyMayReadIsNoFailure) {
  desk().profile(R"({"snow":{"dictionary_readable":false}})");
  EXPECT_EQ(shown(test(TestTicket::no)), "ok reachable\nwarning TLS\nok credentials\nwarning key field\n");
}

TEST_F(ServiceNow, AnotherTableIsUsedWhereAsked) {
  connection.table = "sn_si_incident";
  const auto made = create(draft());
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message;
  EXPECT_EQ(only_ticket().at("table"), "sn_si_incident");
  EXPECT_EQ(find(draft()).ticket, made.ticket);
  connection.table = "no_such_table";
  EXPECT_EQ(find(draft()).kind, OutcomeKind::misconfigured);
  EXPECT_EQ(create(draft()).kind, OutcomeKind::misconfigured);
  violations_allowed = true;
}

}  // namespace
}  // namespace certherald::connector::test
