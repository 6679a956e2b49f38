#include "control/backtest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "alarms/alarms.h"
#include "alarms/evaluator.h"
#include "alarms/periods.h"
#include "alarms/schedule.h"
#include "base/random.h"
#include "base/seed_testing.h"
#include "base/strings.h"
#include "policy/alert_rules.h"
#include "policy/find.h"

namespace hinomi::control {
namespace {

using ops_model::AlarmState;
using ops_model::Datapoint;

const Instant kStart = *ParseRfc3339("2026-11-24T00:00:00Z");

struct Sample {
  Instant at;
  Instant arrives;
  double value;
};
using History = std::map<std::string, std::vector<Sample>>;  ///< By metric, in the order of time.

/// Averages of what has arrived by `known`, newest period first.
std::vector<Datapoint> Points(const std::vector<Sample>& samples,
                              const policy::AlarmDocument& alarm, Instant at, Instant known) {
  const auto edges =
      alarms::PeriodEdges(alarm, at, alarms::EvaluationRange(alarm.evaluation_periods));
  std::vector<Datapoint> points;
  for (size_t i = edges.size() - 1; i > 0; --i) {
    double sum = 0;
    uint64_t count = 0;
    for (const Sample& sample : samples) {
      if (sample.arrives > known || sample.at < edges[i - 1] || sample.at >= edges[i]) continue;
      sum += sample.value;
      ++count;
    }
    Datapoint point;
    point.at = edges[i - 1];
    if (count > 0) point.value = sum / static_cast<double>(count);
    point.samples = count;
    points.push_back(point);
  }
  return points;
}

BacktestSource SourceOf(const History& history) {
  BacktestSource source;
  source.points = [&history](const policy::AlarmDocument& alarm, Instant at) {
    return Result<std::vector<Datapoint>>(
        Points(history.at(alarm.metric), alarm, at, Instant::Max()));
  };
  source.samples = [&history](const policy::AlarmDocument& alarm, Instant from, Instant to) {
    std::vector<Instant> times;
    for (const Sample& sample : history.at(alarm.metric))
      if (sample.at >= from && sample.at <= to) times.push_back(sample.at);
    return Result<std::vector<Instant>>(std::move(times));
  };
  return source;
}

/// A folder whose alarms act, with a history of their metrics.
class BacktestTest : public testing::Test {
 protected:
  BacktestTest() {
    folder_.routes.push_back({.action = "alert", .severity = "error"});
    folder_.server.time_zone = "UTC";
    options_.from = kStart;
    options_.to = kStart + Duration::Hours(1);
  }
  policy::AlarmDocument& Add(const std::string& name, double threshold) {
    policy::AlarmDocument alarm;
    alarm.name = alarm.metric = name;
    alarm.threshold = threshold;
    alarm.action = "alert";
    folder_.alarms.push_back(alarm);
    history_[name];
    return folder_.alarms.back();
  }
  /// A sample each 15 s of each minute between.
  void Fill(const std::string& metric, int from_minute, int to_minute, double value) {
    for (int second = from_minute * 60 + 5; second < to_minute * 60; second += 15) {
      const Instant at = kStart + Duration::Seconds(second);
      history_[metric].push_back({at, at, value});
    }
  }
  BacktestRun Run() {
    auto run = Backtest(folder_, SourceOf(history_), options_);
    EXPECT_TRUE(run);
    return *run;
  }
  std::string Moves(const BacktestRun& run) {
    std::string text;
    for (const BacktestMove& move : run.moves)
      text += move.moved.alarm + "=" + std::string(AlarmStateName(move.moved.to)) + "@" +
              std::to_string((move.at - kStart).seconds()) + " ";
    return text;
  }
  std::string States(const BacktestRun& run, const std::string& alarm) {
    std::string text;
    for (const BacktestState& state : run.alarms.at(alarm).states)
      text += std::string(AlarmStateName(state.state)) + "@" +
              std::to_string((state.at - kStart).seconds()) + " ";
    return text;
  }

  policy::OpsFolder folder_;
  History history_;
  BacktestOptions options_;
};

TEST_F(BacktestTest, SaysWhatWouldHaveHappenedWhen) {
  Add("cpu", 80);
  Fill("cpu", -1, 10, 10);
  Fill("cpu", 10, 20, 90);
  Fill("cpu", 20, 60, 10);
  const BacktestRun run = Run();
  // The mean of a minute reaches 80 with the fourth high sample.
  EXPECT_EQ(Moves(run), "cpu=ALARM@650 cpu=OK@1205 ");
  ASSERT_EQ(run.incidents.size(), 1u);
  EXPECT_EQ((run.incidents[0].resolved_at - run.incidents[0].opened_at).seconds(), 555);
  const BacktestSum& sum = run.alarms.at("cpu");
  EXPECT_EQ(sum.incidents, 1u);
  EXPECT_EQ(sum.in_alarm.seconds(), 555);
  EXPECT_GT(sum.evaluations, 240u);
}

TEST_F(BacktestTest, WhatStandsAtTheBeginningIsNoTransition) {
  Add("cpu", 80);
  Fill("cpu", -10, 5, 90);
  Fill("cpu", 5, 60, 10);
  const BacktestRun run = Run();
  EXPECT_EQ(Moves(run), "cpu=OK@305 ");
  EXPECT_TRUE(run.incidents.empty());
  EXPECT_EQ(States(run, "cpu"), "ALARM@0 OK@305 ");
  EXPECT_EQ(run.alarms.at("cpu").in_alarm.seconds(), 305);
}

TEST_F(BacktestTest, CompositeAlarmsSuppressorsAndMutesCountAsLive) {
  Add("cpu", 80).action = "";
  Add("host", 1).action = "";
  policy::AlarmDocument both;
  both.name = "both";
  both.rule = "ALARM(cpu)";
  both.parsed_rule = std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule(both.rule));
  both.suppressor = {"host", Duration::Minutes(2), Duration::Minutes(2)};
  both.action = "alert";
  folder_.alarms.push_back(both);
  Fill("cpu", 0, 10, 10);
  Fill("cpu", 10, 20, 90);
  Fill("cpu", 20, 60, 10);
  Fill("host", 0, 60, 0);
  BacktestRun run = Run();
  ASSERT_EQ(run.incidents.size(), 1u);
  EXPECT_EQ((run.incidents[0].opened_at - kStart).seconds(), 650 + 120);
  history_["host"].clear();
  Fill("host", 0, 10, 0);
  Fill("host", 10, 60, 1);
  EXPECT_TRUE(Run().incidents.empty());
  history_["host"].clear();
  Fill("host", 0, 60, 0);
  folder_.mute_rules.push_back(
      {"m", "", {"both"}, "cron(0 0 * * *)", "UTC", Duration::Minutes(15)});
  run = Run();
  ASSERT_EQ(run.incidents.size(), 1u);
  EXPECT_EQ((run.incidents[0].opened_at - kStart).seconds(), 900);
}

TEST_F(BacktestTest, PointsAreHeldAgainstTheirBandsAndNothingIsKnownWithoutOne) {
  policy::AlarmDocument& alarm = Add("cpu", 0);
  alarm.threshold_metric_id = "band";
  alarm.comparison = policy::Comparison::kAboveBand;
  Fill("cpu", -1, 60, 30);
  BacktestSource source = SourceOf(history_);
  // Nothing is known in the first ten minutes; then 40 is usual, and 20 from minute 30 on.
  source.points = [points = source.points](const policy::AlarmDocument& of, Instant at) {
    auto read = points(of, at);
    for (Datapoint& point : *read) {
      const int64_t minute = (point.at - kStart).seconds() / 60;
      if (minute >= 10) point.band = ops_model::Band{0, 10, minute < 30 ? 40.0 : 20.0};
    }
    return read;
  };
  source.no_band = [](const policy::AlarmDocument&, Instant) { return std::string("too new"); };
  options_.incidents_a_week = 1;
  const auto run = Backtest(folder_, source, options_);
  ASSERT_TRUE(run);
  EXPECT_EQ(Moves(*run), "cpu=OK@660 cpu=ALARM@1860 ");
  EXPECT_FALSE(run->alarms.at("cpu").threshold) << "it has none that could be another";
  EXPECT_EQ(run->moves.at(1).moved.datapoints.at(0).band, (ops_model::Band{0, 10, 20}));

  // The band goes, e.g. as its history was deleted: that is told, with the reason.
  source.points = [points = source.points](const policy::AlarmDocument& of, Instant at) {
    auto read = points(of, at);
    for (Datapoint& point : *read)
      if (point.at >= kStart + Duration::Minutes(40)) point.band.reset();
    return read;
  };
  const auto lost = Backtest(folder_, source, options_);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->moves.back().moved.reason_code, "no_band");
  EXPECT_TRUE(lost->moves.back().moved.reason.ends_with("no band to be held against: too new."))
      << lost->moves.back().moved.reason;
}

TEST_F(BacktestTest, TheThresholdThatWouldHaveBeenQuietEnoughIsFound) {
  Add("cpu", 50);
  for (int i = 0; i < 12; ++i) {
    Fill("cpu", i * 5, i * 5 + 3, 10);
    Fill("cpu", i * 5 + 3, i * 5 + 5, i == 7 ? 95 : 60 + i);
  }
  const double weeks = 1.0 / (7 * 24);
  options_.incidents_a_week = 1 / weeks;  // One in this hour.
  BacktestRun run = Run();
  EXPECT_EQ(run.alarms.at("cpu").incidents, 12u);
  ASSERT_TRUE(run.alarms.at("cpu").threshold);
  const double quiet = *run.alarms.at("cpu").threshold;
  EXPECT_GT(quiet, 70);
  folder_.alarms[0].threshold = quiet;
  EXPECT_LE(Run().alarms.at("cpu").incidents, 1u);
  options_.incidents_a_week = 0;
  EXPECT_GT(*Run().alarms.at("cpu").threshold, quiet);
}

TEST_F(BacktestTest, AThresholdIsFoundForEachAlarmOfAnIndexedFolder) {
  for (const char* name : {"an alarm before it", "cpu", "an alarm behind it"}) {
    Add(name, 50);
    Fill(name, 0, 60, 20);
  }
  Fill("cpu", 30, 32, 95);
  policy::IndexAlarms(folder_);
  options_.incidents_a_week = 0;
  const BacktestRun run = Run();
  EXPECT_EQ(run.alarms.at("cpu").incidents, 1u);
  EXPECT_GT(run.alarms.at("cpu").threshold.value(), 50);
  EXPECT_LT(run.alarms.at("an alarm behind it").threshold.value(), 50);
}

TEST_F(BacktestTest, TooMuchIsRefusedWithItsBound) {
  Add("cpu", 80);
  options_.most_evaluations = 10;
  const auto run = Backtest(folder_, SourceOf(history_), options_);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().message,
            "that would be more than 10 evaluations; take a shorter time or fewer alarms");
  options_.most_evaluations = 1000;
  BacktestSource source = SourceOf(history_);
  int asked = 0;
  source.go_on = [&asked]() -> Status {
    if (++asked < 20) return {};
    return Unavailable("enough");
  };
  EXPECT_EQ(Backtest(folder_, source, options_).error().message, "enough");
  EXPECT_EQ(asked, 20);
  std::swap(options_.from, options_.to);
  EXPECT_FALSE(Backtest(folder_, SourceOf(history_), options_));
}

TEST_F(BacktestTest, ContributorsOfAPromqlAlarmMoveAndOpenIncidentsOfTheirOwn) {
  policy::AlarmDocument disk;
  disk.name = "disk";
  disk.expr = "used > 90";
  disk.action = "alert";
  folder_.alarms.push_back(disk);
  policy::AlarmDocument any;
  any.name = "any";
  any.rule = "ALARM(disk)";
  any.parsed_rule = std::make_shared<const policy::AlarmRule>(*policy::ParseAlarmRule(any.rule));
  folder_.alarms.push_back(any);
  BacktestSource source = SourceOf(history_);
  source.alerts = [](const policy::OpsFolder&, const policy::AlarmDocument& alarm, Instant from,
                     Instant to, const TakeAlerts& take) -> Status {
    for (int minute = 0; from + Duration::Minutes(minute) <= to; ++minute) {
      std::optional<ops_model::AlertObservation> seen;
      const auto is = [&](int begin, int end) { return minute >= begin && minute < end; };
      if (!is(25, 30)) {  // Then the evaluation fails: nobody recovers by it.
        seen.emplace();
        seen->file = policy::kAlarmsFile;
        seen->alarm = seen->rule = alarm.name;
        seen->expr = alarm.expr;
        if (is(0, 5)) seen->active.push_back({.name = "{host=\"old\"}", .firing = true});
        if (is(10, 20)) seen->active.push_back({.name = "{host=\"a\"}", .firing = true});
        if (is(15, 40)) seen->active.push_back({.name = "{host=\"b\"}", .firing = true});
      }
      HN_TRY_VOID(take(from + Duration::Minutes(minute), std::move(seen)));
    }
    return {};
  };
  const auto run = Backtest(folder_, source, options_);
  ASSERT_TRUE(run);
  EXPECT_EQ(Moves(*run),
            "disk=OK@300 any=OK@300 disk=ALARM@600 any=ALARM@600 disk=ALARM@900 disk=OK@1200 "
            "disk=OK@2400 any=OK@2400 ");
  EXPECT_EQ(run->moves[4].contributor, "{host=\"b\"}");
  EXPECT_EQ(States(*run, "disk"), "ALARM@0 OK@300 ALARM@600 OK@2400 ");
  EXPECT_EQ(run->alarms.at("disk").incidents, 2u);
  EXPECT_EQ(run->alarms.at("disk").in_alarm, Duration::Minutes(5 + 30));
  EXPECT_EQ(run->alarms.at("any").in_alarm, Duration::Minutes(5 + 30));
  EXPECT_EQ(run->alarms.at("disk").evaluations, 61u);
  ASSERT_EQ(run->incidents.size(), 2u);
  EXPECT_EQ(run->incidents[1].resolved_at, kStart + Duration::Minutes(40));
  options_.most_evaluations = 10;
  EXPECT_FALSE(Backtest(folder_, source, options_));
}

/// The alarms as they go live: looked at when the schedule says so, with what has arrived by then.
std::string Live(const policy::OpsFolder& folder, const History& history, Instant from,
                 Instant to) {
  std::vector<std::pair<Instant, std::pair<std::string, Instant>>> arrivals;
  for (const auto& [metric, samples] : history)
    for (const Sample& sample : samples) arrivals.push_back({sample.arrives, {metric, sample.at}});
  std::sort(arrivals.begin(), arrivals.end());
  alarms::State state;
  alarms::Schedule schedule(folder.alarms);
  std::string moves;
  bool first = true;
  const auto look = [&](Instant now) {
    for (const alarms::Schedule::Due& due : schedule.TakeDue(now)) {
      const policy::AlarmDocument& alarm = folder.alarms[due.alarm];
      const ops_model::AlarmEvaluation input{
          alarm.name, Points(history.at(alarm.metric), alarm, due.at,
                             now + (first ? Duration::Seconds(1) : Duration()))};
      for (const auto& body : alarms::Decide(state, input, due.at, folder).events) {
        alarms::Apply(state, {1, due.at, "", body});
        const auto& moved = std::get<ops_model::AlarmTransitioned>(body);
        // What is found at first was in force before.
        if (first) continue;
        moves += moved.alarm + "=" + std::string(AlarmStateName(moved.to)) + "@" +
                 std::to_string((due.at - kStart).millis()) + "\n";
      }
    }
  };
  look(from);
  first = false;
  for (const auto& [arrives, what] : arrivals) {
    if (arrives < from) continue;
    while (*schedule.NextDue() <= arrives) look(*schedule.NextDue());
    schedule.Arrived(std::vector<std::pair<std::string, std::string>>{{"__name__", what.first}},
                     what.second, arrives);
  }
  while (*schedule.NextDue() <= to) look(*schedule.NextDue());
  return moves;
}

policy::AlarmDocument RandomAlarm(Random& random, const std::string& name) {
  policy::AlarmDocument alarm;
  alarm.name = alarm.metric = name;
  constexpr int64_t kPeriods[] = {10, 30, 60, 60, 300};
  alarm.period = Duration::Seconds(kPeriods[random.Below(5)]);
  alarm.evaluation_periods = static_cast<int>(random.Below(4)) + 1;
  alarm.datapoints_to_alarm =
      static_cast<int>(random.Below(static_cast<uint64_t>(alarm.evaluation_periods))) + 1;
  alarm.threshold = 5;
  alarm.comparison = static_cast<policy::Comparison>(random.Below(4));
  alarm.treat_missing_data = static_cast<policy::MissingData>(random.Below(4));
  return alarm;
}

/// Samples with gaps; they arrive within the time that is waited for.
std::vector<Sample> RandomSamples(Random& random, Instant from, Instant to) {
  std::vector<Sample> samples;
  const int64_t step = 1 + static_cast<int64_t>(random.Below(40));
  bool high = false;
  for (Instant t = from; t < to; t = t + Duration::Seconds(step)) {
    if (random.Below(10) == 0) high = !high;
    if (random.Below(20) == 0) t = t + Duration::Seconds(static_cast<int64_t>(random.Below(600)));
    const Instant at = t + Duration::Millis(static_cast<int64_t>(random.Below(500)));
    const double value = (high ? 6.0 : 4.0) + static_cast<double>(random.Below(3)) - 1;
    if (at >= to) break;
    samples.push_back({at, at + Duration::Millis(static_cast<int64_t>(random.Below(90))), value});
  }
  return samples;
}

// What the backtest says is what happened: the same points give the same transitions.
TEST(BacktestPropertyTest, TheBacktestSaysWhatHappenedLive) {
  Random random(FirstSeed());
  for (int round = 0; round < (Soak() ? 3000 : 100); ++round) {
    policy::OpsFolder folder;
    History history;
    const Instant from = kStart, to = kStart + Duration::Minutes(30);
    for (const char* name : {"a", "b"}) {
      folder.alarms.push_back(RandomAlarm(random, name));
      history[name] = RandomSamples(random, from - Duration::Hours(1), to - Duration::Seconds(5));
    }
    const std::string live = Live(folder, history, from, to);
    BacktestOptions options;
    options.from = from;
    options.to = to - Duration::Seconds(3);
    const auto run = Backtest(folder, SourceOf(history), options);
    ASSERT_TRUE(run);
    std::map<std::string, std::string> by_alarm[2];
    for (const BacktestMove& move : run->moves)
      by_alarm[0][move.moved.alarm] += move.moved.alarm + "=" +
                                       std::string(AlarmStateName(move.moved.to)) + "@" +
                                       std::to_string((move.at - kStart).millis()) + "\n";
    for (const std::string_view line : Split(live, '\n'))
      if (!line.empty())
        by_alarm[1][std::string(line.substr(0, line.find('=')))] += std::string(line) + "\n";
    ASSERT_EQ(by_alarm[0], by_alarm[1]) << "round " << round;
  }
}

}  // namespace
}  // namespace hinomi::control
