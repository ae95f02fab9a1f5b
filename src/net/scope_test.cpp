#include "net/scope.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::World;

Task<void> note(std::string& log, std::string text, Millis span) {
  log += text;
  log += co_await pause(span) ? "+" : "-";
}

Task<void> throws() {
  co_await pause(Millis(1));
  throw std::logic_error("a bug");
}

Task<void> throws_at_once() {
  throw std::logic_error("a bug");
  co_return;
}

TEST(Scope, JoinWaitsForAll) {
  World world;
  std::string log;
  Scope scope(world.executor());
  scope.spawn(note(log, "a", Millis(5)));
  scope.spawn(note(log, "b", Millis(1)));
  world.run(scope.join());
  EXPECT_EQ(log, "ab++");
  EXPECT_EQ(scope.running(), 0U);
}

TEST(Scope, JoinOfNothingReturns) {
  World world;
  Scope scope(world.executor());
  world.run(scope.join());
}

TEST(Scope, CancelEndsEach) {
  World world;
  std::string log;
  Scope scope(world.executor());
  scope.spawn(note(log, "a", ample));
  scope.spawn(note(log, "b", ample));
  const auto body = [](Scope& of) -> Task<void> {
    co_await pause(Millis(5));
    of.cancel();
    co_await of.join();
  };
  world.run(body(scope));
  EXPECT_EQ(log, "ab--");
}

TEST(Scope, CancelBeforeTheTaskRanIsSeenByIt) {
  World world;
  std::string log;
  Scope scope(world.executor());
  scope.spawn(note(log, "a", ample));
  scope.cancel();
  world.run(scope.join());
  EXPECT_EQ(log, "a-");
}

TEST(Scope, NothingStartsAfterCancel) {
  World world;
  std::string log;
  Scope scope(world.executor());
  scope.cancel();
  scope.spawn(note(log, "a", ample));
  EXPECT_EQ(scope.running(), 0U);
  world.run(scope.join());
  EXPECT_EQ(log, "");
}

TEST(Scope, TasksSpawnedByTasksAreJoined) {
  World world;
  std::string log;
  Scope scope(world.executor());
  const auto parent = [](Scope& in, std::string& to) -> Task<void> {
    co_await pause(Millis(1));
    in.spawn(note(to, "child", Millis(1)));
  };
  scope.spawn(parent(scope, log));
  world.run(scope.join());
  EXPECT_EQ(log, "child+");
}

TEST(Scope, CancelledCallerOfJoinCancelsAndWaits) {
  World world;
  std::string log;
  const auto owner = [](Executor executor, std::string& to) -> Task<void> {
    Scope inner(executor);
    inner.spawn(note(to, "a", ample));
    co_await inner.join();
    to += " joined";
  };
  world.servers.spawn(owner(world.executor(), log));
  const auto wait = []() -> Task<void> { co_await pause(Millis(5)); };
  world.run(wait());
  EXPECT_EQ(log, "a- joined");
}

// What a cancelled task did before join() must not keep join() from waiting.
TEST(Scope, JoinAfterTheCallerWasCancelled) {
  World world;
  std::string log;
  const auto owner = [](Executor executor, std::string& to) -> Task<void> {
    Scope inner(executor);
    inner.spawn(note(to, "a", ample));
    co_await pause(ample);
    co_await inner.join();
    to += " joined";
  };
  world.servers.spawn(owner(world.executor(), log));
  const auto wait = []() -> Task<void> { co_await pause(Millis(5)); };
  world.run(wait());
  EXPECT_EQ(log, "a- joined");
}

TEST(Scope, AnExceptionCancelsTheOthersAndComesOutOfJoin) {
  for (const bool at_once : {false, true}) {
    World world;
    std::string log;
    Scope scope(world.executor());
    scope.spawn(note(log, "a", ample));
    scope.spawn(at_once ? throws_at_once() : throws());
    EXPECT_THROW(world.run(scope.join()), std::logic_error);
    EXPECT_EQ(log, "a-");
  }
}

TEST(Scope, TasksThatAreDroppedWithTheirContextDestroyWhatTheyHold) {
  const auto held = std::make_shared<int>(1);
  const auto holds = [](std::shared_ptr<int> /*what*/) -> Task<void> { co_await pause(ample); };
  {
    boost::asio::io_context ioc;
    Scope scope(ioc.get_executor());
    scope.spawn(holds(held));
    ioc.run_for(Millis(5));
    ioc.stop();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ScopeDeathTest, DestroyedWhileTasksRun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto forget = [] {
    boost::asio::io_context ioc;
    std::string log;
    Scope scope(ioc.get_executor());
    scope.spawn(note(log, "a", ample));
    ioc.run_for(Millis(5));
  };
  EXPECT_DEATH(forget(), "join\\(\\) it first");
}

}  // namespace
}  // namespace certherald::net
