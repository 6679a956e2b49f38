#include "alarms/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/strings.h"

namespace hinomi::alarms {
namespace {

using ops_model::Datapoint;
using policy::Comparison;
using policy::MissingData;

const Instant kNow = *ParseRfc3339("2026-11-24T03:12:00Z");

/// "0 - X": old to new, as the guide writes them; X breaches a threshold of 1.
std::vector<Datapoint> Points(std::string_view text) {
  std::vector<Datapoint> points;
  for (const std::string_view mark : Split(text, ' ')) {
    Datapoint point;
    if (mark != "-") point.value = mark == "X" ? 10 : 0;
    points.insert(points.begin(), point);
  }
  for (size_t i = 0; i < points.size(); ++i)
    points[i].at = kNow - Duration::Minutes(static_cast<int64_t>(i));
  return points;
}

policy::AlarmDocument Alarm(int m, int n, MissingData mode) {
  policy::AlarmDocument alarm;
  alarm.name = "a";
  alarm.threshold = 1;
  alarm.datapoints_to_alarm = m;
  alarm.evaluation_periods = n;
  alarm.treat_missing_data = mode;
  return alarm;
}

std::string StateText(const Verdict& verdict) {
  return verdict.state ? std::string(ops_model::AlarmStateName(*verdict.state)) : "RETAIN";
}

constexpr std::pair<const char*, MissingData> kModes[] = {
    {"missing", MissingData::kMissing},
    {"ignore", MissingData::kIgnore},
    {"breaching", MissingData::kBreaching},
    {"notBreaching", MissingData::kNotBreaching},
};

TEST(EvaluatorTest, MissingDataIsTreatedAsInEveryRowOfTheTable) {
  std::ifstream file(HN_SOURCE_DIR "/src/alarms/testdata/missing-data-rows.json");
  std::stringstream text;
  text << file.rdbuf();
  const Result<Json> document = Json::Parse(text.str());
  ASSERT_TRUE(document.has_value());
  int checked = 0;
  for (const Json& row : (*document)["rows"].as_array()) {
    const auto m = static_cast<int>(row["datapoints_to_alarm"].as_int());
    const auto n = static_cast<int>(row["evaluation_periods"].as_int());
    for (const auto& [name, mode] : kModes) {
      const Verdict verdict = Evaluate(Alarm(m, n, mode), Points(row["points"].as_string()));
      EXPECT_EQ(StateText(verdict), row["expect"][name].as_string())
          << row["points"].as_string() << " " << m << " of " << n << " " << name;
      ++checked;
    }
  }
  EXPECT_EQ(checked, 60);
}

// The guide's two tables whole, and what follows from its rules at the edges.
TEST(EvaluatorTest, MissingDataIsTreatedAsTheGuideSays) {
  struct Row {
    int m;
    const char* points;
    const char* expect[4];  ///< missing, ignore, breaching, notBreaching
  };
  const Row rows[] = {
      {3, "0 - X - X", {"OK", "OK", "OK", "OK"}},
      {3, "0 - - - -", {"OK", "OK", "OK", "OK"}},
      {3, "- - - - -", {"INSUFFICIENT_DATA", "RETAIN", "ALARM", "OK"}},
      {3, "0 X X - X", {"ALARM", "ALARM", "ALARM", "ALARM"}},
      {3, "- - X - -", {"ALARM", "RETAIN", "ALARM", "OK"}},
      {2, "0 - X - X", {"ALARM", "ALARM", "ALARM", "ALARM"}},
      {2, "0 0 X 0 X", {"ALARM", "ALARM", "ALARM", "ALARM"}},
      {2, "0 - X - -", {"OK", "OK", "ALARM", "OK"}},
      {2, "- - - - 0", {"OK", "OK", "ALARM", "OK"}},
      {2, "- - - X -", {"ALARM", "RETAIN", "ALARM", "OK"}},
      // More real points than N: the older ones have no vote.
      {2, "X X 0 0 0", {"OK", "OK", "OK", "OK"}},
      // Too early to alarm, and not one good point to be OK with.
      {3, "- - - - X", {"RETAIN", "RETAIN", "ALARM", "OK"}},
      {3, "- - - X -", {"RETAIN", "RETAIN", "ALARM", "OK"}},
      {1, "0 0 0 - X", {"ALARM", "ALARM", "ALARM", "ALARM"}},
  };
  for (const Row& row : rows)
    for (size_t i = 0; i < 4; ++i)
      EXPECT_EQ(StateText(Evaluate(Alarm(row.m, 3, kModes[i].second), Points(row.points))),
                row.expect[i])
          << row.points << " " << row.m << " of 3 " << kModes[i].first;
}

TEST(EvaluatorTest, APercentileNeedsSamplesByHowFarOutItIs) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"p99", 1000}, {"p99.9", 10'000}, {"p95", 200}, {"p90", 100}, {"p50", 20},   {"p10", 100},
      {"p1", 1000},  {"p0", 0},         {"p100", 0},  {"tm99", 0},  {"Average", 0}};
  for (const auto& [statistic, needed] : cases)
    EXPECT_EQ(SamplesNeeded(statistic), needed) << statistic;
}

TEST(EvaluatorTest, APercentileOfTooFewSamplesKeepsTheStateWhereThatIsWished) {
  policy::AlarmDocument alarm = Alarm(1, 1, MissingData::kMissing);
  alarm.statistic = "p90";
  std::vector<Datapoint> points = Points("X X");
  points[0].samples = 99;
  points[1].samples = 100;
  EXPECT_EQ(StateText(Evaluate(alarm, points)), "ALARM");
  alarm.ignore_low_samples = true;
  const Verdict verdict = Evaluate(alarm, points);
  EXPECT_EQ(StateText(verdict), "RETAIN");
  EXPECT_EQ(verdict.reason_code, "too_few_samples");
  EXPECT_EQ(verdict.reason, "Too few samples: a period has 99, p90 needs 100.");
  points[0].samples = 100;  // The older one is not looked at.
  points[1].samples = 1;
  EXPECT_EQ(StateText(Evaluate(alarm, points)), "ALARM");
  // Nothing at all is a matter of missing data.
  EXPECT_EQ(StateText(Evaluate(alarm, Points("- - -"))), "INSUFFICIENT_DATA");
}

TEST(EvaluatorTest, LooksAtNoMoreThanTheEvaluationRange) {
  EXPECT_EQ(EvaluationRange(1), 3);
  EXPECT_EQ(EvaluationRange(3), 5);
  EXPECT_EQ(EvaluationRange(10), 13);
  const Verdict beyond = Evaluate(Alarm(1, 1, MissingData::kMissing), Points("X - - -"));
  EXPECT_EQ(StateText(beyond), "INSUFFICIENT_DATA");
  const Verdict inside = Evaluate(Alarm(1, 1, MissingData::kMissing), Points("X - -"));
  EXPECT_EQ(StateText(inside), "ALARM");
}

TEST(EvaluatorTest, TheValueStandsLeftOfTheOperator) {
  struct Case {
    Comparison comparison;
    bool below, equal, above;
  };
  const Case cases[] = {
      {Comparison::kGreaterThanOrEqual, false, true, true},
      {Comparison::kGreaterThan, false, false, true},
      {Comparison::kLessThan, true, false, false},
      {Comparison::kLessThanOrEqual, true, true, false},
  };
  policy::AlarmDocument alarm;
  alarm.threshold = 80;
  for (const Case& c : cases) {
    alarm.comparison = c.comparison;
    EXPECT_EQ(Breaches(alarm, Datapoint{kNow, 79.9}), c.below);
    EXPECT_EQ(Breaches(alarm, Datapoint{kNow, 80}), c.equal);
    EXPECT_EQ(Breaches(alarm, Datapoint{kNow, 80.1}), c.above);
  }
}

constexpr ops_model::Band kBand{10, 15, 20};

policy::AlarmDocument BandAlarm(int m, int n, MissingData mode) {
  policy::AlarmDocument alarm = Alarm(m, n, mode);
  alarm.threshold_metric_id = "band";
  alarm.comparison = Comparison::kOutsideBand;
  return alarm;
}

/// As `Points`, in a band of 10 to 20: X lies above it, 0 inside, ? has a value and no band.
std::vector<Datapoint> BandPoints(std::string_view text) {
  std::vector<Datapoint> points = Points(text);
  const auto marks = Split(text, ' ');
  for (size_t i = 0; i < points.size(); ++i) {
    const std::string_view mark = marks[marks.size() - 1 - i];
    if (points[i].value) points[i].value = mark == "X" ? 25 : 15;
    if (mark != "?") points[i].band = kBand;
  }
  return points;
}

TEST(EvaluatorTest, APointIsHeldAgainstItsOwnBand) {
  struct Case {
    Comparison comparison;
    bool below, lower, inside, upper, above;
  };
  const Case cases[] = {
      {Comparison::kOutsideBand, true, false, false, false, true},
      {Comparison::kBelowBand, true, false, false, false, false},
      {Comparison::kAboveBand, false, false, false, false, true},
  };
  policy::AlarmDocument alarm = BandAlarm(1, 1, MissingData::kMissing);
  for (const Case& c : cases) {
    alarm.comparison = c.comparison;
    const std::pair<double, bool> values[] = {
        {9.9, c.below}, {10, c.lower}, {15, c.inside}, {20, c.upper}, {20.1, c.above}};
    for (const auto& [value, expected] : values)
      EXPECT_EQ(Breaches(alarm, {kNow, value, 0, kBand}), expected) << value;
    EXPECT_FALSE(Breaches(alarm, {kNow, 99.0})) << "nobody knows its band";
    EXPECT_FALSE(Breaches(alarm, {kNow, std::nullopt, 0, kBand}));
  }
  // The same value a minute later, when more is usual.
  std::vector<Datapoint> points = {{kNow, 25.0, 0, ops_model::Band{20, 25, 30}},
                                   {kNow - Duration::Minutes(1), 25.0, 0, kBand}};
  alarm = BandAlarm(2, 2, MissingData::kMissing);
  EXPECT_EQ(StateText(Evaluate(alarm, points)), "OK");
  alarm.datapoints_to_alarm = 1;
  EXPECT_EQ(StateText(Evaluate(alarm, points)), "ALARM");
}

TEST(EvaluatorTest, WithABandMissingDataIsTreatedAsWithAThreshold) {
  for (const char* points : {"0 - X - X", "0 - - - -", "- - - - -", "0 X X - X", "- - X - -",
                             "0 X - - -", "- - - - 0", "- - - X -"})
    for (const auto& [name, mode] : kModes)
      for (const int m : {1, 2, 3})
        EXPECT_EQ(StateText(Evaluate(BandAlarm(m, 3, mode), BandPoints(points))),
                  StateText(Evaluate(Alarm(m, 3, mode), Points(points))))
            << points << " " << m << " of 3 " << name;
}

TEST(EvaluatorTest, WithoutABandNothingIsKnownWhateverIsSaidOfMissingData) {
  const char* expected[] = {"INSUFFICIENT_DATA", "RETAIN", "INSUFFICIENT_DATA",
                            "INSUFFICIENT_DATA"};
  for (size_t i = 0; i < 4; ++i) {
    const Verdict verdict =
        Evaluate(BandAlarm(1, 2, kModes[i].second), BandPoints("- ? - ?"), "too little data");
    EXPECT_EQ(StateText(verdict), expected[i]) << kModes[i].first;
    EXPECT_EQ(verdict.reason_code, "no_band");
    EXPECT_EQ(verdict.reason,
              "Insufficient Data: 2 datapoints have no band to be held against: too little data.");
  }
  EXPECT_EQ(Evaluate(BandAlarm(1, 1, MissingData::kMissing), BandPoints("- - ?")).reason,
            "Insufficient Data: 1 datapoint has no band to be held against.");
  // Where the model has just begun to know enough, what came before counts neither way.
  EXPECT_EQ(StateText(Evaluate(BandAlarm(1, 2, MissingData::kBreaching), BandPoints("? ? ? 0"))),
            "OK");
  EXPECT_EQ(StateText(Evaluate(BandAlarm(2, 2, MissingData::kBreaching), BandPoints("? ? - X"))),
            "RETAIN");
}

TEST(EvaluatorTest, ReasonsNameTheBoundsOfEachPoint) {
  policy::AlarmDocument alarm = BandAlarm(1, 1, MissingData::kMissing);
  std::vector<Datapoint> points = {{kNow, 25.0, 0, ops_model::Band{10.1234567, 15, 20}}};
  EXPECT_EQ(Evaluate(alarm, points).reason,
            "Thresholds Crossed: 1 datapoint [25.0 (24/11/26 03:12:00)] was less than the lower "
            "thresholds [10.1235] or greater than the upper thresholds [20.0].");
  points[0].value = 12;
  alarm.comparison = Comparison::kAboveBand;
  EXPECT_EQ(Evaluate(alarm, points).reason,
            "Thresholds Crossed: 1 datapoint [12.0 (24/11/26 03:12:00)] was not greater than the "
            "upper thresholds [20.0].");
  alarm = BandAlarm(2, 2, MissingData::kMissing);
  alarm.comparison = Comparison::kBelowBand;
  points = {{kNow, 1.0, 0, kBand},
            {kNow - Duration::Minutes(1), 2.0, 0, ops_model::Band{11, 15, 20}}};
  EXPECT_EQ(Evaluate(alarm, points).reason,
            "Thresholds Crossed: 2 out of the last 2 datapoints [1.0 (24/11/26 03:12:00), 2.0 "
            "(24/11/26 03:11:00)] were less than the lower thresholds [10.0, 11.0] (minimum 2 "
            "datapoints for OK -> ALARM transition).");
}

TEST(EvaluatorTest, NotANumberIsAMissingPoint) {
  std::vector<Datapoint> points = Points("0");
  points[0].value = std::nan("");
  EXPECT_EQ(StateText(Evaluate(Alarm(1, 1, MissingData::kMissing), points)), "INSUFFICIENT_DATA");
}

TEST(EvaluatorTest, ReasonsAreWrittenAsCloudWatchWritesThem) {
  struct Case {
    int m, n;
    MissingData mode;
    const char* points;
    const char* reason;
    const char* code;
  };
  const Case cases[] = {
      {1, 1, MissingData::kMissing, "X",
       "Threshold Crossed: 1 datapoint [10.0 (24/11/26 03:12:00)] was greater than or equal to the "
       "threshold (1.0).",
       "threshold_crossed"},
      {1, 1, MissingData::kMissing, "0",
       "Threshold Crossed: 1 datapoint [0.0 (24/11/26 03:12:00)] was not greater than or equal to "
       "the threshold (1.0).",
       "threshold_not_crossed"},
      {2, 2, MissingData::kMissing, "X X",
       "Threshold Crossed: 2 out of the last 2 datapoints [10.0 (24/11/26 03:12:00), 10.0 "
       "(24/11/26 03:11:00)] were greater than or equal to the threshold (1.0) (minimum 2 "
       "datapoints for OK -> ALARM transition).",
       "threshold_crossed"},
      {2, 2, MissingData::kMissing, "X 0",
       "Threshold Crossed: 1 out of the last 2 datapoints [0.0 (24/11/26 03:12:00)] was not "
       "greater "
       "than or equal to the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).",
       "threshold_not_crossed"},
      {2, 2, MissingData::kBreaching, "- - - -",
       "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were "
       "treated as [Breaching].",
       "missing_data_breaching"},
      {1, 1, MissingData::kNotBreaching, "- - -",
       "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
       "treated as [NonBreaching].",
       "missing_data_not_breaching"},
      {2, 3, MissingData::kBreaching, "X - -",
       "Threshold Crossed: 1 datapoint [10.0 (24/11/26 03:10:00)] was greater than or equal to the "
       "threshold (1.0) and 2 missing datapoints were treated as [Breaching].",
       "missing_data_breaching"},
      {2, 3, MissingData::kBreaching, "0 - -",
       "Threshold Crossed: 2 missing datapoints were treated as [Breaching].",
       "missing_data_breaching"},
      {2, 2, MissingData::kMissing, "- -", "Insufficient Data: 2 datapoints were unknown.",
       "no_data"},
  };
  for (const Case& c : cases) {
    const Verdict verdict = Evaluate(Alarm(c.m, c.n, c.mode), Points(c.points));
    EXPECT_EQ(verdict.reason, c.reason) << c.points;
    EXPECT_EQ(verdict.reason_code, c.code) << c.points;
  }
}

}  // namespace
}  // namespace hinomi::alarms
