// What goes round by itself: evaluations, chores, the ops folder, the disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "app/disk_watch.h"
#include "app/evaluator.h"
#include "app/health_watch.h"
#include "app/housekeeping.h"
#include "app/ops_watch.h"
#include "app/testing.h"
#include "metrics/testing.h"
#include "os/system_clock.h"
#include "policy/policy.h"
#include "store/testing.h"

namespace hinomi::app {
namespace {

using ops_model::AlarmEvaluation;
using ops_model::Input;

std::shared_ptr<policy::OpsFolder> TwoAlarms() {
  auto folder = std::make_shared<policy::OpsFolder>();
  for (const char* name : {"HighErrorRate", "HighLoad"}) {
    policy::AlarmDocument alarm;
    alarm.name = name;
    alarm.metric = name;
    alarm.period = Duration::Minutes(1);
    folder->alarms.push_back(alarm);
  }
  return folder;
}

class EvaluatorTest : public ::testing::Test {
 protected:
  Evaluator::Points points_ = [this](const policy::AlarmDocument& alarm,
                                     Instant) -> Result<std::vector<ops_model::Datapoint>> {
    looked_.Put(alarm.name);
    if (alarm.name == broken_) return Unavailable("the store is busy");
    if (alarm.name == silent_) return std::vector<ops_model::Datapoint>{{Instant(), std::nullopt}};
    return std::vector<ops_model::Datapoint>{{Instant(), value_.load()}};
  };
  /// A point of the metric arrives, and a second goes by.
  void Arrive(const char* metric) {
    const std::vector<std::pair<std::string, std::string>> labels{{"__name__", metric}};
    evaluator_.Arrived({{metrics::Labels(labels), {{clock_.Now().millis(), 1.0}}}});
    clock_.Advance(Duration::Seconds(1));
  }
  long Count(const std::vector<std::string>& seen, const std::string& name) {
    return std::count(seen.begin(), seen.end(), name);
  }
  SharedClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  std::string broken_;
  std::string silent_;
  std::atomic<double> value_{1.0};
  Mailbox<std::string> looked_;  ///< Alarms whose points were asked for.
  Mailbox<std::string> seen_;    ///< Alarms that were told of.
  Evaluator evaluator_{
      [this](const policy::AlarmDocument& a, Instant end) { return points_(a, end); },
      [this](Input input) { seen_.Put(std::get<AlarmEvaluation>(input).alarm); }, clock_,
      telemetry_, log_};
};

TEST_F(EvaluatorTest, EveryAlarmIsLookedAtOnceUnderANewFolder) {
  evaluator_.Start();
  evaluator_.UsePolicy(TwoAlarms());
  ASSERT_TRUE(seen_.AwaitCount(2));
  EXPECT_EQ(seen_.all(), (std::vector<std::string>{"HighErrorRate", "HighLoad"}));
}

TEST_F(EvaluatorTest, AnArrivingPointHasItsAlarmsLookedAt) {
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(2));
  value_ = -1;
  Arrive("HighLoad");
  ASSERT_TRUE(seen_.AwaitCount(3));
  EXPECT_EQ(seen_.all().back(), "HighLoad");
}

TEST_F(EvaluatorTest, WhatIsNoNewsIsToldOnceAMinute) {
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(2));
  Arrive("HighLoad");
  ASSERT_TRUE(looked_.AwaitCount(3));
  EXPECT_EQ(seen_.all().size(), 2u);
  clock_.Advance(Duration::Minutes(1));
  ASSERT_TRUE(seen_.AwaitCount(4));
}

TEST_F(EvaluatorTest, WhatWasNotTakenIsToldAgain) {
  std::atomic<ops_model::AlarmState> in_force{ops_model::AlarmState::kInsufficientData};
  evaluator_.CompareWith(
      [&in_force](const std::string&) { return Evaluator::InForce{in_force.load(), Instant()}; });
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(2));
  Arrive("HighLoad");
  ASSERT_TRUE(seen_.AwaitCount(3));
  in_force = ops_model::AlarmState::kAlarm;
  Arrive("HighLoad");
  ASSERT_TRUE(looked_.AwaitCount(4));
  EXPECT_EQ(seen_.all().size(), 3u);
  evaluator_.Stop();
}

TEST_F(EvaluatorTest, AnAlarmThatScalesIsToldOfEachTime) {
  auto folder = std::make_shared<policy::OpsFolder>(*TwoAlarms());
  folder->routes.push_back({.action = "scale-up", .scale = "up"});
  folder->alarms[1].action = "scale-up";
  evaluator_.UsePolicy(folder);
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(2));
  Arrive("HighLoad");
  ASSERT_TRUE(seen_.AwaitCount(3));
  EXPECT_EQ(seen_.all().back(), "HighLoad");
}

TEST_F(EvaluatorTest, HowLateItIsCanBeSeen) {
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(2));
  EXPECT_NE(telemetry_.Expose().find("hinomi_alarm_evaluation_lag_seconds 0\n"), std::string::npos);
  clock_.Advance(Duration::Minutes(10));
  ASSERT_TRUE(looked_.AwaitCount(4));
  EXPECT_EQ(telemetry_.Expose().find("hinomi_alarm_evaluation_lag_seconds 0\n"), std::string::npos);
}

TEST_F(EvaluatorTest, SilenceIsNotJudgedBeforeAnAlarmWasWatchedForItsPeriods) {
  silent_ = "HighErrorRate";
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(1));
  EXPECT_EQ(seen_.all(), std::vector<std::string>{"HighLoad"});
  // A reload is no new beginning for an alarm that stays.
  clock_.Advance(Duration::Minutes(5));
  evaluator_.UsePolicy(TwoAlarms());
  ASSERT_TRUE(seen_.AwaitCount(3));
  EXPECT_GE(Count(seen_.all(), "HighErrorRate"), 1);
}

/// What an alarm of one period whose state stays without data is told after a time down, in which
/// there were samples of 1 at these times; the threshold is 0.
class MissedEvaluationTest : public EvaluatorTest {
 protected:
  MissedEvaluationTest() {
    auto folder = std::make_shared<policy::OpsFolder>(*TwoAlarms());
    folder->alarms.resize(1);
    folder->alarms[0].treat_missing_data = policy::MissingData::kIgnore;
    folder_ = std::move(folder);
    points_ = [this](const policy::AlarmDocument& alarm,
                     Instant at) -> Result<std::vector<ops_model::Datapoint>> {
      looked_.Put(alarm.name);
      std::vector<ops_model::Datapoint> points(3);
      for (size_t i = 0; i < points.size(); ++i) {
        const Instant end = at - alarm.period * static_cast<int64_t>(i);
        points[i].at = end - alarm.period;
        for (const Instant sample : samples_)
          if (sample >= points[i].at && sample < end) points[i].value = 1;
      }
      return points;
    };
    evaluator_.MakeUpBy([this](const policy::AlarmDocument&, Instant from, Instant to) {
      std::vector<Instant> between;
      for (const Instant sample : samples_)
        if (sample >= from && sample <= to) between.push_back(sample);
      return Result<std::vector<Instant>>(between);
    });
    evaluator_.CompareWith([this](const std::string&) -> std::optional<Evaluator::InForce> {
      if (!in_force_since_) return std::nullopt;
      return Evaluator::InForce{ops_model::AlarmState::kOk, *in_force_since_};
    });
    clock_.Advance(Duration::Days(2));
  }
  std::vector<Instant> samples_;
  std::optional<Instant> in_force_since_;
  std::shared_ptr<const policy::OpsFolder> folder_;
};

TEST_F(MissedEvaluationTest, TheNewestThatWouldHaveSaidSomethingIsMadeUpFor) {
  in_force_since_ = clock_.Now() - Duration::Hours(2);
  samples_ = {clock_.Now() - Duration::Hours(1)};
  evaluator_.UsePolicy(folder_);
  EXPECT_EQ(evaluator_.LookAtDue(), 1u);
  EXPECT_EQ(seen_.all(), std::vector<std::string>{"HighErrorRate"});
  EXPECT_EQ(looked_.all().size(), 2u);
  // Once: what comes now is looked at as it comes.
  clock_.Advance(Duration::Minutes(1));
  EXPECT_EQ(evaluator_.LookAtDue(), 1u);
  EXPECT_EQ(looked_.all().size(), 3u);
}

TEST_F(MissedEvaluationTest, WhatWasBeforeThePresentStateIsNotMissed) {
  in_force_since_ = clock_.Now() - Duration::Minutes(30);
  samples_ = {clock_.Now() - Duration::Hours(1)};
  evaluator_.UsePolicy(folder_);
  EXPECT_EQ(evaluator_.LookAtDue(), 1u);
  EXPECT_EQ(seen_.all(), std::vector<std::string>());
}

TEST_F(MissedEvaluationTest, ItWaitsUntilTheStateInForceIsKnown) {
  samples_ = {clock_.Now() - Duration::Hours(1)};
  evaluator_.UsePolicy(folder_);
  EXPECT_EQ(evaluator_.LookAtDue(), 1u);
  EXPECT_EQ(seen_.all(), std::vector<std::string>());
  in_force_since_ = clock_.Now() - Duration::Hours(2);
  clock_.Advance(Duration::Minutes(1));
  EXPECT_EQ(evaluator_.LookAtDue(), 1u);
  EXPECT_EQ(seen_.all(), std::vector<std::string>{"HighErrorRate"});
}

TEST_F(EvaluatorTest, MetricsThatCannotBeReadAreNoEvaluation) {
  broken_ = "HighErrorRate";
  evaluator_.UsePolicy(TwoAlarms());
  evaluator_.Start();
  ASSERT_TRUE(seen_.AwaitCount(1));
  evaluator_.Stop();
  EXPECT_EQ(seen_.all(), std::vector<std::string>{"HighLoad"});
  EXPECT_NE(telemetry_.Expose().find("hinomi_alarm_evaluations_failed_total 1\n"),
            std::string::npos);
}

TEST(HealthWatchTest, TellsWhatIsCountedAndWhenNobodyCountsAnyMore) {
  ManualClock clock;
  std::vector<std::string> told;
  HealthWatch watch(
      [&](Input input) {
        const auto& seen = std::get<ops_model::ServiceObservation>(input);
        told.push_back(seen.service + " " + (seen.healthy ? std::to_string(*seen.healthy) : "?"));
      },
      clock);
  const auto arrives = [&](std::vector<metrics::Labels::Pair> labels, double value) {
    watch.Arrived({{metrics::Labels(std::move(labels)), {{clock.Now().millis(), value}}}});
  };
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}}, 3);
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}, {"ClusterName", "c"}}, 4);
  arrives({{"__name__", "UnHealthyHostCount"}, {"ServiceName", "app"}}, 5);
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}}, metrics::StaleMarker());
  EXPECT_EQ(told, std::vector<std::string>{"app 3"});
  clock.Advance(Duration::Seconds(59));
  watch.Look();
  EXPECT_EQ(told.size(), 1u);
  clock.Advance(Duration::Seconds(1));
  watch.Look();
  watch.Look();
  EXPECT_EQ(told, (std::vector<std::string>{"app 3", "app ?"}));
  // Whoever looks every two minutes is silent after six.
  clock.Advance(Duration::Seconds(60));
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}}, 2);
  clock.Advance(Duration::Seconds(350));
  watch.Look();
  EXPECT_EQ(told.back(), "app 2");
  clock.Advance(Duration::Seconds(10));
  watch.Look();
  EXPECT_EQ(told.back(), "app ?");
  // The runtime knows better than a probe, until it falls silent.
  told.clear();
  watch.Counted("app", 4);
  watch.Counted("app", 4);
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}}, 1);
  EXPECT_EQ(told, std::vector<std::string>{"app 4"});
  watch.Counted("app", 3);
  clock.Advance(Duration::Seconds(15));
  watch.Counted("app", 3);
  EXPECT_EQ(told, (std::vector<std::string>{"app 4", "app 3", "app 3"}));
  clock.Advance(Duration::Minutes(1));
  watch.Look();
  arrives({{"__name__", "HealthyHostCount"}, {"ServiceName", "app"}}, 1);
  EXPECT_EQ(told, (std::vector<std::string>{"app 4", "app 3", "app 3", "app ?", "app 1"}));
}

TEST(HousekeepingTest, ChoresComeAtTheirTimesAndAFailureIsNoEnd) {
  SharedClock clock;
  NullLog log;
  Mailbox<std::string> done;
  Housekeeping housekeeping(clock, log);
  housekeeping.Every(Duration::Seconds(10), "often", [&]() -> Status {
    done.Put("often");
    return Unavailable("not today");
  });
  housekeeping.Every(Duration::Minutes(1), "seldom", [&]() -> Status {
    done.Put("seldom");
    return {};
  });
  housekeeping.Start();
  clock.Advance(Duration::Seconds(11));
  ASSERT_TRUE(done.AwaitCount(1));
  clock.Advance(Duration::Seconds(50));
  ASSERT_TRUE(done.AwaitCount(3));
  housekeeping.Stop();
  auto all = done.all();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (std::vector<std::string>{"often", "often", "seldom"}));
}

class SmallDisk : public metrics::FragileFiles {
 public:
  Result<DiskSpace> Space(const std::string&) override {
    if (total_ == 0) return Unavailable("stat failed");
    DiskSpace space;
    space.total_bytes = total_;
    space.free_bytes = free_;
    return space;
  }
  uint64_t total_ = 0;
  uint64_t free_ = 0;
};

TEST(DiskWatchTest, TheDiskIsLowBelowAGibibyteOrATwentiethWhicheverIsLess) {
  constexpr uint64_t kGib = uint64_t{1} << 30;
  const struct {
    uint64_t total, free;
    bool low;
  } cases[] = {
      {100 * kGib, kGib, false},
      {100 * kGib, kGib - 1, true},
      {10 * kGib, kGib / 2, false},
      {10 * kGib, kGib / 2 - 1, true},
  };
  for (const auto& c : cases) {
    SmallDisk disk;
    Telemetry telemetry;
    NullLog log;
    DiskWatch watch(disk, "data", telemetry, log);
    EXPECT_FALSE(watch.low());
    disk.total_ = c.total;
    disk.free_ = c.free;
    watch.Look();
    EXPECT_EQ(watch.low(), c.low) << c.free;
    // What cannot be read changes nothing.
    disk.total_ = 0;
    watch.Look();
    EXPECT_EQ(watch.low(), c.low);
  }
}

class NotedLog : public Log {
 public:
  void Write(LogLevel, std::string_view message, std::initializer_list<LogField>) override {
    messages_.Put(std::string(message));
  }
  Mailbox<std::string> messages_;
};

class OpsWatchTest : public ::testing::Test {
 protected:
  OpsWatchTest() { EXPECT_TRUE(policy::WriteExampleFolder(files_, folder_)); }
  ~OpsWatchTest() override { watch_.Stop(); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(files_.WriteAtomically(folder_ + "/" + name, text));
  }

  PosixFiles files_;
  Telemetry telemetry_;
  NotedLog log_;
  store::TempDirectory directory_;
  std::string folder_ = directory_.path() + "/ops";
  OpsWatch watch_{files_, folder_, telemetry_, log_};
  Mailbox<std::string> applied_;
};

TEST_F(OpsWatchTest, AFolderWithAMistakeChangesNothingAndSaysSo) {
  const auto first = watch_.LoadFirst();
  ASSERT_TRUE(first && *first);
  watch_.Start([this](auto folder) { applied_.Put(folder->digest); });
  const std::string good = *files_.ReadAll(folder_ + "/alarms.yml");
  Write("alarms.yml", "alarms: 7\n");
  watch_.Reload();
  ASSERT_TRUE(log_.messages_.Await([](const auto& messages) {
    return std::count(messages.begin(), messages.end(),
                      "mistake in the ops folder; the former one stays in force") > 0;
  }));
  EXPECT_FALSE(watch_.findings().empty());
  EXPECT_TRUE(applied_.all().empty());
  EXPECT_NE(telemetry_.Expose().find("hinomi_ops_folder_sound 0\n"), std::string::npos);
  Write("alarms.yml", good + "\n# better\n");
  watch_.Reload();
  ASSERT_TRUE(applied_.AwaitCount(1));
  EXPECT_NE(applied_.all()[0], (*first)->digest);
  EXPECT_NE(telemetry_.Expose().find("hinomi_ops_folder_sound 1\n"), std::string::npos);
}

TEST_F(OpsWatchTest, AReadingThatIsWaitedForTellsWhatIsInForceAndATryChangesNothing) {
  ASSERT_TRUE(watch_.LoadFirst());
  const auto in_force = watch_.state().in_force;
  watch_.Start([this](auto folder) { applied_.Put(folder->digest); });
  Write("alarms.yml", "alarms: [");
  const auto tried = watch_.Try();
  ASSERT_TRUE(tried);
  EXPECT_EQ(tried->folder, nullptr);
  ASSERT_TRUE(watch_.ReloadAndWait());
  const api::FolderState broken = watch_.state();
  EXPECT_EQ(broken.newest.folder, nullptr);
  EXPECT_EQ(broken.in_force, in_force) << "the former folder stays";
  EXPECT_NE(broken.newest.files, in_force);
  EXPECT_TRUE(applied_.all().empty());
}

}  // namespace
}  // namespace hinomi::app
