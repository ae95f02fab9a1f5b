#include "net/blocking.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::World;

TEST(OnPool, RunsElsewhereAndComesBack) {
  World world;
  boost::asio::thread_pool pool(1);
  const auto body = [](boost::asio::thread_pool& on) -> Task<void> {
    const auto here = std::this_thread::get_id();
    const auto ask = [] { return std::this_thread::get_id(); };
    const auto there = co_await on_pool(on, ask);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
  };
  world.run(body(pool));
  pool.join();
}

TEST(OnPool, VoidMoveOnlyAndNoDefaultConstructor) {
  World world;
  boost::asio::thread_pool pool(1);
  struct NoDefault {
    explicit NoDefault(std::unique_ptr<int> in) : held(std::move(in)) {}
    std::unique_ptr<int> held;
  };
  const auto body = [](boost::asio::thread_pool& on) -> Task<void> {
    bool ran = false;
    const auto nothing = [&ran] { ran = true; };
    co_await on_pool(on, nothing);
    EXPECT_TRUE(ran);
    const auto make = [held = std::make_shared<int>(3)] { return NoDefault(std::make_unique<int>(*held)); };
    const auto got = co_await on_pool(on, make);
    EXPECT_EQ(*got.held, 3);
  };
  world.run(body(pool));
  pool.join();
}

TEST(OnPool, ExceptionsComeAlong) {
  World world;
  boost::asio::thread_pool pool(1);
  const auto body = [](boost::asio::thread_pool& on) -> Task<int> {
    const auto fails = []() -> int { throw std::runtime_error("disk"); };
    co_return co_await on_pool(on, fails);
  };
  EXPECT_THROW(world.run(body(pool)), std::runtime_error);
  pool.join();
}

TEST(OnPool, ACancelledCallerStillGetsTheValue) {
  World world;
  boost::asio::thread_pool pool(1);
  std::atomic<bool> begun{false};
  std::atomic<bool> go{false};
  std::optional<int> got;
  const auto caller = [](boost::asio::thread_pool& on, std::atomic<bool>& started, std::atomic<bool>& gate,
                         std::optional<int>& out) -> Task<void> {
    const auto wait = [&started, &gate] {
      started = true;
      gate.wait(false);
      return 4;
    };
    out = co_await on_pool(on, wait);
  };
  world.servers.spawn(caller(pool, begun, go, got));
  const auto body = [](Scope& scope, std::atomic<bool>& started, std::atomic<bool>& gate) -> Task<void> {
    while (!started) co_await pause(Millis(1));
    scope.cancel();
    co_await pause(Millis(5));
    gate = true;
    gate.notify_all();
  };
  world.run(body(world.servers, begun, go));
  EXPECT_EQ(got, 4);
  pool.join();
}

TEST(OnPool, ACancelledCallerStopsWhatLooksAtItsToken) {
  World world;
  boost::asio::thread_pool pool(1);
  std::atomic<bool> begun{false};
  std::vector<bool> stopped;
  const auto caller = [](boost::asio::thread_pool& on, std::atomic<bool>& started,
                         std::vector<bool>& out) -> Task<void> {
    const auto wait = [&started](const std::stop_token& stop) {
      started = true;
      while (!stop.stop_requested()) std::this_thread::yield();
      return true;
    };
    out.push_back(co_await on_pool_with_stop(on, wait));
    out.push_back(co_await is_cancelled());
    out.push_back(co_await on_pool_with_stop(on, wait));  // it is told at once
  };
  world.servers.spawn(caller(pool, begun, stopped));
  const auto body = [](Scope& scope, std::atomic<bool>& started) -> Task<void> {
    while (!started) co_await pause(Millis(1));
    scope.cancel();
    co_await scope.join();
  };
  world.run(body(world.servers, begun));
  EXPECT_EQ(stopped, (std::vector<bool>{true, true, true}));
  pool.join();
}

TEST(OnPool, ManyAtOnce) {
  World world;
  boost::asio::thread_pool pool(4);
  int sum = 0;  // touched on the network thread only
  const auto one = [](boost::asio::thread_pool& on, int number, int& total) -> Task<void> {
    const auto twice = [number] { return 2 * number; };
    total += co_await on_pool(on, twice);
  };
  Scope scope(world.executor());
  for (int i = 0; i < 500; ++i) scope.spawn(one(pool, i, sum));
  world.run(scope.join());
  EXPECT_EQ(sum, 499 * 500);
  pool.join();
}

}  // namespace
}  // namespace certherald::net
