#include "outbox/circuit.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace certherald::outbox {
namespace {

using model::OutcomeKind;
using State = Circuit::State;
using Cause = Circuit::Cause;

constexpr Instant start{Seconds(1'000'000)};

Circuit after_all(const std::vector<OutcomeKind>& outcomes, const CircuitLimits& limits) {
  Circuit circuit;
  for (const OutcomeKind outcome : outcomes) circuit = after(circuit, outcome, start, limits);
  return circuit;
}

TEST(Circuit, opens_and_closes) {
  using enum OutcomeKind;
  struct Case {
    std::vector<OutcomeKind> outcomes;
    Circuit expected;
  };
  CircuitLimits limits;
  limits.failures = 3;
  const std::vector<Case> cases = {
      {{}, {State::closed, Cause::none, {}, 0}},
      {{done}, {State::closed, Cause::none, {}, 0}},
      {{not_sent, unknown}, {State::closed, Cause::none, {}, 2}},
      {{not_sent, unknown, unavailable}, {State::open, Cause::failures, start + Seconds(30), 3}},
      {{not_sent, unknown, done, unavailable}, {State::closed, Cause::none, {}, 1}},
      {{not_sent, unknown, absent}, {State::closed, Cause::none, {}, 0}},
      {{not_sent, unknown, rejected}, {State::closed, Cause::none, {}, 0}},
      {{not_sent, throttled}, {State::closed, Cause::none, {}, 1}},
      {{throttled, throttled, throttled, throttled}, {State::closed, Cause::none, {}, 0}},
      {{auth_failed}, {State::open, Cause::credentials, start + Seconds(300), 0}},
      {{misconfigured}, {State::open, Cause::wrong_address, start + Seconds(300), 0}},
      {{auth_failed, done}, {State::closed, Cause::none, {}, 0}},
      {{auth_failed, throttled}, {State::open, Cause::credentials, start + Seconds(300), 0}},
      // A probe that fails opens it again at once.
      {{unknown, unknown, unknown, unknown}, {State::open, Cause::failures, start + Seconds(30), 4}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(after_all(cases[i].outcomes, limits), cases[i].expected) << "case " << i;
  }
}

TEST(Circuit, lets_a_probe_through_when_its_pause_is_over) {
  const Circuit open{State::open, Cause::failures, start, 5};
  EXPECT_FALSE(allows(open, start - Seconds(1)));
  EXPECT_TRUE(allows(open, start));
  EXPECT_TRUE(allows(Circuit{}, start - Seconds(1'000)));
}

TEST(Circuit, lets_one_probe_through_and_nothing_beside_it) {
  const Circuit open{State::open, Cause::failures, start, 5};
  EXPECT_EQ(probing(open, start - Seconds(1)), open);
  EXPECT_EQ(probing(Circuit{}, start), Circuit{});
  const Circuit half = probing(open, start);
  EXPECT_EQ(half.state, State::half_open);
  EXPECT_FALSE(allows(half, start + Seconds(1'000)));
  EXPECT_EQ(after(half, OutcomeKind::absent, start, {}), Circuit{});
  const Circuit again = after(half, OutcomeKind::unavailable, start, {});
  EXPECT_EQ(again.state, State::open);
  EXPECT_EQ(again.until, start + CircuitLimits().transient_pause);
  EXPECT_EQ(undecided(after(half, OutcomeKind::throttled, start, {})), open);
  EXPECT_EQ(undecided(Circuit{}), Circuit{});
}

TEST(Circuit, credentials_and_address_need_a_person) {
  EXPECT_FALSE(needs_person({}));
  EXPECT_FALSE(needs_person({State::open, Cause::failures, start, 5}));
  EXPECT_TRUE(needs_person({State::open, Cause::credentials, start, 0}));
  EXPECT_TRUE(needs_person({State::open, Cause::wrong_address, start, 0}));
}

}  // namespace
}  // namespace certherald::outbox
