#include "rules/catch_up.h"

#include <gmock/gmock.h>

#include "rules/testing.h"

namespace hinomi::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "+60" for an evaluation that is made up for, "60" for one that is only looked at, "!" before
/// it where it begins anew; seconds after the grid's first time.
class MissedStepsTest : public ::testing::Test {
 protected:
  Grid grid_{"r.yml;g", Duration::Minutes(1)};
  Instant zero_ = grid_.AtOrBefore(Instant::FromSeconds(1'000'000));

  Instant At(int64_t seconds) const { return zero_ + Duration::Seconds(seconds); }
  std::vector<std::string> Missed(const std::vector<int64_t>& marks, bool before_window,
                                  int64_t from, int64_t until) const {
    Evaluated evaluated;
    evaluated.before_window = before_window;
    for (const int64_t mark : marks) evaluated.at_ms.push_back(At(mark).millis());
    std::vector<std::string> steps;
    for (const CatchUpStep& step : MissedSteps(grid_, evaluated, At(from), At(until))) {
      steps.push_back((step.first ? "!" : "") +
                      std::string(step.writing == Writing::kAll ? "+" : "") +
                      std::to_string((step.at - zero_).seconds()));
    }
    return steps;
  }
};

TEST_F(MissedStepsTest, AGroupThatIsNewHasMissedNothing) {
  EXPECT_THAT(Missed({}, false, 0, 600), IsEmpty());
}

TEST_F(MissedStepsTest, NothingIsMissedWhereEveryTimeHasItsMark) {
  EXPECT_THAT(Missed({0, 60, 120, 180}, true, 0, 181), IsEmpty());
}

TEST_F(MissedStepsTest, AGapHasTheEvaluationsAroundItLookedAt) {
  EXPECT_THAT(Missed({0, 60}, false, 0, 241), ElementsAre("!60", "+120", "+180", "+240", "300"));
  EXPECT_THAT(Missed({0, 180, 240}, false, 0, 241), ElementsAre("!0", "+60", "+120", "180"));
}

TEST_F(MissedStepsTest, OfTwoGapsEachBeginsAnew) {
  EXPECT_THAT(Missed({0, 120}, false, 0, 181),
              ElementsAre("!0", "+60", "120", "!120", "+180", "240"));
}

TEST_F(MissedStepsTest, WhatIsOlderThanTheWindowStaysMissed) {
  EXPECT_THAT(Missed({}, true, 120, 241), ElementsAre("!+120", "+180", "+240", "300"));
}

TEST_F(MissedStepsTest, AnotherIntervalBeforeDoesNotCountAsAGap) {
  EXPECT_THAT(Missed({10, 40, 70, 100, 130, 160}, true, 0, 170), IsEmpty());
}

TEST(ReadMarksTest, AGroupThatWasTakenOutIsKnownFromItsReturnOn) {
  RuleStore store;
  const auto mark = [&](const std::string& key, int64_t seconds, double value) {
    store.Add(metrics::Labels({{"__name__", kMarkMetric}, {"job", "hinomi"}, {"rule_group", key}}),
              seconds * 1000, value);
  };
  mark("old", 10, 1);
  mark("old", 160, 1);
  mark("back", 10, 1);
  mark("back", 110, 1);
  mark("back", 130, metrics::StaleMarker());
  mark("back", 160, 1);
  const auto marks = ReadMarks(store, Instant::FromSeconds(100), Instant::FromSeconds(200));
  ASSERT_TRUE(marks.has_value());
  EXPECT_TRUE(marks->at("old").before_window);
  EXPECT_THAT(marks->at("old").at_ms, ElementsAre(160'000));
  EXPECT_FALSE(marks->at("back").before_window);
  EXPECT_THAT(marks->at("back").at_ms, ElementsAre(160'000));
}

}  // namespace
}  // namespace hinomi::rules
