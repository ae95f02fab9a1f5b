#pragma once

#include <cstdint>
#include <iosfwd>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace certherald::cli {

// Exit codes that scripts rely on. Where several apply, misuse is told before failure, and failure before
// bad news.
inline constexpr int exit_fine = 0;
inline constexpr int exit_bad_news = 1;  // findings at or above --fail-on, deliveries pending or parked
inline constexpr int exit_misuse = 2;    // usage or configuration
inline constexpr int exit_failed = 3;    // could not be done: unreachable, store error

enum class Colours : std::uint8_t { off, on };

// The world of one command, made by main and passed down. Holds no state but the exit code, which the
// command sets before its callback returns.
struct CommandContext {
  std::istream& in;
  std::ostream& out;  // what was asked for
  std::ostream& err;  // messages and progress
  Clock& clock;
  Random& random;
  Colours colours = Colours::off;  // on where `out` is a terminal and NO_COLOR is not set
  int exit_code = exit_fine;
};

}  // namespace certherald::cli
