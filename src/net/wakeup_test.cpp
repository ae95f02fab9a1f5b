#include "net/wakeup.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/scope.hpp"

namespace certherald::net {
namespace {

namespace asio = boost::asio;

constexpr Millis long_time{60'000};

struct World {
  asio::io_context io{1};
  Wakeup news;
  int woken = 0;
  int cancelled = 0;

  static Task<void> wait(World& world, Millis span) {
    const bool woken = co_await world.news.wait(span);
    ++(woken ? world.woken : world.cancelled);
  }

  void run(Task<void> task) {
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(task), [&failure](std::exception_ptr left) { failure = std::move(left); });
    io.run();
    if (failure) std::rethrow_exception(failure);
  }
};

TEST(Wakeup, WakesEverybodyWhoWaits) {
  World world;
  struct Body {
    static Task<void> run(World& w) {
      Scope scope(w.io.get_executor());
      for (int i = 0; i < 3; ++i) scope.spawn(World::wait(w, long_time));
      co_await asio::post(w.io.get_executor(), asio::use_awaitable);
      w.news.wake_all();
      co_await scope.join();
    }
  };
  world.run(Body::run(world));
  EXPECT_EQ(world.woken, 3);
}

TEST(Wakeup, EndsWithItsSpan) {
  World world;
  world.run(World::wait(world, Millis(1)));
  EXPECT_EQ(world.woken, 1);
  world.news.wake_all();  // nobody waits: nothing happens
}

TEST(Wakeup, TellsThatItWasCancelled) {
  World world;
  struct Body {
    static Task<void> run(World& w) {
      Scope scope(w.io.get_executor());
      scope.spawn(World::wait(w, long_time));
      co_await asio::post(w.io.get_executor(), asio::use_awaitable);
      scope.cancel();
      co_await scope.join();
    }
  };
  world.run(Body::run(world));
  EXPECT_EQ(world.cancelled, 1);
}

}  // namespace
}  // namespace certherald::net
