#pragma once

#include <chrono>

namespace certherald {

// A moment in UTC, in whole seconds. Days are never integers here: compare instants.
using Instant = std::chrono::sys_seconds;
using Seconds = std::chrono::seconds;
using Millis = std::chrono::milliseconds;

// Port: the wall clock. Passed down from main; the one place that asks the system is SystemClock.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
};

// A clock for tests: stands still until it is told to move. Not thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Instant start) : now_(start) {}
  [[nodiscard]] Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }
  void advance(Seconds by) { now_ += by; }

 private:
  Instant now_;
};

}  // namespace certherald
