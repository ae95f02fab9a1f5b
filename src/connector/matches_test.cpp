#include "connector/matches.hpp"

#include <gtest/gtest.h>

namespace certherald::connector {
namespace {

model::RemoteTicket ticket(std::string id, bool open) {
  model::RemoteTicket made;
  made.remote_id = std::move(id);
  made.open = open;
  return made;
}

TEST(Matches, TheOldestOpenOneIsOursAndTheRestAreCounted) {
  Matches matches;
  EXPECT_EQ(matches.outcome().kind, model::OutcomeKind::absent);
  matches.add(ticket("closed", false), "1");
  EXPECT_EQ(matches.outcome().ticket.remote_id, "closed");
  matches.add(ticket("young", true), "3");
  matches.add(ticket("old", true), "2");
  matches.add(ticket("older but closed", false), "0");
  matches.add(ticket("old", true), "2");
  const auto found = matches.outcome();
  EXPECT_EQ(found.kind, model::OutcomeKind::done);
  EXPECT_EQ(found.ticket.remote_id, "old");
  EXPECT_EQ(found.duplicates, 3);
}

}  // namespace
}  // namespace certherald::connector
