#include "net/deadline.hpp"

#include <memory>
#include <stdexcept>
#include <tuple>

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using test::ample;
using test::soon;
using test::World;

struct NoDefault {
  explicit NoDefault(int n) : number(n) {}
  int number;
};

Task<Result<NoDefault>> answer_after(Millis span, int number) {
  if (!co_await pause(span)) co_return fail(ErrorKind::cancelled, "stopped");
  co_return NoDefault(number);
}

Task<Result<int>> fails() { co_return fail(ErrorKind::refused, "no"); }
Task<Result<int>> throws() {
  co_await pause(Millis(1));
  throw std::logic_error("a bug");
}

// Notices that it was told to stop, and has its answer all the same.
Task<Result<int>> answers_too_late() {
  co_await pause(ample);
  co_return 7;
}

Task<Result<int>> nested(Deadline inner, Deadline outer) {
  const auto work = [](Deadline deadline) -> Task<Result<int>> {
    auto got = co_await with_deadline(answer_after(ample, 1), deadline);
    if (!got) co_return fail(got.error());
    co_return got->number;
  };
  co_return co_await with_deadline(work(inner), outer);
}

TEST(Deadline, Arithmetic) {
  const auto now = Deadline::clock::now();
  const Deadline a(now + Millis(100));
  const Deadline b(now + Millis(200));
  EXPECT_EQ(a.earlier(b), a);
  EXPECT_EQ(b.earlier(a), a);
  EXPECT_EQ(Deadline::never().earlier(b), b);
  EXPECT_EQ(a.within(Millis(3'600'000)), a);
  EXPECT_TRUE(Deadline(now).expired());
  EXPECT_EQ(Deadline(now - Millis(5)).left(), Millis(0));
  EXPECT_FALSE(Deadline::never().expired());
  EXPECT_GT(Deadline::never().left(), Millis(1'000'000));
}

TEST(WithDeadline, AnswerInTimePasses) {
  World world;
  const auto got = world.run(with_deadline(answer_after(Millis(1), 5), Deadline::after(ample)));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->number, 5);
}

TEST(WithDeadline, FailureOfTheWorkPasses) {
  World world;
  const auto got = world.run(with_deadline(fails(), Deadline::after(ample)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), (Error{ErrorKind::refused, "no", {}}));
}

TEST(WithDeadline, LateIsTimedOut) {
  World world;
  const auto got = world.run(with_deadline(answer_after(ample, 5), Deadline::after(soon)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::timed_out);
}

TEST(WithDeadline, ExpiredDoesNotBegin) {
  World world;
  bool begun = false;
  const auto work = [](bool& flag) -> Task<Result<int>> {
    flag = true;
    co_return 1;
  };
  const auto got = world.run(with_deadline(work(begun), Deadline(Deadline::clock::now())));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::timed_out);
  EXPECT_FALSE(begun);
}

TEST(WithDeadline, WorkThatIsDoneAfterAllIsNotReportedAsUndone) {
  World world;
  EXPECT_EQ(world.run(with_deadline(answers_too_late(), Deadline::after(soon))), 7);
}

TEST(WithDeadline, ExceptionPasses) {
  World world;
  EXPECT_THROW(std::ignore = world.run(with_deadline(throws(), Deadline::after(ample))), std::logic_error);
}

TEST(WithDeadline, EitherOfTwoDeadlines) {
  World world;
  const auto late = Deadline::after(ample);
  const auto inner = world.run(nested(Deadline::after(soon), late));
  ASSERT_FALSE(inner);
  EXPECT_EQ(inner.error().kind, ErrorKind::timed_out);
  const auto outer = world.run(nested(late, Deadline::after(soon)));
  ASSERT_FALSE(outer);
  EXPECT_EQ(outer.error().kind, ErrorKind::timed_out);
}

TEST(WithDeadline, CancelledCallerIsCancelledAndStaysSo) {
  World world;
  std::vector<ErrorKind> seen;
  const auto child = [](std::vector<ErrorKind>& kinds) -> Task<void> {
    const auto first = co_await with_deadline(answer_after(ample, 1), Deadline::after(ample));
    if (!first) kinds.push_back(first.error().kind);
    const auto second = co_await with_deadline(answer_after(ample, 1), Deadline::after(ample));
    if (!second) kinds.push_back(second.error().kind);
    if (!co_await pause(ample)) kinds.push_back(ErrorKind::cancelled);
  };
  world.servers.spawn(child(seen));
  const auto wait = []() -> Task<void> { co_await pause(Millis(5)); };
  world.run(wait());
  EXPECT_EQ(seen, (std::vector<ErrorKind>(3, ErrorKind::cancelled)));
}

}  // namespace
}  // namespace certherald::net
