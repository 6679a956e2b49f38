#include "rules/evaluation.h"

#include <gmock/gmock.h>

#include <map>

#include "base/random.h"
#include "base/seed_testing.h"
#include "metrics/testing.h"
#include "rules/testing.h"

namespace hinomi::rules {
namespace {

using metrics::MakeLabels;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class EvaluationTest : public ::testing::Test {
 protected:
  /// Rules as the lines below `rules:`.
  void Use(const std::string& rules, const std::string& keys = "") {
    before_ = std::move(group_);
    group_ = std::make_unique<Group>(
        GroupsOf("groups:\n- name: g\n" + keys + "  rules:\n" + rules).front());
  }
  /// An evaluation at so many seconds.
  Round At(int64_t seconds, Writing writing = Writing::kAll) {
    Round round =
        Evaluate(*group_, Instant::FromSeconds(seconds), memory_, store_.world(clock_), writing);
    memory_ = round.memory;
    return round;
  }
  void Put(const std::string& name, const std::string& host, int64_t seconds, double value) {
    store_.Add(MakeLabels(name, {{"host", host}}), seconds * 1000, value);
  }
  void End(const std::string& name, const std::string& host, int64_t seconds) {
    Put(name, host, seconds, metrics::StaleMarker());
  }

  ManualClock clock_;
  RuleStore store_;
  std::unique_ptr<Group> before_, group_;
  Memory memory_;
};

TEST_F(EvaluationTest, TheResultGetsTheRulesNameAndLabels) {
  Use("  - {record: out, expr: in * 2, labels: {team: a, host: ''}}\n"
      "  - {record: number, expr: 1 + 1}\n");
  Put("in", "x", 60, 3);
  const Round round = At(60);
  EXPECT_TRUE(round.whole);
  EXPECT_THAT(store_.Lines("{__name__=~'out|number'}"),
              ElementsAre("number 2@60", "out{team=\"a\"} 6@60"));
  EXPECT_EQ(round.outcomes[0].series, 1u);
}

TEST_F(EvaluationTest, ALaterRuleSeesWhatAnEarlierOneGave) {
  Use("  - {record: a, expr: in}\n  - {record: b, expr: a + 1}\n  - {record: c, expr: "
      "'{__name__=\"b\"} + 1'}\n");
  Put("in", "x", 60, 3);
  At(60);
  EXPECT_THAT(store_.Lines("c"), ElementsAre("c{host=\"x\"} 5@60"));
}

TEST_F(EvaluationTest, RulesThatDoNotReadOneAnotherAreStoredTogether) {
  std::string rules;
  for (int i = 0; i < 100; ++i) rules += "  - {record: out" + std::to_string(i) + ", expr: in}\n";
  Use(rules);
  Put("in", "x", 60, 3);
  At(60);
  EXPECT_EQ(store_.batches(), 1u);
}

TEST_F(EvaluationTest, ASeriesThatIsGivenNoMoreEnds) {
  Use("  - {record: out, expr: in}\n  - {record: many, expr: count(out)}\n");
  Put("in", "x", 60, 1);
  Put("in", "y", 60, 2);
  At(60);
  End("in", "y", 90);
  At(120);
  EXPECT_THAT(store_.Lines("out"),
              ElementsAre("out{host=\"x\"} 1@60 1@120", "out{host=\"y\"} 2@60 stale@120"));
  // The rule behind it saw the end at once.
  EXPECT_THAT(store_.Lines("many"), ElementsAre("many 2@60 1@120"));
}

TEST_F(EvaluationTest, ASeriesThatMovesToAnotherRuleDoesNotEnd) {
  Use("  - {record: out, expr: b}\n  - {record: out, expr: a}\n  - {record: out, expr: c}\n");
  Put("a", "x", 60, 1);
  At(60);
  End("a", "x", 90);
  Put("b", "x", 90, 2);
  At(120);
  End("b", "x", 150);
  Put("c", "x", 150, 3);
  At(180);
  EXPECT_THAT(store_.Lines("out"), ElementsAre("out{host=\"x\"} 1@60 2@120 3@180"));
}

TEST_F(EvaluationTest, ARuleThatFailsFailsAloneAndItsSeriesStay) {
  Use("  - {record: one, expr: in}\n  - {record: same, expr: in, labels: {host: z}}\n"
      "  - {record: text, expr: '\"text\"'}\n",
      "  limit: 2\n");
  Put("in", "x", 60, 1);
  At(60);
  Put("in", "y", 90, 2);
  Round round = At(120);
  EXPECT_TRUE(round.outcomes[0].status.has_value());
  EXPECT_EQ(round.outcomes[1].status.error().message,
            "vector contains metrics with the same labelset after applying rule labels");
  EXPECT_EQ(round.outcomes[2].status.error().message, "rule result is not a vector or scalar");
  EXPECT_THAT(store_.Lines("same"), ElementsAre("same{host=\"z\"} 1@60"));
  Put("in", "z", 150, 2);
  round = At(180);
  EXPECT_EQ(round.outcomes[0].status.error().message, "exceeded limit of 2 with 3 series");
  EXPECT_THAT(store_.Lines("one"),
              ElementsAre("one{host=\"x\"} 1@60 1@120", "one{host=\"y\"} 2@120"));
}

TEST_F(EvaluationTest, TheOffsetMovesWhatIsReadAndTheTimeOfTheResult) {
  Use("  - {record: out, expr: in}\n", "  query_offset: 1m\n");
  Put("in", "x", 60, 1);
  Put("in", "x", 120, 2);
  At(120);
  EXPECT_THAT(store_.Lines("out"), ElementsAre("out{host=\"x\"} 1@60"));
  EXPECT_THAT(
      store_.Lines(kMarkMetric),
      ElementsAre("hinomi_rule_group_samples{job=\"hinomi\",rule_group=\"r.yml;g\"} 1@120"));
}

TEST_F(EvaluationTest, OfATimeThatHasPassedAlertingRulesAreLeftOut) {
  Use("  - {alert: A, expr: in > 0}\n  - {record: out, expr: in}\n");
  Put("in", "x", 60, 1);
  World past = store_.world(clock_);
  past.alerts = false;
  const Round round = Evaluate(*group_, Instant::FromSeconds(60), {}, past);
  EXPECT_FALSE(round.outcomes[0].evaluated);
  EXPECT_TRUE(round.whole);
  EXPECT_THAT(store_.Lines("ALERTS"), IsEmpty());
  EXPECT_THAT(store_.Lines("out"), ElementsAre("out{host=\"x\"} 1@60"));
}

TEST_F(EvaluationTest, WhatCannotBeStoredIsTheRulesErrorAndLeavesNoMark) {
  Use("  - {record: out, expr: in}\n");
  Put("in", "x", 60, 1);
  store_.SetFull(true);
  const Round round = At(60);
  EXPECT_FALSE(round.whole);
  EXPECT_EQ(round.outcomes[0].status.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(round.memory.given[0], IsEmpty());
  store_.SetFull(false);
  EXPECT_THAT(store_.Lines("{__name__!=\"in\",__name__!=\"\"}"), IsEmpty());
}

TEST_F(EvaluationTest, AStopEndsItBetweenTwoRules) {
  Use("  - {record: a, expr: in}\n  - {record: b, expr: in}\n");
  Put("in", "x", 60, 1);
  World world = store_.world(clock_);
  int asked = 0;
  world.stopping = [&] { return ++asked > 1; };
  const Round round = Evaluate(*group_, Instant::FromSeconds(60), {}, world);
  EXPECT_FALSE(round.whole);
  EXPECT_TRUE(round.outcomes[0].evaluated);
  EXPECT_FALSE(round.outcomes[1].evaluated);
  EXPECT_THAT(store_.Lines(kMarkMetric), IsEmpty());
}

TEST_F(EvaluationTest, OfAChangedGroupTheRulesThatStayGoOnAndTheOthersEnd) {
  Use("  - {record: stays, expr: in}\n  - {record: goes, expr: in}\n  - {record: moves, expr: "
      "in}\n");
  Put("in", "x", 60, 1);
  At(60);
  Use("  - {record: moves, expr: in * 2}\n  - {record: stays, expr: in}\n");
  memory_ = TakeOver(*before_, memory_, *group_);
  At(120);
  End("in", "x", 150);
  At(180);
  EXPECT_THAT(
      store_.Lines("{__name__=~'stays|goes|moves'}"),
      ElementsAre("goes{host=\"x\"} 1@60 stale@120", "moves{host=\"x\"} 1@60 2@120 stale@180",
                  "stays{host=\"x\"} 1@60 1@120 stale@180"));
}

TEST_F(EvaluationTest, WithEndsOnlyNothingIsWrittenButMarkers) {
  Use("  - {record: out, expr: in}\n");
  Put("in", "x", 60, 1);
  At(60, Writing::kEndsOnly);
  EXPECT_THAT(store_.Lines("out"), IsEmpty());
  End("in", "x", 90);
  At(120, Writing::kEndsOnly);
  EXPECT_THAT(store_.Lines("out"), ElementsAre("out{host=\"x\"} stale@120"));
  EXPECT_THAT(store_.Lines(kMarkMetric), IsEmpty());
}

/// Series with gaps and ends that nothing is known about beforehand.
void PutAnything(RuleStore& store, Random& random, int64_t until_seconds) {
  for (const char* host : {"a", "b", "c"}) {
    for (int64_t at = 0; at <= until_seconds; at += 15) {
      const uint64_t dice = random.Below(20);
      if (dice == 0) continue;
      const bool end = dice == 1;
      const double value = end ? metrics::StaleMarker() : static_cast<double>(random.Below(100));
      store.Add(MakeLabels("in", {{"host", host}}), at * 1000, value);
    }
  }
}

TEST(RecordedTest, IsWhatARangeQueryOfTheExpressionGives) {
  const uint64_t seed = FirstSeed();
  SCOPED_TRACE("HN_SEED=" + std::to_string(seed));
  const char* kExpressions[] = {"in",
                                "sum(in)",
                                "rate(in[1m])",
                                "in > 50",
                                "sum by (host) (count_over_time(in[45s]))",
                                "max_over_time(sum(in)[2m:30s])",
                                "absent(in{host=\"a\"})",
                                "time()"};
  for (uint64_t round = 0; round < 20; ++round) {
    Random random(seed + round);
    const char* expression = kExpressions[round % std::size(kExpressions)];
    RuleStore store;
    PutAnything(store, random, 1200);
    const ManualClock clock;
    policy::RuleGroupDocument document{.file = "f", .name = "g", .interval = Duration::Seconds(30)};
    document.rules.push_back({.record = "recorded", .expr = expression});
    const Group group(document);
    Memory memory;
    for (int64_t at = 300; at <= 1200; at += 30)
      memory = Evaluate(group, Instant::FromSeconds(at), memory, store.world(clock)).memory;

    // Read back step by step, the record is what the expression is: ends are seen as ends.
    const auto direct = promql::RangeQuery(store, expression, 300'000, 1'200'000, 30'000, {});
    const auto recorded = promql::RangeQuery(store, "recorded", 300'000, 1'200'000, 30'000, {});
    ASSERT_TRUE(direct.has_value() && recorded.has_value());
    std::map<metrics::Labels, std::vector<std::pair<int64_t, double>>> want, got;
    for (const promql::MatrixSeries& series : std::get<promql::Matrix>(direct->value)) {
      metrics::Labels labels = series.labels;
      labels.Set("__name__", "");
      for (const metrics::Sample& sample : series.samples)
        want[labels].emplace_back(sample.at_ms, sample.value);
    }
    for (const promql::MatrixSeries& series : std::get<promql::Matrix>(recorded->value)) {
      metrics::Labels labels = series.labels;
      labels.Set("__name__", "");
      for (const metrics::Sample& sample : series.samples)
        got[labels].emplace_back(sample.at_ms, sample.value);
    }
    EXPECT_EQ(want, got) << expression;
  }
}

}  // namespace
}  // namespace hinomi::rules
