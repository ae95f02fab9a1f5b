// Both connectors against the double of both systems, over real HTTP: what must hold for any ticketing
// system.

#include <memory>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "connector/contract_world.hpp"

namespace certherald::connector::test {
namespace {

using model::OutcomeKind;

model::RemoteTicket some_ticket() {
  model::RemoteTicket made;
  made.remote_id = "1";
  return made;
}

class Contract : public ContractTest, public testing::WithParamInterface<System> {
 protected:
  Contract() : ContractTest(GetParam()) {}
};

TEST_P(Contract, ATicketIsMadeAndFoundAgain) {
  const auto made = create(draft());
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message;
  EXPECT_FALSE(made.ticket.remote_id.empty());
  EXPECT_FALSE(made.ticket.number.empty());
  EXPECT_TRUE(made.ticket.open);
  EXPECT_TRUE(made.ticket.url.starts_with(connection.url + "/")) << made.ticket.url;
  const auto held = only_ticket();
  EXPECT_EQ(held.at("key"), json_text(draft().key));
  EXPECT_EQ(held.at("subject"), json_text(draft().subject));
  EXPECT_TRUE(std::string_view(held.at("body").as_string()).starts_with(draft().body)) << held.at("body");
  EXPECT_EQ(held.at("id"), json_text(made.ticket.remote_id));

  const auto found = find(draft());
  EXPECT_EQ(found.kind, OutcomeKind::done) << found.message;
  EXPECT_EQ(found.ticket, made.ticket);
  EXPECT_EQ(found.duplicates, 0);
  EXPECT_EQ(find(draft("other")).kind, OutcomeKind::absent);
}

TEST_P(Contract, NothingIsFoundAmongStrangers) {
  seed(250);
  EXPECT_EQ(find(draft()).kind, OutcomeKind::absent);
  ASSERT_EQ(create(draft()).kind, OutcomeKind::done);
  EXPECT_EQ(find(draft()).kind, OutcomeKind::done);
}

TEST_P(Contract, TheOldestOpenDuplicateIsOurs) {
  std::vector<std::string> ids(3);
  for (std::string& id : ids) id = create(draft()).ticket.remote_id;
  EXPECT_EQ(find(draft()).ticket.remote_id, ids[0]);
  desk().act(system.name, ids[0], R"({"action":"close"})");
  const auto found = find(draft());
  EXPECT_EQ(found.ticket.remote_id, ids[1]);
  EXPECT_EQ(found.duplicates, 2);
  for (const auto& id : ids) desk().act(system.name, id, R"({"action":"close"})");
  EXPECT_EQ(find(draft()).ticket.remote_id, ids[0]);
  EXPECT_FALSE(find(draft()).ticket.open);
}

TEST_P(Contract, WhatACertificateSaysReachesTheTicketAsText) {
  auto hostile = draft();
  hostile.subject = "SSL Certificate <img src=x onerror=alert(1)>\"&+=%20;#^\xE2\x82\xAC expiry";
  hostile.body =
      "<script>alert(1)</script>\n[code]<b>x</b>[/code] javascript:gs.x() ^NQactive=true &amp; '\"\n+%41 end";
  const auto made = create(hostile);
  ASSERT_EQ(made.kind, OutcomeKind::done) << made.message;
  const auto held = only_ticket();
  EXPECT_EQ(held.at("subject"), json_text(hostile.subject));
  auto wanted = hostile.body;
  if (system.name == "snow") {
    wanted.insert(wanted.find("code]"), " ");
    wanted.insert(wanted.find("/code]"), " ");
  }
  EXPECT_TRUE(std::string_view(held.at("body").as_string()).starts_with(wanted)) << held.at("body");
  EXPECT_EQ(find(hostile).kind, OutcomeKind::done);
}

TEST_P(Contract, LongTextIsCutWithAnEllipsis) {
  auto longest = draft();
  longest.subject = std::string(600, 'x');
  longest.body = std::string(20'000, 'y');
  ASSERT_EQ(create(longest).kind, OutcomeKind::done);
  EXPECT_TRUE(std::string_view(only_ticket().at("subject").as_string()).ends_with("\xE2\x80\xA6"));
  EXPECT_EQ(find(longest).kind, OutcomeKind::done);
}

TEST_P(Contract, ANoteIsAddedOnceAndFoundByItsMarker) {
  const auto ticket = create(draft()).ticket;
  for (int i = 0; i < 3; ++i)
    desk().act(system.name, ticket.remote_id, R"({"action":"note","text":"hello"})");
  EXPECT_EQ(find_note(ticket, "[op:01234567]").kind, OutcomeKind::absent);
  auto note = draft();
  note.body = "Still there <b>&\n\"now\"";
  const auto added = add_note(ticket, note, "[op:01234567]");
  ASSERT_EQ(added.kind, OutcomeKind::done) << added.message;
  EXPECT_EQ(find_note(ticket, "[op:01234567]").kind, OutcomeKind::done);
  EXPECT_EQ(find_note(ticket, "[op:76543210]").kind, OutcomeKind::absent);
  const auto notes = only_ticket().at("notes").as_array();
  int ours = 0;
  for (const auto& one : notes) {
    const std::string text(one.at("text").as_string());
    if (!text.contains("[op:01234567]")) continue;
    ++ours;
    EXPECT_TRUE(text.contains(note.body)) << text;
  }
  EXPECT_EQ(ours, 1);
}

TEST_P(Contract, ANoteIsFoundAmongManyAndOnLaterPages) {
  const auto ticket = create(draft()).ticket;
  ASSERT_EQ(add_note(ticket, draft(), "[op:01234567]").kind, OutcomeKind::done);
  for (int i = 0; i < 105; ++i)
    desk().act(system.name, ticket.remote_id, R"({"action":"note","text":"hello"})");
  EXPECT_EQ(find_note(ticket, "[op:01234567]").kind, OutcomeKind::done);
}

TEST_P(Contract, ATicketIsReadAsItIsNow) {
  const auto ticket = create(draft()).ticket;
  const auto open = read(ticket, draft());
  EXPECT_EQ(open.kind, OutcomeKind::done) << open.message;
  EXPECT_EQ(open.ticket.remote_id, ticket.remote_id);
  EXPECT_TRUE(open.ticket.open);
  desk().act(system.name, ticket.remote_id, R"({"action":"close"})");
  const auto closed = read(ticket, draft());
  EXPECT_EQ(closed.kind, OutcomeKind::done) << closed.message;
  EXPECT_FALSE(closed.ticket.open);
}

TEST_P(Contract, ATicketThatIsGoneIsSaidAndStopsNothingElse) {
  const auto ticket = create(draft()).ticket;
  desk().act(system.name, ticket.remote_id, R"({"action":"delete"})");
  EXPECT_EQ(read(ticket, draft()).kind, OutcomeKind::absent);
  const auto added = add_note(ticket, draft(), "[op:01234567]");
  EXPECT_EQ(added.kind, OutcomeKind::rejected) << added.message;
  EXPECT_NE(added.hint.find("drop this delivery"), std::string::npos) << added.hint;
  EXPECT_EQ(find(draft()).kind, OutcomeKind::absent);
}

TEST_P(Contract, WrongCredentialsMakeNothing) {
  secrets.value = "not the secret";
  for (const auto& outcome : {find(draft()), create(draft()), find_note(some_ticket(), "x"),
                              add_note(some_ticket(), draft(), "x")}) {
    EXPECT_EQ(outcome.kind, OutcomeKind::auth_failed) << outcome.message;
    EXPECT_FALSE((outcome.message + outcome.hint).contains(secrets.value));
  }
  EXPECT_TRUE(tickets().empty());
}

TEST_P(Contract, ASecretThatCannotBeHadSendsNothing) {
  secrets.value.clear();
  for (const auto& outcome : {find(draft()), create(draft()), find_note(some_ticket(), "x"),
                              add_note(some_ticket(), draft(), "x")}) {
    EXPECT_EQ(outcome.kind, OutcomeKind::auth_failed);
    EXPECT_EQ(outcome.message, "no such secret");
  }
  EXPECT_TRUE(desk().control("GET", "journal").as_array().empty());
}

TEST_P(Contract, NobodyListeningIsSurelyNotSent) {
  {
    net::test::World world;
    connection.url = fmt::format("http://127.0.0.1:{}/{}", net::test::closed_port(world), system.name);
  }
  EXPECT_EQ(create(draft()).kind, OutcomeKind::not_sent);
  EXPECT_EQ(find(draft()).kind, OutcomeKind::not_sent);
}

TEST_P(Contract, AnotherPathIsSaidToBeWrong) {
  connection.url += "/wrong";
  EXPECT_EQ(find(draft()).kind, OutcomeKind::misconfigured);
  EXPECT_EQ(create(draft()).kind, OutcomeKind::misconfigured);
  violations_allowed = true;
}

TEST_P(Contract, ATestShowsEachStepAndLeavesNoOpenTicket) {
  EXPECT_EQ(shown(test(TestTicket::no)), system.test_lines);
  EXPECT_TRUE(tickets().empty());
  const auto lines = shown(test(TestTicket::yes));
  EXPECT_TRUE(lines.contains("ok test ticket")) << lines;
  EXPECT_TRUE(lines.contains("ok test ticket closed")) << lines;
  EXPECT_FALSE(lines.contains("failed")) << lines;
  EXPECT_FALSE(only_ticket().at("open").as_bool());
  EXPECT_TRUE(std::string_view(only_ticket().at("subject").as_string()).contains("please ignore"));
}

TEST_P(Contract, ATestNamesWhatFails) {
  secrets.value = "not the secret";
  EXPECT_TRUE(shown(test(TestTicket::no)).contains("failed credentials"));
  connection.url = "http://127.0.0.1:1/";
  EXPECT_TRUE(shown(test(TestTicket::no)).starts_with("failed reachable"));
  EXPECT_TRUE(tickets().empty());
}

INSTANTIATE_TEST_SUITE_P(Systems, Contract, testing::ValuesIn(systems()), system_name);

// What an answer that goes wrong means. Whatever it is, looking up afterwards finds what was made.
struct Wrong {
  const char* action;
  OutcomeKind kind;
  bool made;
};
constexpr Wrong wrong_writes[] = {
    {"drop_before_commit", OutcomeKind::unknown, false},
    {"drop_after_commit", OutcomeKind::unknown, true},
    {"status_500", OutcomeKind::unknown, false},
    {"status_500_after_commit", OutcomeKind::unknown, true},
    {"status_503", OutcomeKind::unknown, false},
    {"html_200", OutcomeKind::unknown, false},
    {"hibernate", OutcomeKind::unknown, false},
    {"redirect_302", OutcomeKind::unknown, false},
    {"status_429", OutcomeKind::throttled, false},
    {"truncate", OutcomeKind::unknown, true},
    {"bad_json", OutcomeKind::unknown, true},
    {"empty_200", OutcomeKind::unknown, true},
    {"mixed_result_error", OutcomeKind::unknown, true},
    {"slow_body", OutcomeKind::unknown, true},
};
constexpr Wrong wrong_look_ups[] = {
    {"drop_before_commit", OutcomeKind::unavailable, false},
    {"drop_after_commit", OutcomeKind::unavailable, false},
    {"status_500", OutcomeKind::unavailable, false},
    {"status_503", OutcomeKind::unavailable, false},
    {"html_200", OutcomeKind::misconfigured, false},
    {"hibernate", OutcomeKind::misconfigured, false},
    {"redirect_302", OutcomeKind::misconfigured, false},
    {"status_429", OutcomeKind::throttled, false},
    {"truncate", OutcomeKind::unavailable, false},
    {"bad_json", OutcomeKind::unavailable, false},
    {"empty_200", OutcomeKind::unavailable, false},
    {"mixed_result_error", OutcomeKind::unavailable, false},
    {"slow_body", OutcomeKind::unavailable, false},
};

class WrongWrites : public ContractTest, public testing::WithParamInterface<std::tuple<System, Wrong>> {
 protected:
  WrongWrites() : ContractTest(std::get<System>(GetParam())) {}
};
class WrongLookUps : public WrongWrites {};

std::string wrong_name(const testing::TestParamInfo<std::tuple<System, Wrong>>& info) {
  return std::get<System>(info.param).label + "_" + std::get<Wrong>(info.param).action;
}

TEST_P(WrongWrites, OfATicket) {
  const Wrong wrong = std::get<Wrong>(GetParam());
  fault("POST", wrong.action);
  const auto made = create(draft());
  EXPECT_EQ(to_string(made.kind), to_string(wrong.kind)) << made.message;
  EXPECT_FALSE(made.message.empty());
  EXPECT_GT(applied(wrong.action), 0);
  if (wrong.kind == OutcomeKind::throttled) EXPECT_EQ(made.retry_after, Seconds(7));
  clear_faults();
  EXPECT_EQ(tickets().size(), wrong.made ? 1U : 0U);
  const auto found = find(draft());
  EXPECT_EQ(to_string(found.kind), to_string(wrong.made ? OutcomeKind::done : OutcomeKind::absent))
      << found.message;
}

TEST_P(WrongWrites, OfANote) {
  const Wrong wrong = std::get<Wrong>(GetParam());
  const auto ticket = create(draft()).ticket;
  fault(system.note_method, wrong.action);
  const auto made = add_note(ticket, draft(), "[op:01234567]");
  EXPECT_EQ(to_string(made.kind), to_string(wrong.kind)) << made.message;
  EXPECT_GT(applied(wrong.action), 0);
  clear_faults();
  const auto found = find_note(ticket, "[op:01234567]");
  EXPECT_EQ(to_string(found.kind), to_string(wrong.made ? OutcomeKind::done : OutcomeKind::absent))
      << found.message;
}

TEST_P(WrongLookUps, AreNeverTakenForAbsent) {
  const Wrong wrong = std::get<Wrong>(GetParam());
  const auto ticket = create(draft()).ticket;
  ASSERT_EQ(add_note(ticket, draft(), "[op:01234567]").kind, OutcomeKind::done);
  fault("GET", wrong.action);
  const auto found = find(draft());
  EXPECT_EQ(to_string(found.kind), to_string(wrong.kind)) << found.message;
  if (wrong.kind == OutcomeKind::throttled) EXPECT_EQ(found.retry_after, Seconds(7));
  clear_faults();
  fault("GET", wrong.action);
  const auto note = find_note(ticket, "[op:01234567]");
  EXPECT_EQ(to_string(note.kind), to_string(wrong.kind)) << note.message;
  EXPECT_GT(applied(wrong.action), 0);
}

INSTANTIATE_TEST_SUITE_P(Systems, WrongWrites,
                         testing::Combine(testing::ValuesIn(systems()), testing::ValuesIn(wrong_writes)),
                         wrong_name);
INSTANTIATE_TEST_SUITE_P(Systems, WrongLookUps,
                         testing::Combine(testing::ValuesIn(systems()), testing::ValuesIn(wrong_look_ups)),
                         wrong_name);

}  // namespace
}  // namespace certherald::connector::test
