#include "rules/manager.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/random.h"
#include "base/seed_testing.h"
#include "base/strings.h"
#include "metrics/testing.h"
#include "rules/life_testing.h"

namespace hinomi::rules {
namespace {

using metrics::MakeLabels;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kCopy = "groups:\n- name: g\n  rules:\n  - {record: out, expr: in}\n";

/// The values of a series, without their times.
std::vector<double> ValuesOf(const RuleStore& store, const std::string& selector) {
  const auto selected = store.Select(*promql::ParseSelector(selector), 0, INT64_MAX / 2, {});
  return selected->empty() ? std::vector<double>() : selected->front().values;
}

TEST(ManagerTest, EveryGroupIsEvaluatedOnItsOwnGrid) {
  RuleStore store;
  Life life(store);
  store.Add(MakeLabels("in"), 1'000'000'000, 7);
  life.Start(
      "groups:\n- {name: a, interval: 30s, rules: [{record: out_a, expr: in}]}\n"
      "- {name: b, rules: [{record: out_b, expr: in}]}\n"
      "- {name: c, rules: [{alert: C, expr: in}]}\n");
  life.Pass(240);
  EXPECT_THAT(ValuesOf(store, "out_a"), SizeIs(8));
  EXPECT_THAT(ValuesOf(store, "out_b"), SizeIs(4));
  const auto groups = life.manager->Groups();
  ASSERT_THAT(groups, SizeIs(3));
  EXPECT_EQ(groups[0].rules->front().health, Health::kOk);
  EXPECT_EQ(groups[2].rules->front().health, Health::kOk);
  EXPECT_THAT(*groups[2].alerts.front(), SizeIs(1));
  EXPECT_EQ(life.Metric("hinomi_rule_group_alerts_firing{rule_group=\"r.yml;c\"}"), 1);
  EXPECT_EQ(life.Metric("hinomi_rule_alerting_rules_not_run"), 0);
  EXPECT_EQ(life.Metric("hinomi_rule_evaluations_total{rule_group=\"r.yml;a\"}"), 8);
}

TEST(ManagerTest, GroupsFallDueAtTimesThatTheirNamesDecide) {
  const Grid one("r.yml;one", Duration::Minutes(1)), two("r.yml;two", Duration::Minutes(1));
  const Instant now = Instant::FromSeconds(1'000'000);
  EXPECT_NE(one.After(now), two.After(now));
  EXPECT_EQ(one.After(now), Grid("r.yml;one", Duration::Minutes(1)).After(now));
  EXPECT_EQ(one.After(one.After(now)), one.After(now) + Duration::Minutes(1));
  EXPECT_EQ(one.AtOrBefore(one.After(now)), one.After(now));
  EXPECT_EQ(one.After(now).nanos() % 1'000'000, 0);
}

TEST(ManagerTest, GroupsThatFallDueShortlyAfterOneAnotherAreLookedAtTogether) {
  RuleStore store;
  Life life(store);
  std::string groups = "groups:\n";
  for (int i = 0; i < 100; ++i)
    groups += "- {name: g" + std::to_string(i) + ", interval: 10s, rules: [{record: out_" +
              std::to_string(i) + ", expr: in}]}\n";
  life.Start(groups);
  (void)life.manager->TakeDue();
  int looks = 0;
  size_t tasks = 0;
  const Instant end = life.clock_.Now() + Duration::Seconds(10);
  while (life.clock_.Now() < end) {
    const Instant next = life.manager->TakeDue().next;
    life.clock_.Advance(next - life.clock_.Now());
    const Manager::Due due = life.manager->TakeDue();
    for (const Manager::Task& task : due.tasks) task();
    tasks += due.tasks.size();
    ++looks;
  }
  EXPECT_GE(tasks, 100u);
  EXPECT_LE(looks, 21) << "a look each half second, and not each group its own";
}

TEST(ManagerTest, AGroupThatOverrunsMissesTimesAndDoesNotRunTwiceAtOnce) {
  RuleStore store;
  Life life(store);
  life.Start(kCopy);
  life.clock_.Advance(Duration::Minutes(1));
  const Manager::Due first = life.manager->TakeDue();
  ASSERT_THAT(first.tasks, SizeIs(1));
  life.clock_.Advance(Duration::Seconds(210));
  EXPECT_THAT(life.manager->TakeDue().tasks, IsEmpty());
  first.tasks[0]();
  EXPECT_THAT(life.manager->TakeDue().tasks, SizeIs(1));
  EXPECT_EQ(life.Metric("hinomi_rule_group_iterations_total"), 4);
  EXPECT_EQ(life.Metric("hinomi_rule_group_iterations_missed_total"), 2);
}

TEST(ManagerTest, AClockThatWasSetBackDoesNotStopTheRules) {
  RuleStore store;
  Life life(store);
  life.Start(kCopy);
  life.Pass(120);
  life.clock_.JumpWall(Instant::FromSeconds(500'000));
  store.Add(MakeLabels("in"), 500'000'000, 3);
  life.Pass(120);
  EXPECT_THAT(ValuesOf(store, "out"), SizeIs(2));
}

TEST(ManagerTest, ARuleThatFailsIsShownWithItsError) {
  RuleStore store;
  Life life(store);
  life.Start("groups:\n- name: g\n  rules:\n  - {record: out, expr: '\"text\"'}\n");
  life.Pass(61);
  const auto rules = life.manager->Groups()[0].rules;
  EXPECT_EQ(rules->front().health, Health::kErr);
  EXPECT_THAT(rules->front().last_error, HasSubstr("not a vector or scalar"));
  EXPECT_EQ(life.Metric("hinomi_rule_evaluation_failures_total"), 1);
}

TEST(ManagerTest, TheSeriesOfAGroupThatIsGoneEndUnlessAnotherGivesThem) {
  RuleStore store;
  Life life(store);
  for (int64_t at = 1'000'000; at < 1'001'000; at += 60) store.Add(MakeLabels("in"), at * 1000, 7);
  const std::string two =
      "groups:\n- {name: a, rules: [{record: kept, expr: in}]}\n"
      "- {name: b, rules: [{record: gone, expr: in}]}\n";
  life.Start(two);
  life.Pass(120);
  life.Use("groups:\n- {name: renamed, rules: [{record: kept, expr: in}]}\n");
  life.Pass(240);
  EXPECT_TRUE(metrics::IsStaleMarker(ValuesOf(store, "gone").back()));
  for (const double value : ValuesOf(store, "kept")) EXPECT_EQ(value, 7);
  EXPECT_TRUE(metrics::IsStaleMarker(
      ValuesOf(store, "hinomi_rule_group_samples{rule_group='r.yml;b'}").back()));
}

TEST(ManagerTest, AGroupThatDidNotChangeGoesOnOverAReload) {
  RuleStore store;
  Life life(store);
  store.Add(MakeLabels("in"), 1'000'000'000, 7);
  life.Start(kCopy);
  life.Pass(61);
  const auto before = life.manager->Groups()[0];
  life.Use(kCopy);
  EXPECT_EQ(life.manager->Groups()[0].group, before.group);
  EXPECT_EQ(life.manager->Groups()[0].evaluated_at, before.evaluated_at);
  // Another rule makes it another group, which takes over what the old one gave.
  life.Use("groups:\n- name: g\n  rules:\n  - {record: other, expr: in}\n");
  life.Pass(61);
  EXPECT_TRUE(metrics::IsStaleMarker(ValuesOf(store, "out").back()));
}

constexpr const char* kChain =
    "groups:\n- name: first\n  interval: 30s\n  rules:\n  - {record: a, expr: sum by (host) (in)}\n"
    "  - {record: b, expr: 'count(a)'}\n"
    "- name: second\n  rules:\n  - {record: c, expr: 'in > 40'}\n";

void PutHosts(RuleStore& store, Random& random, int64_t from, int64_t until) {
  for (const char* host : {"x", "y", "z"}) {
    for (int64_t at = from; at <= until; at += 15) {
      const uint64_t dice = random.Below(12);
      if (dice == 0) continue;
      const double value =
          dice == 1 ? metrics::StaleMarker() : static_cast<double>(random.Below(100));
      store.Add(MakeLabels("in", {{"host", host}}), at * 1000, value);
    }
  }
}

/// Without ends of what has ended already: nobody sees those.
std::vector<std::string> WithoutSecondEnds(std::vector<std::string> lines) {
  for (std::string& line : lines) {
    std::string kept;
    bool ended = false;
    for (const std::string_view part : Split(line, ' ')) {
      const bool end = part.starts_with("stale@");
      if (!end || !ended) kept += std::string(part) + " ";
      ended = end;
    }
    line = kept;
  }
  return lines;
}

TEST(CatchUpTest, AfterItTheStoreIsAsIfNobodyHadBeenAway) {
  for (uint64_t round = 0; round < 40; ++round) {
    const uint64_t seed = FirstSeed() * 100 + round;
    SCOPED_TRACE("seed " + std::to_string(seed));
    RuleStore whole, broken;
    for (RuleStore* store : {&whole, &broken}) {
      Random random(seed);
      PutHosts(*store, random, 999'700, 1'003'000);
    }
    Life steady(whole);
    steady.Start(kChain);
    steady.Pass(2000);

    Random random(seed + 1);
    Life away(broken);
    away.Start(kChain);
    const auto before = static_cast<int64_t>(200 + random.Below(300));
    away.Pass(before);
    away.Stop();
    const auto gone = static_cast<int64_t>(1 + random.Below(900));
    away.clock_.Advance(Duration::Seconds(gone));
    away.Start(kChain);
    away.Pass(2000 - before - gone);
    const std::string results = "{__name__=~'a|b|c|hinomi_rule_group_samples'}";
    const auto want = WithoutSecondEnds(whole.Lines(results));
    const auto got = WithoutSecondEnds(broken.Lines(results));
    ASSERT_EQ(want.size(), got.size());
    for (size_t i = 0; i < want.size(); ++i) {
      const auto differs = std::ranges::mismatch(want[i], got[i]).in1 - want[i].begin();
      const auto from = static_cast<size_t>(std::max<int64_t>(differs - 40, 0));
      if (want[i] != got[i]) {
        ADD_FAILURE() << "away at " << before << " for " << gone << ": " << want[i].substr(0, 12)
                      << "\nwant …" << want[i].substr(from, 80) << "\ngot  …"
                      << got[i].substr(std::min(from, got[i].size()), 80);
      }
    }
  }
}

TEST(CatchUpTest, TheFurthestBackIsWhatWasConfigured) {
  RuleStore store;
  for (int64_t at = 1'000'000; at < 1'040'000; at += 60) store.Add(MakeLabels("in"), at * 1000, 7);
  Life life(store);
  life.Start(kCopy);
  life.Pass(300);
  life.Stop();
  life.clock_.Advance(Duration::Hours(10));
  life.Start(kCopy, Duration::Hours(1));
  life.Pass(120);
  // Five before, sixty or one more of the hour, two since.
  const size_t results = ValuesOf(store, "out").size();
  EXPECT_GE(results, 66u);
  EXPECT_LE(results, 69u);
  EXPECT_EQ(life.Metric("hinomi_rule_catch_up_pending"), 0);
  life.Stop();
  life.clock_.Advance(Duration::Hours(1));
  life.Start(kCopy, Duration());
  life.Pass(120);
  EXPECT_EQ(ValuesOf(store, "out").size(), results + 2);
}

TEST(CatchUpTest, ItWaitsWhileTheFirstSamplesComeAndForWhatIsDueNow) {
  RuleStore store;
  store.Add(MakeLabels("in"), 1'000'000'000, 7);
  Life life(store);
  life.Start(kCopy);
  life.Pass(120);
  life.Stop();
  life.clock_.Advance(Duration::Minutes(3));
  life.Start(kCopy);
  EXPECT_THAT(life.manager->TakeDue().tasks, IsEmpty());
  life.clock_.Advance(Duration::Seconds(60));
  const Manager::Due due = life.manager->TakeDue();
  ASSERT_THAT(due.tasks, SizeIs(1));  // The present; nothing else beside it.
  EXPECT_THAT(life.manager->TakeDue().tasks, IsEmpty());
  due.tasks[0]();
  EXPECT_THAT(ValuesOf(store, "out"), SizeIs(3));
  life.RunDue();
  EXPECT_THAT(ValuesOf(store, "out"), SizeIs(6));
}

TEST(CatchUpTest, WhatWasNotEndedIsGoneOnWithAfterTheNextStart) {
  RuleStore store;
  for (int64_t at = 1'000'000; at < 1'010'000; at += 60) store.Add(MakeLabels("in"), at * 1000, 7);
  Life life(store);
  life.Start(kCopy);
  life.Pass(120);
  life.Stop();
  life.clock_.Advance(Duration::Minutes(30));
  life.Start(kCopy);
  life.clock_.Advance(Duration::Seconds(60));
  for (int i = 0; i < 10; ++i)
    for (const Manager::Task& task : life.manager->TakeDue().tasks) task();
  life.Stop();  // Some of the thirty are made up for.
  EXPECT_LT(ValuesOf(store, "out").size(), 20u);
  life.Start(kCopy);
  life.Pass(61);
  EXPECT_THAT(ValuesOf(store, "out"), SizeIs(34));
}

}  // namespace
}  // namespace hinomi::rules
