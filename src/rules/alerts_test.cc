#include "rules/alerts.h"

#include <gmock/gmock.h>

#include <map>

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

/// A group of alerting rules that is evaluated by hand.
class AlertsTest : public ::testing::Test {
 protected:
  void Use(const std::string& rules, const std::string& keys = "") {
    group_ = std::make_unique<Group>(
        GroupsOf("groups:\n- name: g\n" + keys + "  rules:\n" + rules).front());
    memory_ = Memory();
  }
  Round At(int64_t seconds) {
    Round round = Evaluate(*group_, Instant::FromSeconds(seconds), memory_, store_.world(clock_));
    memory_ = round.memory;
    return round;
  }
  void Put(const std::string& host, int64_t seconds, double value) {
    store_.Add(MakeLabels("in", {{"host", host}}), seconds * 1000, value);
  }
  void End(const std::string& host, int64_t seconds) { Put(host, seconds, metrics::StaleMarker()); }
  /// "host state" of each alert that is remembered.
  std::vector<std::string> States(size_t rule = 0) const {
    std::vector<std::string> states;
    if (!memory_.alerts[rule]) return states;
    for (const auto& [labels, alert] : *memory_.alerts[rule]) {
      states.push_back(std::string(labels.Get("host")) + " " +
                       std::string(AlertStateName(alert.state)));
    }
    return states;
  }
  const Alert& Only() const { return memory_.alerts[0]->begin()->second; }

  ManualClock clock_;
  RuleStore store_;
  std::unique_ptr<Group> group_;
  Memory memory_;
};

TEST_F(AlertsTest, EachSeriesIsPendingForItsTimeAndThenFires) {
  Use("  - {alert: High, expr: in > 5, for: 2m, labels: {severity: page}}\n");
  Put("x", 60, 7);
  At(60);
  EXPECT_THAT(States(), ElementsAre("x pending"));
  Put("x", 120, 7);
  Put("y", 120, 8);
  At(120);
  Put("x", 180, 9);
  Put("y", 180, 8);
  At(180);
  EXPECT_THAT(States(), ElementsAre("x firing", "y pending"));
  const Alert& x = Only();
  EXPECT_EQ(x.labels.ToString(), "{alertname=\"High\",host=\"x\",severity=\"page\"}");
  EXPECT_EQ(x.value, 9);
  EXPECT_EQ(x.active_at, Instant::FromSeconds(60));
  EXPECT_EQ(x.fired_at, Instant::FromSeconds(180));
  EXPECT_THAT(
      store_.Lines("ALERTS{host='x'}"),
      ElementsAre(
          "ALERTS{alertname=\"High\",alertstate=\"firing\",host=\"x\",severity=\"page\"} 1@180",
          "ALERTS{alertname=\"High\",alertstate=\"pending\",host=\"x\",severity=\"page\"} 1@60 "
          "1@120 stale@180"));
  EXPECT_THAT(store_.Lines("ALERTS_FOR_STATE{host='x'}"),
              ElementsAre("ALERTS_FOR_STATE{alertname=\"High\",host=\"x\",severity=\"page\"} "
                          "60@60 60@120 60@180"));
}

TEST_F(AlertsTest, WithoutForItFiresAtOnceAndAPendingOneThatIsGoneIsForgotten) {
  Use("  - {alert: Now, expr: in > 5}\n  - {alert: Later, expr: in > 5, for: 5m}\n");
  Put("x", 60, 7);
  At(60);
  EXPECT_THAT(States(0), ElementsAre("x firing"));
  EXPECT_THAT(States(1), ElementsAre("x pending"));
  Put("x", 120, 1);
  At(120);
  EXPECT_THAT(States(0), ElementsAre("x inactive"));
  EXPECT_THAT(States(1), IsEmpty());
  EXPECT_THAT(store_.Lines("ALERTS_FOR_STATE{alertname='Now'}"),
              ElementsAre("ALERTS_FOR_STATE{alertname=\"Now\",host=\"x\"} 60@60 stale@120"));
}

TEST_F(AlertsTest, WhatEndedIsRememberedForAQuarterOfAnHourAndBeginsAnewWhenItComesBack) {
  Use("  - {alert: A, expr: in > 5}\n");
  Put("x", 60, 7);
  At(60);
  Put("x", 120, 1);
  At(120);
  EXPECT_EQ(Only().resolved_at, Instant::FromSeconds(120));
  At(120 + 900);
  EXPECT_THAT(States(), ElementsAre("x inactive"));
  At(120 + 901);
  EXPECT_THAT(States(), IsEmpty());

  Put("x", 2000, 7);
  At(2000);
  Put("x", 2060, 1);
  At(2060);
  Put("x", 2120, 7);
  At(2120);
  EXPECT_EQ(Only().active_at, Instant::FromSeconds(2120));
  EXPECT_EQ(Only().resolved_at, Instant());
}

TEST_F(AlertsTest, KeepFiringForBridgesGapsThatAreShorter) {
  Use("  - {alert: A, expr: in > 5, keep_firing_for: 2m}\n");
  Put("x", 60, 7);
  At(60);
  Put("x", 120, 1);
  At(120);  // Counts from here.
  At(180);
  EXPECT_THAT(States(), ElementsAre("x firing"));
  EXPECT_EQ(Only().value, 7);
  Put("x", 200, 8);
  At(210);
  EXPECT_EQ(Only().keep_firing_since, Instant());
  Put("x", 240, 1);
  At(240);
  At(359);
  EXPECT_THAT(States(), ElementsAre("x firing"));
  At(360);
  EXPECT_THAT(States(), ElementsAre("x inactive"));
}

TEST_F(AlertsTest, TextsAreExpandedAndOneThatFailsDoesNotStopTheAlert) {
  Use("  - alert: A\n    expr: in > 5\n"
      "    labels: {severity: '{{ if gt $value 8.0 }}page{{ else }}warning{{ end }}', host: ''}\n"
      "    annotations:\n"
      "      summary: '{{ $labels.host }} has {{ $value | humanize }} of {{ with query "
      "\"sum(in)\" }}{{ . | first | value }}{{ end }}'\n"
      "      broken: '{{ query \"absent_metric\" | first | value }}'\n");
  Put("x", 60, 9);
  EXPECT_TRUE(At(60).outcomes[0].status.has_value());
  EXPECT_EQ(Only().labels.ToString(), "{alertname=\"A\",severity=\"page\"}");
  EXPECT_EQ(Only().annotations.at("summary"), "x has 9 of 9");
  EXPECT_EQ(Only().annotations.at("broken"),
            "<error expanding template: error executing template __alert_A: template: "
            "__alert_A:1:139: executing \"__alert_A\" at <first>: error calling first: first() "
            "called on vector with no elements>");
  Put("x", 120, 7);  // Other labels: another alert.
  At(120);
  EXPECT_THAT(*memory_.alerts[0], SizeIs(2));
}

TEST_F(AlertsTest, TwoSeriesThatGetTheSameLabelsAreAnErrorThatChangesNothing) {
  Use("  - {alert: A, expr: in > 5, labels: {host: all}}\n");
  Put("x", 60, 9);
  At(60);
  Put("y", 120, 9);
  EXPECT_EQ(At(120).outcomes[0].status.error().message,
            "vector contains metrics with the same labelset after applying alert labels");
  EXPECT_THAT(States(), ElementsAre("all firing"));
  EXPECT_THAT(store_.Lines("ALERTS"),
              ElementsAre("ALERTS{alertname=\"A\",alertstate=\"firing\",host=\"all\"} 1@60"));
}

TEST_F(AlertsTest, MoreActiveAlertsThanTheLimitAreAnErrorOfThatRuleAlone) {
  Use("  - {alert: A, expr: in > 5}\n  - {alert: B, expr: in > 8}\n", "  limit: 1\n");
  Put("x", 60, 7);
  Put("y", 60, 9);
  const Round round = At(60);
  EXPECT_EQ(round.outcomes[0].status.error().message, "exceeded limit of 1 with 2 alerts");
  EXPECT_FALSE(round.outcomes[0].alerts_known);
  EXPECT_TRUE(round.outcomes[1].alerts_known);
  EXPECT_THAT(States(0), IsEmpty());
  EXPECT_THAT(States(1), ElementsAre("y firing"));
}

TEST_F(AlertsTest, ALaterRuleSeesTheAlertsOfAnEarlierOne) {
  Use("  - {alert: A, expr: in > 5}\n  - {record: firing, expr: 'count(ALERTS)'}\n"
      "  - {alert: B, expr: 'vector(1)', annotations: {n: '{{ with query \"count(ALERTS)\" }}"
      "{{ . | first | value }}{{ end }}'}}\n");
  Put("x", 60, 7);
  At(60);
  EXPECT_THAT(store_.Lines("firing"), ElementsAre("firing 1@60"));
  EXPECT_EQ(memory_.alerts[2]->begin()->second.annotations.at("n"), "1");
}

TEST_F(AlertsTest, TheOffsetMovesTheSeriesAndNotTheTimes) {
  Use("  - {alert: A, expr: in > 5}\n", "  query_offset: 1m\n");
  Put("x", 60, 7);
  At(120);
  EXPECT_EQ(Only().active_at, Instant::FromSeconds(120));
  EXPECT_THAT(store_.Lines("ALERTS_FOR_STATE"),
              ElementsAre("ALERTS_FOR_STATE{alertname=\"A\",host=\"x\"} 120@60"));
}

/// A server with one alerting rule that is started again.
class RestartTest : public ::testing::Test {
 protected:
  void Feed(int64_t from, int64_t until) {
    for (int64_t at = from; at < until; at += 15)
      store_.Add(MakeLabels("in"), (1'000'000 + at) * 1000, 7);
  }
  std::string Rule(const std::string& hold) const {
    return "groups:\n- {name: g, rules: [{alert: A, expr: in > 5, for: " + hold + "}]}\n";
  }
  const Alert& Only() const { return life_.manager->Groups()[0].alerts[0]->begin()->second; }

  RuleStore store_;
  Life life_{store_};
};

TEST_F(RestartTest, AFiringAlertFiresAgainFromTheThirdEvaluationOn) {
  Feed(0, 9000);
  life_.Start(Rule("15m"));
  life_.Pass(1800);
  EXPECT_EQ(Only().state, AlertState::kFiring);
  const Instant since = Only().active_at;
  life_.Stop();
  life_.clock_.Advance(Duration::Minutes(20));
  life_.Start(Rule("15m"));
  bool settled = false;
  life_.on_alerts = [&](const AlertReport& report) { settled = report.settled; };
  life_.Pass(60);
  EXPECT_EQ(Only().state, AlertState::kPending);
  EXPECT_FALSE(settled);
  life_.Pass(60);
  EXPECT_TRUE(settled);
  EXPECT_EQ(Only().active_at.seconds(), since.seconds());  // As the series has it.
  life_.Pass(60);
  EXPECT_EQ(Only().state, AlertState::kFiring);
}

TEST_F(RestartTest, OfAPendingAlertTheTimeDownDoesNotCount) {
  Feed(0, 20'000);
  life_.Start(Rule("2h"));
  life_.Pass(1800);
  const Instant since = Only().active_at;
  life_.Stop();
  const Duration gone = Duration::Minutes(20);
  const Instant down_at = life_.clock_.Now();
  life_.clock_.Advance(gone);
  life_.Start(Rule("2h"));
  life_.Pass(120);
  const Duration moved = Only().active_at - since;
  EXPECT_GE(moved, gone);
  EXPECT_LE(moved, life_.clock_.Now() - down_at + Duration::Minutes(1));
}

TEST_F(RestartTest, WhatWouldFireSoonWaitsForTheGracePeriod) {
  Feed(0, 9000);
  life_.Start(Rule("30m"));
  life_.Pass(1750);
  EXPECT_EQ(Only().state, AlertState::kPending);
  life_.Stop();
  life_.clock_.Advance(Duration::Minutes(5));
  life_.Start(Rule("30m"));
  life_.Pass(120);
  const Duration left = Only().active_at + Duration::Minutes(30) - life_.clock_.Now();
  EXPECT_GT(left, Duration::Minutes(9));
  EXPECT_LE(left, Duration::Minutes(10));
}

TEST_F(RestartTest, ShortTimesLongOutagesAndEndsRestoreNothing) {
  Feed(0, 30'000);
  life_.Start(Rule("9m"));  // Shorter than the grace period.
  life_.Pass(600);
  life_.Stop();
  life_.Start(Rule("9m"));
  life_.Pass(120);
  EXPECT_GT(Only().active_at, life_.clock_.Now() - Duration::Minutes(2));

  life_.Stop();
  life_.Start(Rule("2h"));
  life_.Pass(600);
  life_.Stop();
  life_.clock_.Advance(Duration::Hours(1));  // As long as is tolerated.
  life_.Start(Rule("2h"));
  life_.Pass(120);
  EXPECT_GT(Only().active_at, life_.clock_.Now() - Duration::Minutes(2));
}

TEST_F(RestartTest, TheGracePeriodIsASetting) {
  Feed(0, 9000);
  life_.settings.restore.grace_period = Duration();
  life_.Start(Rule("9m"));
  life_.Pass(600);
  const Instant since = Only().active_at;
  life_.Stop();
  life_.Start(Rule("9m"));
  life_.Pass(120);
  EXPECT_LT(Only().active_at - since, Duration::Minutes(3));
}

TEST_F(RestartTest, AFailedEvaluationKeepsTheStateAndIsNotTold) {
  Feed(0, 9000);
  life_.Start(Rule("0"));
  size_t told = 0;
  life_.on_alerts = [&](const AlertReport&) { ++told; };
  life_.Pass(180);
  EXPECT_EQ(told, 3u);
  life_.queries_fail = true;
  life_.Pass(120);
  EXPECT_EQ(told, 3u);
  EXPECT_EQ(Only().state, AlertState::kFiring);
  EXPECT_EQ(life_.manager->Groups()[0].rules->front().health, Health::kErr);
}

/// What the documentation says of one series, worked out anew for each step from the whole
/// history, one line a rule. `given`: the series is there; nothing: the evaluation failed.
struct Told {
  bool active = false, firing = false;
  int64_t since = 0;
};
struct Step {
  int64_t at = 0;
  std::optional<bool> given;
  int64_t hold = 0, keep = 0;
};
Told Naive(const std::vector<Step>& history, size_t upto) {
  Told told;
  int64_t absent_since = -1;
  for (size_t i = 0; i <= upto; ++i) {
    const Step& step = history[i];
    if (!step.given) continue;
    if (*step.given) {
      if (!told.active) told = {true, false, step.at};
      absent_since = -1;
      if (step.at - told.since >= step.hold) told.firing = true;
      continue;
    }
    if (absent_since < 0) absent_since = step.at;
    if (!told.firing || step.keep == 0 || step.at - absent_since >= step.keep) told = {};
    if (!told.active) absent_since = -1;
  }
  return told;
}

TEST(AlertsPropertyTest, AreWhatTheWholeHistorySays) {
  for (uint64_t round = 0; round < 20; ++round) {
    const uint64_t seed = FirstSeed() * 1000 + round;
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    RuleStore store;
    const ManualClock clock;
    std::map<std::string, std::vector<Step>> histories;
    std::unique_ptr<Group> group;
    Memory memory;
    int64_t hold = 0, keep = 0;
    for (int64_t at = 60; at < 6000; at += 60) {
      if (!group || random.Below(25) == 0) {  // Another configuration takes over.
        hold = static_cast<int64_t>(random.Below(5)) * 60;
        keep = static_cast<int64_t>(random.Below(4)) * 60;
        auto next = std::make_unique<Group>(
            GroupsOf("groups:\n- name: g\n  rules:\n"
                     "  - {alert: A, expr: in > 0, for: " +
                     std::to_string(hold) + "s, keep_firing_for: " + std::to_string(keep) + "s}\n")
                .front());
        if (group) memory = TakeOver(*group, memory, *next);
        group = std::move(next);
      }
      const bool fails = random.Below(12) == 0;
      for (const char* host : {"x", "y", "z"}) {
        const bool given = random.Below(4) != 0;
        store.Add(MakeLabels("in", {{"host", host}}), at * 1000,
                  given                  ? 1
                  : random.Below(2) == 0 ? 0
                                         : metrics::StaleMarker());
        histories[host].push_back({at, fails ? std::nullopt : std::optional(given), hold, keep});
      }
      World world = store.world(clock);
      if (fails) {
        world.query = [](const promql::Expr&, std::string_view,
                         int64_t) -> Result<promql::QueryResult> { return Timeout("too long"); };
      }
      memory = Evaluate(*group, Instant::FromSeconds(at), memory, world).memory;
      for (const auto& [host, history] : histories) {
        const Told want = Naive(history, history.size() - 1);
        Told got;
        if (memory.alerts[0]) {
          for (const auto& [labels, alert] : *memory.alerts[0]) {
            if (labels.Get("host") != host || !alert.active()) continue;
            got = {true, alert.state == AlertState::kFiring, alert.active_at.seconds()};
          }
        }
        ASSERT_EQ(std::tie(want.active, want.firing, want.since),
                  std::tie(got.active, got.firing, got.since))
            << host << " at " << at;
        if (fails) continue;
        // The store says the same to those who ask now.
        const auto series = promql::InstantQuery(store,
                                                 "ALERTS_FOR_STATE{host='" + host +
                                                     "'} and ignoring(alertstate) ALERTS{"
                                                     "alertstate='" +
                                                     (want.firing ? "firing" : "pending") + "'}",
                                                 at * 1000, {});
        ASSERT_TRUE(series.has_value());
        const auto& vector = std::get<promql::Vector>(series->value);
        ASSERT_EQ(vector.size(), want.active ? 1u : 0u) << host << " at " << at;
        if (want.active) {
          EXPECT_EQ(vector[0].value, static_cast<double>(want.since));
        }
      }
    }
  }
}

}  // namespace
}  // namespace hinomi::rules
