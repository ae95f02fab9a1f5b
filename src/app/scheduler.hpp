#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "schedule/calendar.hpp"
#include "store/store.hpp"

namespace certherald::app {

// Who carries what, decided anew at each turn from what the store says: runs that schedules owe, and runs
// whose process died. Several processes may do so on one store; each run goes to one of them. It keeps
// nothing that a restart would lose, and a clock that jumps costs nothing but the time it was wrong.
class Scheduler final {
 public:
  // A run that is due, or that was taken over, and is now this process's to carry.
  struct Taken {
    store::RunClaim claim;
    std::int64_t missed = 0;  // earlier occurrences that it makes up for
  };
  struct Turn {
    std::vector<Taken> taken;
    std::vector<std::string> troubles;  // one line each: a schedule that cannot be used, a run given up
  };

  // `store` outlives the scheduler; `clock` too.
  Scheduler(store::Store& store, const Clock& clock, std::string worker)
      : store_(store), clock_(clock), worker_(std::move(worker)) {}

  // One turn. Blocks on the store; one thread at a time, that of all that schedules ask (libical). An error
  // is the store's.
  [[nodiscard]] Result<Turn> take_due();

  // When each enabled schedule is due next, as of the last turn.
  [[nodiscard]] const std::map<std::string, Instant>& upcoming() const { return upcoming_; }

 private:
  struct Known {
    store::ScheduleRow row;
    // Since when this process knows the row as it is. It stands for the row's own instants where those lie
    // later than now: a clock that was ahead wrote them, and nobody is to wait until it comes there again.
    Instant seen_at{};
    Instant anchor{};
    Result<schedule::Calendar> calendar;
    // Nothing is due from the one to the other, as of the last look.
    Instant quiet_from{};
    Instant quiet_until{};
  };
  struct Owed {
    model::Run run;
    std::int64_t missed = 0;
  };

  [[nodiscard]] Known& known(const store::ScheduleRow& row, Instant now);
  [[nodiscard]] Result<std::vector<Owed>> owed(Turn& turn, Instant now);
  [[nodiscard]] Status take_new(Turn& turn, const Owed& owed, Instant now);
  [[nodiscard]] Status inherit(Turn& turn, Instant now);

  store::Store& store_;
  const Clock& clock_;
  std::string worker_;
  std::map<std::string, Known> known_;
  std::map<std::string, Instant> upcoming_;
};

}  // namespace certherald::app
