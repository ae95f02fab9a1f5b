#include "app/retention.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace certherald::app {
namespace {

class Retention : public testing::Test {
 protected:
  ~Retention() override { std::filesystem::remove_all(folder_); }

  // Runs that began one a day from the clock's day on.
  void make_runs(store::Store& store, int count) {
    for (int i = 0; i < count; ++i, clock_.advance(std::chrono::days(1))) {
      model::Run run;
      run.planned_at = run.started_at = clock_.now();
      const Status made = store.write([&](store::Session& session) -> Status {
        auto begun = session.begin_run(run, "w", Seconds(60));
        if (!begun) return fail(begun.error());
        begun->run.ended_at = clock_.now();
        begun->run.outcome = model::RunOutcome::succeeded;
        return session.end_run(*begun);
      });
      ASSERT_TRUE(made);
    }
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("certherald-retention-" + std::to_string(::getpid()));
  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SeededRandom random_{1};
};

TEST_F(Retention, RemovesWhatIsOlderThanItKeepsAndNothingElse) {
  const auto store = store::Store::open({.location = folder_.string()}, clock_, random_);
  ASSERT_TRUE(store) << describe(store.error());
  constexpr int days = 1'200;  // more than two batches
  make_runs(**store, days);
  RetentionSettings settings;
  settings.runs = Duration{100, DurationUnit::day};

  const auto removed = apply_retention(**store, settings, clock_.now());
  ASSERT_TRUE(removed) << describe(removed.error());
  EXPECT_EQ(*removed, (RetentionCounts{0, 0, days - 100}));
  const auto again = apply_retention(**store, settings, clock_.now());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, RetentionCounts());
}

}  // namespace
}  // namespace certherald::app
