#include "app/scheduler.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>

#include "app/worker.hpp"
#include "base/test_values.hpp"
#include "base/time_text.hpp"

namespace certherald::app {
namespace {

using namespace std::chrono_literals;
using model::TaskKind;

// Another process, as far as leases go.
std::string elsewhere(int n) { return "elsewhere/" + std::to_string(n); }

class Schedulers : public testing::Test {
 protected:
  Schedulers() {
    auto opened = store::Store::open({.location = folder_.string()}, clock_, random_);
    if (opened) store_ = std::move(*opened);
  }
  ~Schedulers() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  void SetUp() override {
    ASSERT_TRUE(store_);
    for (const char* name : {"default expiry notification", "default vulnerability scan"}) {
      ASSERT_TRUE(store_->write([&](store::Session& s) { return s.remove_schedule(name); }));
    }
  }

  void put(const std::string& name, TaskKind task, const std::string& rrule,
           const std::string& zone = "UTC") {
    model::Schedule schedule;
    schedule.name = name;
    schedule.task = task;
    schedule.rrule = rrule;
    schedule.time_zone = zone;
    ASSERT_TRUE(store_->write([&](store::Session& s) { return s.put(schedule, ""); }));
  }

  std::vector<Scheduler::Taken> turn(Scheduler& scheduler) {
    auto turn = scheduler.take_due();
    EXPECT_TRUE(turn) << describe(turn.error());
    if (!turn) return {};
    troubles_.insert(troubles_.end(), turn->troubles.begin(), turn->troubles.end());
    return std::move(turn->taken);
  }

  void end(store::RunClaim claim) {
    claim.run.outcome = model::RunOutcome::succeeded;
    claim.run.ended_at = clock_.now();
    const Status ended = store_->write([&](store::Session& s) { return s.end_run(claim); });
    ASSERT_TRUE(ended) << describe(ended.error());
  }

  void take_over_and_die(int attempt) {
    Scheduler mortal(*store_, clock_, elsewhere(attempt));
    const auto taken = turn(mortal);
    ASSERT_EQ(taken.size(), 1U) << attempt;
    EXPECT_EQ(taken[0].claim.run.attempts, attempt);
    clock_.advance(work_lease - 1s);
    EXPECT_TRUE(turn(mortal).empty()) << "its lease lasts";
    clock_.advance(1s);
  }

  std::vector<model::Run> runs() {
    std::vector<model::Run> out;
    const Status listed = store_->read([&](store::Session& s) {
      return s.each_run([&](const model::Run& run) -> Status {
        out.push_back(run);
        return {};
      });
    });
    EXPECT_TRUE(listed);
    return out;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("certherald-scheduler-" + std::to_string(::getpid()));
  FakeClock clock_{at("2027-12-31T12:00:00Z")};
  SeededRandom random_{1};
  std::unique_ptr<store::Store> store_;
  std::vector<std::string> troubles_;
};

TEST_F(Schedulers, a_run_is_taken_when_it_is_due_and_by_one_process) {
  put("daily", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  Scheduler one(*store_, clock_, elsewhere(1));
  Scheduler two(*store_, clock_, elsewhere(2));
  EXPECT_TRUE(turn(one).empty()) << "made at noon: this morning was never planned";
  clock_.set(at("2028-01-01T05:59:59Z"));
  EXPECT_TRUE(turn(one).empty());
  clock_.advance(1s);
  const auto taken = turn(one);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].claim.run.planned_at, clock_.now());
  EXPECT_EQ(taken[0].claim.run.name, "daily");
  EXPECT_TRUE(turn(two).empty());
  EXPECT_EQ(two.upcoming().at("daily"), clock_.now() + 24h);
  end(taken[0].claim);
  EXPECT_TRUE(turn(two).empty());
  clock_.advance(24h);
  EXPECT_EQ(turn(two).size(), 1U);
}

TEST_F(Schedulers, what_was_missed_is_made_up_for_once) {
  put("daily", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  clock_.set(at("2028-01-09T23:00:00Z"));
  Scheduler one(*store_, clock_, elsewhere(1));
  const auto taken = turn(one);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].claim.run.planned_at, at("2028-01-09T06:00:00Z"));
  EXPECT_EQ(taken[0].missed, 8);
  end(taken[0].claim);
  EXPECT_TRUE(turn(one).empty());
}

TEST_F(Schedulers, what_was_put_while_the_clock_was_ahead_is_carried_when_the_clock_is_right) {
  const Instant right = clock_.now();
  clock_.advance(24h * 365);
  put("daily", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  put("every other day", TaskKind::vulnerability_scan, "FREQ=DAILY;INTERVAL=2");
  clock_.set(right);
  Scheduler one(*store_, clock_, elsewhere(1));
  const auto anchored = turn(one);
  ASSERT_EQ(anchored.size(), 1U) << "a rule without a time of its own begins when it is known";
  EXPECT_EQ(anchored[0].claim.run.name, "every other day");
  end(anchored[0].claim);
  clock_.set(at("2028-01-01T06:00:00Z"));
  const auto taken = turn(one);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].claim.run.planned_at, clock_.now());
  end(taken[0].claim);
  clock_.set(right + 48h);
  EXPECT_EQ(turn(one).size(), 2U);
}

TEST_F(Schedulers, two_schedules_of_one_task_run_one_after_the_other) {
  put("a", TaskKind::vulnerability_scan, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  put("b", TaskKind::vulnerability_scan, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  put("c", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  clock_.set(at("2028-01-01T06:00:00Z"));
  Scheduler one(*store_, clock_, elsewhere(1));
  const auto first = turn(one);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].claim.run.name, "a");
  EXPECT_EQ(first[1].claim.run.name, "c");
  EXPECT_TRUE(turn(one).empty());
  end(first[0].claim);
  const auto second = turn(one);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].claim.run.name, "b");
}

TEST_F(Schedulers, a_run_whose_process_died_is_taken_over_but_not_for_ever) {
  put("daily", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  clock_.set(at("2028-01-01T06:00:00Z"));
  for (int n = 1; n <= 20; ++n) take_over_and_die(n);
  Scheduler heir(*store_, clock_, elsewhere(21));
  EXPECT_TRUE(turn(heir).empty());
  ASSERT_EQ(runs().size(), 1U);
  EXPECT_EQ(runs()[0].outcome, model::RunOutcome::failed);
  EXPECT_EQ(troubles_.size(), 1U);
}

TEST_F(Schedulers, a_run_that_a_person_started_fails_with_its_process) {
  model::Run run;
  run.started_by = "command line";
  run.planned_at = run.started_at = clock_.now();
  ASSERT_TRUE(store_->write([&](store::Session& s) { return s.begin_run(run, elsewhere(1), work_lease); }));
  clock_.advance(work_lease);
  Scheduler one(*store_, clock_, elsewhere(2));
  EXPECT_TRUE(turn(one).empty());
  EXPECT_EQ(runs().at(0).message, "its process ended before it did");
}

TEST_F(Schedulers, a_process_of_this_machine_that_is_gone_is_not_waited_for) {
  put("daily", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0");
  clock_.set(at("2028-01-01T06:00:00Z"));
  std::string dead = make_worker_name(random_);
  EXPECT_FALSE(has_surely_died(dead));
  // The same process number, but another start: whoever had it is gone.
  const std::size_t last = dead.rfind('/');
  dead.insert(last, "1");
  EXPECT_TRUE(has_surely_died(dead));
  Scheduler one(*store_, clock_, dead);
  ASSERT_EQ(turn(one).size(), 1U);
  Scheduler two(*store_, clock_, elsewhere(2));
  ASSERT_EQ(turn(two).size(), 1U) << "at once, without waiting for the lease";
}

// A year of serving with restarts, down times and a clock that is put ahead and back.
class Year : public Schedulers {
 protected:
  static constexpr Seconds tick{20 * 60};

  struct Fault {
    Instant from;
    Instant to;
    bool down = false;  // else the clock is wrong by `offset`
    Seconds offset{};
  };

  void make_faults(Instant from, Instant to) {
    constexpr std::int64_t day = 86'400;
    std::mt19937_64 dice(2'028);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
      return std::uniform_int_distribution<std::int64_t>(low, high)(dice);
    };
    for (Instant at = from + 48h; at < to - 240h;) {
      Fault fault{at, at + Seconds(pick(60, 5 * day)), pick(0, 1) == 0, Seconds(pick(-3 * day, 6 * day))};
      faults_.push_back(fault);
      at = fault.to + Seconds(pick(day, 10 * day));
    }
  }
  [[nodiscard]] const Fault* fault_at(Instant real) const {
    for (const Fault& fault : faults_) {
      if (fault.from <= real && real < fault.to) return &fault;
    }
    return nullptr;
  }
  // No fault there, nor shortly before or after.
  [[nodiscard]] bool is_quiet(Instant at) const {
    return std::ranges::none_of(faults_, [&](const Fault& fault) {
      return fault.from - 3 * tick <= at && at <= fault.to + 3 * tick;
    });
  }

  void put_schedules() {
    put("nightly", TaskKind::vulnerability_scan, "FREQ=DAILY;BYHOUR=2;BYMINUTE=30;BYSECOND=0",
        "Europe/Berlin");
    put("quarter days", TaskKind::expiry_notification, "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=5;BYSECOND=0",
        "America/New_York");
    put("month ends", TaskKind::vulnerability_scan,
        "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=23;BYMINUTE=0;BYSECOND=0");
    put("the 31st", TaskKind::vulnerability_scan,
        "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=12;BYMINUTE=0;BYSECOND=0");
    put("leap day", TaskKind::vulnerability_scan,
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=8;BYMINUTE=0;BYSECOND=0");
  }

  void end_carried() {
    for (const store::RunClaim& claim : carried_) {
      store::RunClaim ended = claim;
      ended.run.outcome = model::RunOutcome::succeeded;
      const Status done = store_->write([&](store::Session& s) { return s.end_run(ended); });
      // Where the clock took its lease away another carries it.
      EXPECT_TRUE(done || done.error().kind == ErrorKind::conflict);
    }
    carried_.clear();
  }
  void take_due(Scheduler& scheduler, Instant real) {
    for (Scheduler::Taken& taken : turn(scheduler)) {
      const model::Run& run = taken.claim.run;
      const bool first = run.attempts == 1;
      EXPECT_EQ(made_[run.name].emplace(run.planned_at, real).second, first)
          << run.name << " planned for " << to_iso8601(run.planned_at);
      carried_.push_back(std::move(taken.claim));
    }
  }
  void serve(Instant begin, Instant over) {
    int processes = 1;
    auto scheduler = std::make_unique<Scheduler>(*store_, clock_, elsewhere(processes));
    std::mt19937_64 dice(1);
    for (Instant real = begin; real < over; real += tick) {
      const Fault* fault = fault_at(real);
      clock_.set(real + (fault != nullptr && !fault->down ? fault->offset : Seconds(0)));
      const bool dies = dice() % 997 == 0;
      if (dies || (fault != nullptr && fault->down)) {
        carried_.clear();  // what it carried is lost with it
        scheduler = std::make_unique<Scheduler>(*store_, clock_, elsewhere(++processes));
        if (!dies) continue;
      }
      end_carried();
      take_due(*scheduler, real);
    }
  }

  // It ran at each instant of its calendar that no fault was near to, and at no other.
  void expect_as_planned(const std::string& name, const schedule::Calendar& calendar, Instant begin,
                         Instant over) {
    const auto& ran = made_[name];
    int quiet = 0;
    for (auto at = calendar.next(begin - 1s); at && *at < over - 4 * tick; at = calendar.next(*at)) {
      if (!is_quiet(*at)) continue;
      ++quiet;
      ASSERT_TRUE(ran.contains(*at)) << name << " did not run at " << to_iso8601(*at);
    }
    for (const auto& [at, real] : ran) {
      EXPECT_EQ(calendar.next(at - 1s), at) << name << " ran for " << to_iso8601(at);
    }
    EXPECT_GT(quiet, 0) << name;
  }

  std::vector<Fault> faults_;
  std::map<std::string, std::map<Instant, Instant>> made_;  // schedule: planned, when it really ran
  std::vector<store::RunClaim> carried_;
};

TEST_F(Year, every_schedule_runs_as_its_calendar_says_whatever_the_clock_and_the_processes_do) {
  put_schedules();
  const Instant begin = clock_.now();
  const Instant over = begin + 24h * 367;
  make_faults(begin, over);
  serve(begin, over);
  const auto rows = store_->read([](store::Session& s) { return s.schedules(); });
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 5U);
  for (const store::ScheduleRow& row : *rows) {
    const auto calendar = schedule::Calendar::make(row.schedule, row.created_at);
    ASSERT_TRUE(calendar);
    expect_as_planned(row.schedule.name, *calendar, begin, over);
  }
  EXPECT_TRUE(made_.at("leap day").contains(at("2028-02-29T08:00:00Z")));
}

}  // namespace
}  // namespace certherald::app
