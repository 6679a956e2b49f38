// Random alarms over random points, with gaps, points that arrive late, evaluations that are left
// out and restarts: what is published is what somebody says who knows CloudWatch's rules and
// begins anew each time.
#include <gtest/gtest.h>

#include "alarms/alarms.h"
#include "alarms/evaluator.h"
#include "base/random.h"
#include "base/seed_testing.h"
#include "policy/find.h"

namespace hinomi::alarms {
namespace {

using ops_model::AlarmState;
using policy::MissingData;

const Instant kBookBegin = Instant::FromSeconds(1'700'000'000);

struct BookPoint {
  std::optional<double> value;
  int arrives = 0;  ///< With which evaluation it is there.
};

/// The user guide, "Evaluating an alarm" and "How alarm state is evaluated when data is missing",
/// in its own order; `ages` 1 is the newest period.
AlarmState ByTheBook(const policy::AlarmDocument& alarm, AlarmState present,
                     const std::vector<BookPoint>& points, int newest, int known) {
  const int n = alarm.evaluation_periods, m = alarm.datapoints_to_alarm;
  const auto value_at = [&](int age) -> std::optional<double> {
    const int i = newest - (age - 1);
    if (i < 0 || points[static_cast<size_t>(i)].arrives > known) return std::nullopt;
    return points[static_cast<size_t>(i)].value;
  };
  int real = 0, bad = 0, oldest = 0;
  const int range = n + (n / 3 > 2 ? n / 3 : 2);
  for (int age = 1; age <= range && real < n; ++age) {
    const auto value = value_at(age);
    if (!value) continue;
    ++real;
    oldest = age;
    bad += *value > alarm.threshold ? 1 : 0;
  }
  const int missing = n - real;
  const auto by_count = [m](int count) {
    return count >= m ? AlarmState::kAlarm : AlarmState::kOk;
  };
  switch (alarm.treat_missing_data) {
    case MissingData::kBreaching:
      return by_count(bad + missing);
    case MissingData::kNotBreaching:
      return by_count(bad);
    case MissingData::kMissing:
      if (real == 0) return AlarmState::kInsufficientData;
      break;
    case MissingData::kIgnore:
      if (real == 0) return present;
      break;
  }
  // Good points, or as many as are asked for, speak for themselves.
  if (missing == 0 || bad < real) return by_count(bad);
  // Only bad ones: an alarm too early is avoided.
  if (alarm.treat_missing_data == MissingData::kMissing && oldest >= m) return AlarmState::kAlarm;
  return present;
}

policy::AlarmDocument RandomBookAlarm(Random& random) {
  policy::AlarmDocument alarm;
  alarm.name = alarm.metric = "a";
  alarm.threshold = 5;
  alarm.comparison = policy::Comparison::kGreaterThan;
  alarm.evaluation_periods = static_cast<int>(random.Below(8)) + 1;
  alarm.datapoints_to_alarm =
      static_cast<int>(random.Below(static_cast<uint64_t>(alarm.evaluation_periods))) + 1;
  alarm.treat_missing_data = static_cast<MissingData>(random.Below(4));
  alarm.flap_detection = random.Below(2) == 0;
  alarm.action = random.Below(2) == 0 ? "alert" : "";
  return alarm;
}

std::vector<BookPoint> RandomBookPoints(Random& random, int count) {
  std::vector<BookPoint> points;
  const uint64_t gaps = random.Below(10);
  bool bad = false, silent = false;
  for (int i = 0; i < count; ++i) {
    if (random.Below(4) == 0) bad = !bad;
    if (random.Below(10) < gaps) silent = !silent;
    BookPoint& point = points.emplace_back();
    point.arrives = i + (random.Below(8) == 0 ? static_cast<int>(random.Below(5)) : 0);
    if (!silent) point.value = bad ? 9 : 1;
  }
  return points;
}

TEST(EvaluationPropertyTest, WhatIsPublishedIsWhatTheBookSaysEachTime) {
  Random random(FirstSeed());
  const int wanted = Soak() ? 3'000'000 : 100'000;
  int evaluations = 0;
  while (evaluations < wanted) {
    policy::OpsFolder folder;
    folder.server.observe_new_alarms = Duration();
    folder.alarms.push_back(RandomBookAlarm(random));
    const policy::AlarmDocument& alarm = folder.alarms.front();
    policy::IndexAlarms(folder);
    constexpr int kPeriods = 50;
    const std::vector<BookPoint> points = RandomBookPoints(random, kPeriods);
    State state;
    uint64_t sequence = 0;
    const auto fold = [&](ops_model::EventBody body, Instant at) {
      Apply(state, {++sequence, at, "hinomi", std::move(body)});
    };
    fold(ops_model::OpsLoaded{"d", {"a"}}, kBookBegin);
    AlarmState expected = AlarmState::kInsufficientData;
    for (int i = 0; i < kPeriods; ++i) {
      if (random.Below(10) == 0) continue;  // Nobody looked: the server was down.
      const Instant now = kBookBegin + Duration::Minutes(i + 1);
      ops_model::AlarmEvaluation evaluation{"a", {}};
      for (int back = 0; back < PeriodsLookedAt(alarm); ++back) {
        ops_model::Datapoint point;
        point.at = now - Duration::Minutes(back + 1);
        if (i >= back && points[static_cast<size_t>(i - back)].arrives <= i)
          point.value = points[static_cast<size_t>(i - back)].value;
        evaluation.datapoints.push_back(point);
      }
      for (ops_model::EventBody& body : Decide(state, evaluation, now, folder).events)
        fold(std::move(body), now);
      expected = ByTheBook(alarm, expected, points, i, i);
      ASSERT_EQ(state.alarms.at("a").state, expected)
          << alarm.datapoints_to_alarm << " of " << alarm.evaluation_periods << ", "
          << policy::MissingDataName(alarm.treat_missing_data) << ", period " << i << ", after "
          << evaluations << " evaluations";
      if (random.Below(20) == 0) state = Load(Save(state));
      ++evaluations;
    }
  }
}

}  // namespace
}  // namespace hinomi::alarms
