#include "net/limiter.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::soon;
using test::World;

Task<void> hold(Limiter& limiter, std::string& log, char name, Millis span, Deadline deadline) {
  auto permit = co_await limiter.acquire(deadline);
  if (!permit) {
    log += name;
    log += permit.error().kind == ErrorKind::timed_out ? '!' : '-';
    co_return;
  }
  log += name;
  co_await pause(span);
}

TEST(Limiter, FirstComeFirstServed) {
  World world;
  Limiter limiter(world.executor(), 1);
  std::string log;
  Scope scope(world.executor());
  for (const char name : {'a', 'b', 'c', 'd'}) {
    scope.spawn(hold(limiter, log, name, Millis(2), Deadline::after(ample)));
  }
  world.run(scope.join());
  EXPECT_EQ(log, "abcd");
  EXPECT_EQ(limiter.free_places(), 1U);
}

TEST(Limiter, NeverMoreThanItsPlaces) {
  World world;
  Limiter limiter(world.executor(), 3);
  std::size_t most = 0;
  std::size_t inside = 0;
  const auto enter = [](Limiter& in, std::size_t& now, std::size_t& peak) -> Task<void> {
    const auto permit = co_await in.acquire(Deadline::after(ample));
    peak = std::max(peak, ++now);
    co_await pause(Millis(1));
    --now;
  };
  Scope scope(world.executor());
  for (int i = 0; i < 40; ++i) scope.spawn(enter(limiter, inside, most));
  world.run(scope.join());
  EXPECT_EQ(most, 3U);
  EXPECT_EQ(limiter.free_places(), 3U);
}

TEST(Limiter, WhoGivesUpLosesNoPlace) {
  World world;
  Limiter limiter(world.executor(), 1);
  std::string log;
  Scope scope(world.executor());
  scope.spawn(hold(limiter, log, 'a', soon + Millis(50), Deadline::after(ample)));
  scope.spawn(hold(limiter, log, 'b', Millis(0), Deadline::after(soon)));
  scope.spawn(hold(limiter, log, 'c', Millis(0), Deadline::after(ample)));
  world.run(scope.join());
  EXPECT_EQ(log, "ab!c");
  EXPECT_EQ(limiter.free_places(), 1U);
  EXPECT_EQ(limiter.waiting(), 0U);
}

TEST(Limiter, CancelledWhileWaiting) {
  World world;
  Limiter limiter(world.executor(), 1);
  std::string log;
  Scope scope(world.executor());
  scope.spawn(hold(limiter, log, 'a', ample, Deadline::after(ample)));
  scope.spawn(hold(limiter, log, 'b', ample, Deadline::after(ample)));
  const auto body = [](Scope& of) -> Task<void> {
    co_await pause(Millis(5));
    of.cancel();
    co_await of.join();
  };
  world.run(body(scope));
  // `a` ends first and hands its place to `b`, which was cancelled and must give it back.
  EXPECT_EQ(log, "ab-");
  EXPECT_EQ(limiter.free_places(), 1U);
  EXPECT_EQ(limiter.waiting(), 0U);
}

TEST(Limiter, NoPlacesIsOne) {
  World world;
  EXPECT_EQ(Limiter(world.executor(), 0).free_places(), 1U);
}

TEST(Limiter, PermitOutlivesItsLimiter) {
  World world;
  Permit left;
  const auto body = [](Executor executor, Permit& out) -> Task<void> {
    Limiter limiter(executor, 1);
    auto permit = co_await limiter.acquire(Deadline::after(ample));
    if (permit) out = std::move(*permit);
  };
  world.run(body(world.executor(), left));
  left.release();
  left.release();
}

TEST(Limiter, APermitThatIsReplacedGoesBack) {
  World world;
  Limiter limiter(world.executor(), 2);
  const auto body = [](Limiter& in) -> Task<void> {
    auto first = co_await in.acquire(Deadline::after(ample));
    auto second = co_await in.acquire(Deadline::after(ample));
    EXPECT_EQ(in.free_places(), 0U);
    *first = std::move(*second);
    EXPECT_EQ(in.free_places(), 1U);
  };
  world.run(body(limiter));
  EXPECT_EQ(limiter.free_places(), 2U);
}

Task<void> take_many(RateLimiter& limiter, int count, Deadline deadline, std::vector<ErrorKind>& failures) {
  for (int i = 0; i < count; ++i) {
    const auto taken = co_await limiter.take(deadline);
    if (!taken) failures.push_back(taken.error().kind);
  }
}

Millis time_to_take(double rate, int count) {
  World world;
  RateLimiter limiter(world.executor(), rate);
  std::vector<ErrorKind> failures;
  const auto start = Deadline::clock::now();
  world.run(take_many(limiter, count, Deadline::after(ample), failures));
  EXPECT_TRUE(failures.empty());
  return std::chrono::duration_cast<Millis>(Deadline::clock::now() - start);
}

TEST(RateLimiter, ZeroIsNoLimit) { EXPECT_LT(time_to_take(0, 1'000), Millis(1'000)); }
TEST(RateLimiter, NegativeIsNoLimit) { EXPECT_LT(time_to_take(-1, 1'000), Millis(1'000)); }

TEST(RateLimiter, ABurstAndThenTheRate) {
  // 100 at once, then 20 more at 10 ms each.
  const Millis spent = time_to_take(100, 120);
  EXPECT_GE(spent, Millis(190));
  EXPECT_LT(spent, Millis(2'000));
}

TEST(RateLimiter, ATurnThatComesTooLateIsRefusedAtOnce) {
  World world;
  RateLimiter limiter(world.executor(), 0.01);
  std::vector<ErrorKind> failures;
  const auto start = Deadline::clock::now();
  world.run(take_many(limiter, 3, Deadline::after(ample), failures));
  EXPECT_EQ(failures, (std::vector{ErrorKind::timed_out, ErrorKind::timed_out}));
  EXPECT_LT(Deadline::clock::now() - start, ample / 2);
}

TEST(RateLimiter, AnAbsurdRateDoesNotOverflow) {
  World world;
  RateLimiter limiter(world.executor(), 1e-300);
  std::vector<ErrorKind> failures;
  world.run(take_many(limiter, 2, Deadline::after(soon), failures));
  EXPECT_EQ(failures, (std::vector{ErrorKind::timed_out}));
}

TEST(RateLimiter, WhoGivesUpUsesNoToken) {
  World world;
  RateLimiter limiter(world.executor(), 1);  // one now, the next in a second
  std::vector<ErrorKind> failures;
  const auto body = [](Executor executor, RateLimiter& from, std::vector<ErrorKind>& lost) -> Task<void> {
    EXPECT_TRUE(co_await from.take(Deadline::after(ample)));
    Scope scope(executor);
    for (int i = 0; i < 20; ++i) scope.spawn(take_many(from, 1, Deadline::after(ample), lost));
    co_await pause(Millis(5));
    scope.cancel();
    co_await scope.join();
    EXPECT_TRUE(co_await from.take(Deadline::after(Millis(2'000))));
  };
  world.run(body(world.executor(), limiter, failures));
  EXPECT_EQ(failures, (std::vector<ErrorKind>(20, ErrorKind::cancelled)));
}

}  // namespace
}  // namespace certherald::net
