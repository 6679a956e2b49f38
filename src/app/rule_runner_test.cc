#include "app/rule_runner.h"

#include <gtest/gtest.h>

#include "http/worker_pool.h"
#include "metrics/tsdb/tsdb.h"
#include "os/system_clock.h"
#include "os/testing.h"

namespace hinomi::app {
namespace {

/// Of which each look takes a while, so that it needs none.
class SlowClock : public SystemClock {
 public:
  Duration Monotonic() const override {
    return SystemClock::Monotonic() + Duration::Millis(5) * looks_++;
  }

 private:
  mutable std::atomic<int> looks_ = 0;
};

/// Groups on a real store with real threads.
class RuleRunnerTest : public ::testing::Test {
 protected:
  RuleRunnerTest() {
    metrics::TsdbOptions options;
    options.directory = directory_.path() + "/metrics";
    store_ = std::move(metrics::Tsdb::Open(files_, clock_, log_, telemetry_, options)).value();
    runner_ = std::make_unique<RuleRunner>(RuleRunner::World{
        *store_, *store_, &store_->query_memory(), clock_, telemetry_, log_, nullptr});
  }
  /// `first` on: their names.
  static std::vector<policy::RuleGroupDocument> Groups(int count, int first = 0) {
    std::vector<policy::RuleGroupDocument> groups;
    for (int i = first; i < first + count; ++i) {
      policy::RuleGroupDocument group{
          .file = "f", .name = std::to_string(i), .interval = Duration::Millis(100)};
      group.rules.push_back({.record = "out", .expr = "time()", .labels = {{"group", group.name}}});
      groups.push_back(std::move(group));
    }
    return groups;
  }
  size_t SeriesCount() const {
    return store_
        ->SelectLabels({{"__name__", metrics::MatchType::kEqual, "out"}}, 0,
                       clock_.Now().millis() + 1000)
        ->size();
  }

  SystemClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  PosixFiles files_;
  TempDirectory directory_;
  std::unique_ptr<metrics::Tsdb> store_;
  std::unique_ptr<RuleRunner> runner_;
};

TEST_F(RuleRunnerTest, ThatNothingIsActiveIsToldOnceWhatIsActiveEachTime) {
  Mutex mutex;
  std::map<std::string, int> told;  // By alarm, once settled.
  runner_ = std::make_unique<RuleRunner>(
      RuleRunner::World{*store_, *store_, &store_->query_memory(), clock_, telemetry_, log_,
                        [&](const ops_model::Input& input) {
                          const auto* seen = std::get_if<ops_model::AlertObservation>(&input);
                          const MutexLock lock(mutex);
                          if (seen != nullptr && seen->settled) ++told[seen->alarm];
                        }});
  policy::RuleGroupDocument group{.file = "f", .name = "g", .interval = Duration::Millis(20)};
  group.rules.push_back({.alert = "Quiet", .expr = "vector(1) > 2"});
  group.rules.push_back({.alert = "Loud", .expr = "vector(1)"});
  http::WorkerPool pool({.threads = 2}, telemetry_);
  runner_->Use({group}, {});
  runner_->Start([&](std::function<void()> task) {
    return pool.Submit(http::Lane::kBackground, std::move(task));
  });
  EXPECT_TRUE(Within20Seconds([&] {
    const MutexLock lock(mutex);
    return told["Loud"] >= 5;
  }));
  runner_->Stop();
  pool.Stop();
  EXPECT_EQ(told["Quiet"], 1);
}

TEST_F(RuleRunnerTest, GroupsAreEvaluatedOnWorkersUntilItStops) {
  http::WorkerPool pool({.threads = 4}, telemetry_);
  runner_->Use(Groups(20), {});
  runner_->Start([&](std::function<void()> task) {
    return pool.Submit(http::Lane::kBackground, std::move(task));
  });
  EXPECT_TRUE(Within20Seconds([&] { return SeriesCount() == 20; }));
  runner_->Use(Groups(21, 10), {});
  EXPECT_TRUE(Within20Seconds([&] { return SeriesCount() == 31; }));
  runner_->Stop();
  EXPECT_EQ(runner_->Groups().size(), 21u);  // Ten of 31 are gone.
}

TEST_F(RuleRunnerTest, WhatWorkersRefuseIsGivenToThemAgain) {
  http::WorkerPool pool({.threads = 3}, telemetry_);
  std::atomic<int> asked = 0;
  runner_->Use(Groups(3), {});
  runner_->Start([&](std::function<void()> task) {
    if (++asked % 2 == 1) return false;
    return pool.Submit(http::Lane::kBackground, std::move(task));
  });
  EXPECT_TRUE(Within20Seconds([&] { return SeriesCount() == 3; }));
  runner_->Stop();
}

TEST_F(RuleRunnerTest, OneWorkerDoesWhatIsDueTogether) {
  http::WorkerPool pool({.threads = 4}, telemetry_);
  std::atomic<int> turns = 0;
  runner_->Use(Groups(200), {});
  runner_->Start([&](std::function<void()> task) {
    ++turns;
    return pool.Submit(http::Lane::kBackground, std::move(task));
  });
  EXPECT_TRUE(Within20Seconds([&] { return SeriesCount() == 200; }));
  runner_->Stop();
  pool.Stop();
  double tasks = 0;
  for (const rules::GroupState& state : runner_->Groups()) {
    const Telemetry::Labels labels = {{"rule_group", state.group->key()}};
    tasks += telemetry_.Counter("hinomi_rule_group_iterations_total", labels).value();
    tasks -= telemetry_.Counter("hinomi_rule_group_iterations_missed_total", labels).value();
  }
  EXPECT_LT(turns * 2, tasks);
}

TEST_F(RuleRunnerTest, AWorkerThatHangsHoldsUpNothingElse) {
  http::WorkerPool pool({.threads = 3}, telemetry_);
  std::function<void()> hanging;
  runner_->Use(Groups(5), {});
  runner_->Start([&](std::function<void()> task) {
    if (!hanging) {
      hanging = std::move(task);
      return true;
    }
    return pool.Submit(http::Lane::kBackground, std::move(task));
  });
  EXPECT_TRUE(Within20Seconds([&] { return SeriesCount() == 5; }));
  runner_->Stop();
  pool.Stop();
  hanging();
}

TEST_F(RuleRunnerTest, ATurnEndsSoThatOthersHaveTheWorker) {
  SlowClock slow;
  runner_ = std::make_unique<RuleRunner>(RuleRunner::World{
      *store_, *store_, &store_->query_memory(), slow, telemetry_, log_, nullptr});
  Mutex mutex;
  std::vector<std::function<void()>> turns;
  runner_->Use(Groups(100), {});
  runner_->Start([&](std::function<void()> task) {
    const MutexLock lock(mutex);
    turns.push_back(std::move(task));
    return true;
  });
  std::function<void()> first;
  EXPECT_TRUE(Within20Seconds([&] {  // Nobody takes them: many groups wait by then.
    const MutexLock lock(mutex);
    if (turns.size() == 4) first = turns.back();
    return first != nullptr;
  }));
  first();
  EXPECT_LT(SeriesCount(), 10u);
  runner_->Stop();
}

}  // namespace
}  // namespace hinomi::app
