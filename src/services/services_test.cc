#include "services/services.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "ops_model/testing.h"

namespace hinomi::services {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.
using Lines = std::vector<std::string>;

const Instant kStart = Instant::FromSeconds(1'700'000'000);

/// The document's rows for CPU and memory, with what `hinomi check --defaults`
/// fills in, on a service of three replicas that may become six.
policy::OpsFolder Document() {
  policy::OpsFolder policy;
  policy::ServiceDocument app;
  app.name = "app";
  app.driver = "process";
  app.command = {"/bin/app"};
  app.desired_count = 3;
  app.min_count = 1;
  app.max_count = 6;
  app.scaling.healthy_minimum = 1;
  policy.targets.services = {app};
  policy.routes = {{.action = "scale-up", .severity = "warning", .scale = "up"},
                   {.action = "scale-down", .severity = "info", .scale = "down"},
                   {.action = "alert", .severity = "error"}};
  const auto alarm = [&](const char* name, const char* metric, double threshold,
                         const char* action) {
    policy::AlarmDocument document;
    document.name = name;
    document.metric = metric;
    document.threshold = threshold;
    document.action = action;
    document.dimensions = {{"ServiceName", "app"}};
    policy.alarms.push_back(document);
  };
  alarm("HighCPUUtilization", "CPUUtilization", 80, "scale-up");
  alarm("HighMemoryUtilization", "MemoryUtilization", 85, "scale-up");
  alarm("HighErrorRate", "HTTPCode_Target_5XX_Count", 10, "alert");
  return policy;
}

/// Runs a time line against the machine; what it decides becomes lines.
class ServicesTest : public testing::Test {
 protected:
  ServicesTest() { policy_.server.observe_new_alarms = Duration(); }

  policy::ServiceDocument& app() { return policy_.targets.services[0]; }
  const Service& state() { return state_.services.at("app"); }

  void Begin() {
    OpsLoaded loaded;
    for (const policy::AlarmDocument& alarm : policy_.alarms) loaded.alarms.push_back(alarm.name);
    Happens(loaded);
    See(app().desired_count);
    log_.clear();
  }
  Event Fold(EventBody body) {
    Event event{++sequence_, now_, "hinomi", std::move(body)};
    Apply(state_, event);
    return event;
  }
  void Happens(EventBody body) {
    const Event event = Fold(std::move(body));
    Take(Decide(state_, EventInput{event}, now_, policy_));
  }
  void Take(const Decision& decision) {
    for (const EventBody& body : decision.events) Fold(body);
    for (const EventBody& body : decision.events) Write(body);
    for (const JobSpec& job : decision.jobs) {
      EXPECT_EQ(job.kind, kJobKind);
      EXPECT_FALSE(job.once);
      jobs_.push_back(job);
    }
    verdicts_.insert(verdicts_.end(), decision.verdicts.begin(), decision.verdicts.end());
    refusal_ = decision.refusal;
    answer_ = decision.answer;
  }
  void Write(const EventBody& body) {
    const std::string at = FormatDuration(now_ - kStart) + " ";
    if (const auto* scaled = std::get_if<ServiceScaled>(&body))
      log_.push_back(at + std::to_string(scaled->from) + "→" + std::to_string(scaled->to) + " " +
                     scaled->policy + " " + scaled->reason_code);
    else if (const auto* declined = std::get_if<ServiceScalingDeclined>(&body))
      log_.push_back(at + "stays " + std::to_string(declined->desired) + " " + declined->policy +
                     " " + declined->reason_code);
    else if (const auto* attempted = std::get_if<ServiceScaleAttempted>(&body))
      log_.push_back(at + attempted->scaling + " " + attempted->outcome + " " +
                     attempted->reason_code);
    last_ = body;
  }
  std::vector<Datapoint> Points(std::vector<double> newest_first) const {
    std::vector<Datapoint> points;
    for (size_t i = 0; i < newest_first.size(); ++i)
      points.push_back({now_ - Duration::Minutes(static_cast<int64_t>(i + 1)), newest_first[i]});
    return points;
  }
  void Moves(const char* alarm, AlarmState to, double value, bool observing = false) {
    AlarmTransitioned moved;
    moved.alarm = alarm;
    moved.to = to;
    moved.observing = observing;
    moved.datapoints = Points({value, value});
    Happens(moved);
    // The evaluation that moved it is told to every machine as well.
    Evaluate(alarm, {value, value});
  }
  void Evaluate(const char* alarm, std::vector<double> newest_first) {
    Take(Decide(state_, AlarmEvaluation{alarm, Points(std::move(newest_first))}, now_, policy_));
  }
  /// An evaluation each minute, as long as nothing changes.
  void Repeat(const char* alarm, double value, int minutes) {
    for (int i = 0; i < minutes; ++i) {
      now_ = now_ + Duration::Minutes(1);
      Evaluate(alarm, {value, value});
    }
  }
  void See(std::optional<int> healthy) {
    Take(Decide(state_, ServiceObservation{"app", healthy}, now_, policy_));
  }
  void Command(const char* arguments) {
    Take(Decide(state_, CommandInput{"sato", "cli", "service.scale", *Json::Parse(arguments), 1},
                now_, policy_));
  }
  void End(const JobSpec& job, JobResult::Outcome outcome, int attempt = 1,
           const char* code = "done") {
    JobResult result;
    result.kind = job.kind;
    result.key = job.key;
    result.id = 7;
    result.attempt = attempt;
    result.outcome = outcome;
    result.reason_code = code;
    result.payload = job.payload;
    Take(Decide(state_, result, now_, policy_));
  }
  /// The runtime does at once what it is asked for.
  void Obeys() {
    for (const JobSpec& job : std::exchange(jobs_, {})) End(job, JobResult::Outcome::kDone);
    log_.erase(std::remove_if(
                   log_.begin(), log_.end(),
                   [](const std::string& line) { return line.find("SC-") != std::string::npos; }),
               log_.end());
  }

  policy::OpsFolder policy_ = Document();
  State state_;
  Instant now_ = kStart;
  uint64_t sequence_ = 0;
  Lines log_;
  std::vector<JobSpec> jobs_;
  std::vector<JobVerdict> verdicts_;
  std::string refusal_;
  Json answer_;
  EventBody last_;
};

TEST_F(ServicesTest, TheDocumentsRowScalesByDefaultsAlone) {
  Begin();
  EXPECT_EQ(state().desired, 3);
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  EXPECT_EQ(log_, (Lines{"0s 3→4 step threshold_crossed"}));
  const auto& scaled = std::get<ServiceScaled>(last_);
  EXPECT_EQ(scaled.reason,
            "CPUUtilization is 91, 11 beyond the threshold 80 of HighCPUUtilization");
  EXPECT_EQ(scaled.alarm, "HighCPUUtilization");
  EXPECT_EQ(scaled.direction, "out");
  EXPECT_EQ(scaled.by, "hinomi");
  EXPECT_EQ(scaled.transition, sequence_ - 1);
  EXPECT_EQ(scaled.healthy, 3);
  EXPECT_EQ(scaled.maximum, 6);
  EXPECT_EQ(scaled.cooldown, Duration::Minutes(5));
  ASSERT_EQ(jobs_.size(), 1u);
  EXPECT_EQ(jobs_[0].key, scaled.scaling);
  EXPECT_EQ(jobs_[0].payload["service"].as_string(), "app");
  EXPECT_EQ(jobs_[0].payload["desired"].as_int(), 4);
  EXPECT_EQ(jobs_[0].payload["reason"].as_string(), scaled.reason);
}

TEST_F(ServicesTest, AnAlarmThatStandsAsksAgainAndTheCooldownDecides) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  Repeat("HighCPUUtilization", 91, 21);
  // Each refusal is said once; at the maximum it rests.
  EXPECT_EQ(log_, (Lines{"0s 3→4 step threshold_crossed", "1m stays 4 step cooldown",
                         "5m 4→5 step threshold_crossed", "6m stays 5 step cooldown",
                         "10m 5→6 step threshold_crossed", "11m stays 6 step at_maximum"}));
  EXPECT_EQ(std::get<ServiceScalingDeclined>(last_).reason,
            "CPUUtilization is 91, 11 beyond the threshold 80 of HighCPUUtilization, but it has 6 "
            "replicas, and max_count is 6");
}

TEST_F(ServicesTest, StepsGoByTheDistanceFromTheThreshold) {
  struct Case {
    double value;
    int to;
  };
  app().max_count = 20;
  app().desired_count = 4;
  app().scaling.steps = {{0, 1, 0}, {5, 2, 0}, {10, 0, 50}, {15, 0, 10}};
  for (const Case& c :
       {Case{80, 5}, Case{84.9, 5}, Case{85, 6}, Case{90, 6}, Case{94, 6}, Case{95, 5}}) {
    state_ = State();
    Begin();
    Moves("HighCPUUtilization", AlarmState::kAlarm, c.value);
    EXPECT_EQ(state().desired, c.to) << c.value;
  }
  // More than it may have: as many as it may.
  app().max_count = 5;
  state_ = State();
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 88);
  EXPECT_EQ(state().desired, 5);
  // Standing, but well at the newest point: wait.
  app().max_count = 20;
  state_ = State();
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 70);
  EXPECT_EQ(log_, Lines{});
}

TEST_F(ServicesTest, AnAlarmOnLessThanCountsDownwards) {
  policy_.alarms[0].comparison = policy::Comparison::kLessThan;
  policy_.alarms[0].threshold = 10;
  app().scaling.steps = {{0, 1, 0}, {5, 2, 0}};
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 4);
  EXPECT_EQ(log_, (Lines{"0s 3→5 step threshold_crossed"}));
}

TEST_F(ServicesTest, TwoAlarmsShareTheCooldown) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  now_ = now_ + Duration::Minutes(2);
  Moves("HighMemoryUtilization", AlarmState::kAlarm, 90);
  EXPECT_EQ(log_, (Lines{"0s 3→4 step threshold_crossed", "2m stays 4 step cooldown"}));
}

TEST_F(ServicesTest, NothingFollowsFromWhatIsNotForScaling) {
  Begin();
  Moves("HighErrorRate", AlarmState::kAlarm, 20);
  Moves("HighMemoryUtilization", AlarmState::kAlarm, 91, /*observing=*/true);
  Repeat("HighMemoryUtilization", 91, 3);
  policy_.alarms[0].actions_enabled = false;
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  app().command.clear();
  policy_.alarms[0].actions_enabled = true;
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  EXPECT_EQ(log_, Lines{});
}

TEST_F(ServicesTest, AfterRecoveryItIsScaledInOneAtATime) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  Repeat("HighCPUUtilization", 91, 5);
  See(5);
  log_.clear();
  now_ = now_ + Duration::Minutes(1);
  Moves("HighCPUUtilization", AlarmState::kOk, 40);
  Repeat("HighCPUUtilization", 40, 40);
  // OK since 6m; ten minutes later the first, and one cooldown between them;
  // at what the document declares it stays.
  EXPECT_EQ(log_, (Lines{"16m 5→4 recovery alarm_recovered", "21m 4→3 recovery alarm_recovered"}));
  EXPECT_EQ(std::get<ServiceScaled>(last_).reason,
            "HighCPUUtilization has been OK since " + FormatRfc3339(kStart + Duration::Minutes(6)) +
                ", for 10m or more");
}

TEST_F(ServicesTest, ScaleInFollowsTheRule) {
  struct Case {
    const char* scale_in;
    int ends_at;
  };
  for (const Case& c : {Case{"desired_count", 3}, Case{"min_count", 1}, Case{"never", 4}}) {
    app().scaling.scale_in = c.scale_in;
    state_ = State();
    Begin();
    Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
    See(4);
    now_ = now_ + Duration::Minutes(1);
    Moves("HighCPUUtilization", AlarmState::kOk, 40);
    Repeat("HighCPUUtilization", 40, 60);
    EXPECT_EQ(state().desired, c.ends_at) << c.scale_in;
  }
}

TEST_F(ServicesTest, AnotherAlarmThatStandsKeepsTheReplicas) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  See(4);
  app().max_count = 4;
  now_ = now_ + Duration::Minutes(6);
  Moves("HighMemoryUtilization", AlarmState::kAlarm, 90);
  Moves("HighCPUUtilization", AlarmState::kOk, 40);
  Repeat("HighCPUUtilization", 40, 30);
  EXPECT_EQ(state().desired, 4);
  Moves("HighMemoryUtilization", AlarmState::kOk, 40);
  Repeat("HighCPUUtilization", 40, 12);
  EXPECT_EQ(state().desired, 3);
}

TEST_F(ServicesTest, WithoutDataNothingIsTakenAway) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  See(4);
  Moves("HighCPUUtilization", AlarmState::kInsufficientData, 0);
  Repeat("HighCPUUtilization", 0, 60);
  Moves("HighMemoryUtilization", AlarmState::kOk, 40);
  Repeat("HighMemoryUtilization", 40, 60);
  EXPECT_EQ(state().desired, 4);
}

TEST_F(ServicesTest, NeverBelowTheHealthyMinimum) {
  app().scaling.healthy_minimum = 3;
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  See(3);  // Of four.
  now_ = now_ + Duration::Minutes(1);
  Moves("HighCPUUtilization", AlarmState::kOk, 40);
  log_.clear();
  Repeat("HighCPUUtilization", 40, 15);
  EXPECT_EQ(log_, (Lines{"11m stays 4 recovery below_healthy_minimum"}));
  EXPECT_NE(std::get<ServiceScalingDeclined>(last_).reason.find(
                "but 3 of 4 replicas healthy, and 3 must stay so"),
            std::string::npos)
      << std::get<ServiceScalingDeclined>(last_).reason;
  See(std::nullopt);
  Repeat("HighCPUUtilization", 40, 3);
  EXPECT_EQ(log_.back(), "17m stays 4 recovery health_unknown");
  See(4);
  Repeat("HighCPUUtilization", 40, 1);
  EXPECT_EQ(log_.back(), "20m 4→3 recovery alarm_recovered");
}

TEST_F(ServicesTest, AfterARestartHealthIsUnknownUntilItIsSeen) {
  Begin();
  See(3);
  EXPECT_EQ(state().healthy, 3);
  Happens(ServerStarted{"0.1.0", now_});
  EXPECT_EQ(state().healthy, -1);
  See(3);
  EXPECT_EQ(std::get<ServiceHealthChanged>(last_).healthy, 3);
  last_ = PersonErased{};
  See(3);
  EXPECT_TRUE(std::holds_alternative<PersonErased>(last_)) << "what is no news makes no event";
}

TEST_F(ServicesTest, ATargetIsTrackedAsOnAws) {
  struct Case {
    const char* what;
    std::vector<double> newest_first;
    int to;
  };
  const std::vector<double> low(15, 20), almost(14, 20);
  std::vector<double> near = low;
  near[7] = 54;  // Nine tenths of the target.
  std::vector<double> high_once = low;
  high_once[14] = 45;
  const Case cases[] = {
      {"two periods say nothing", {90, 90, 60, 90}, 4},
      {"in proportion, rounded up", {90, 70, 61}, 6},
      {"at least one more", {61, 61, 61}, 5},
      {"never above the maximum", {600, 600, 600}, 8},
      {"one less", low, 3},
      {"fourteen periods say nothing", almost, 4},
      {"one period near the target says no", near, 4},
      {"the highest counts", high_once, 3},
  };
  for (const Case& c : cases) {
    policy_ = Document();
    policy_.server.observe_new_alarms = Duration();
    app().desired_count = 4;
    app().max_count = 8;
    app().scaling.target = {"CPUUtilization", 60};
    policy::AlarmDocument alarm;
    alarm.name = policy::TargetAlarmName("app");
    alarm.metric = "CPUUtilization";
    alarm.threshold = 60;
    alarm.dimensions = {{"ServiceName", "app"}};
    policy_.alarms.push_back(alarm);
    state_ = State();
    Begin();
    Evaluate("TargetTracking-app", c.newest_first);
    EXPECT_EQ(state().desired, c.to) << c.what;
  }
  EXPECT_EQ(std::get<ServiceScaled>(last_).reason,
            "CPUUtilization has been at most 45, well below the target 60");
  // Both cooldowns, and the minimum without a word.
  log_.clear();
  app().min_count = 2;
  for (int i = 0; i < 12; ++i) {
    now_ = now_ + Duration::Minutes(1);
    Evaluate("TargetTracking-app", low);
  }
  EXPECT_EQ(log_, (Lines{"1m stays 3 target_tracking cooldown",
                         "5m 3→2 target_tracking target_undershot"}));
}

TEST_F(ServicesTest, AnAlarmMayAskForFewer) {
  policy_.alarms[1].action = "scale-down";
  app().min_count = 2;
  Begin();
  Moves("HighMemoryUtilization", AlarmState::kAlarm, 90);
  Repeat("HighMemoryUtilization", 90, 7);
  EXPECT_EQ(log_, (Lines{"0s 3→2 step threshold_crossed", "1m stays 2 step at_minimum"}));
}

TEST_F(ServicesTest, APersonIsNotHeldUpByTheCooldown) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  Command(R"({"service":"app","count":6})");
  EXPECT_EQ(refusal_, "");
  EXPECT_EQ(answer_["from"].as_int(), 4);
  EXPECT_EQ(answer_["to"].as_int(), 6);
  EXPECT_EQ(answer_["scaling"].as_string(), "SC-2");
  EXPECT_EQ(answer_["rests_until"].as_string(), FormatRfc3339(now_ + Duration::Minutes(5)));
  EXPECT_EQ(log_.back(), "0s 4→6 manual asked");
  EXPECT_EQ(std::get<ServiceScaled>(last_).by, "sato");
  // The job before it need not run any more.
  ASSERT_EQ(verdicts_.size(), 1u);
  EXPECT_EQ(verdicts_[0].key, "SC-1");
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDead);
  EXPECT_FALSE(StillWanted(state_, "SC-1"));
  EXPECT_TRUE(StillWanted(state_, "SC-2"));
  // What a person asked for is not taken back by itself.
  See(6);
  Moves("HighCPUUtilization", AlarmState::kOk, 40);
  Repeat("HighCPUUtilization", 40, 60);
  EXPECT_EQ(state().desired, 6);
}

TEST_F(ServicesTest, ACommandIsRefusedWithWhatIsPossible) {
  struct Case {
    const char* arguments;
    const char* says;
  };
  const Case cases[] = {
      {R"({"service":"app","count":7})",
       "app can have 1 to 6 replicas (min_count and max_count in targets.yml), not 7."},
      {R"({"service":"app","count":0})", "not 0."},
      {R"({"service":"app","count":99999999999})", "not 99999999999."},
      {R"({"service":"app","count":"4"})", "\"count\" is a whole number"},
      {R"({"service":"app"})", "\"count\" is a whole number"},
      {R"({"service":"aap","count":4})", "did you mean app?"},
      {R"({"service":"database","count":4})", "It runs app."},
  };
  Begin();
  for (const Case& c : cases) {
    Command(c.arguments);
    EXPECT_NE(refusal_.find(c.says), std::string::npos) << c.arguments << ": " << refusal_;
  }
  Command(R"({"service":"app","count":5,"dry_run":true})");
  EXPECT_TRUE(answer_["dry_run"].as_bool());
  EXPECT_EQ(answer_["to"].as_int(), 5);
  Command(R"({"service":"app","count":3})");
  EXPECT_TRUE(answer_["already"].as_bool());
  EXPECT_EQ(log_, Lines{});
  EXPECT_TRUE(jobs_.empty());
  EXPECT_EQ(state().desired, 3);
}

TEST_F(ServicesTest, AJobIsTriedAgainAndThenGivenUp) {
  Begin();
  Command(R"({"service":"app","count":5})");
  const JobSpec job = jobs_.at(0);
  Lines expected = {"0s 3→5 manual asked"};
  for (int attempt = 1; attempt < kMostTries; ++attempt) {
    verdicts_.clear();
    End(job, attempt % 2 == 0 ? JobResult::Outcome::kUnknown : JobResult::Outcome::kRetry, attempt,
        "unreachable");
    ASSERT_EQ(verdicts_.size(), 1u);
    EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
    EXPECT_EQ(verdicts_[0].due, now_ + std::min(Duration::Seconds(int64_t{1} << (attempt - 1)),
                                                Duration::Seconds(60)));
    expected.emplace_back("0s SC-1 retry unreachable");
  }
  EXPECT_EQ(state().desired, 5);
  End(job, JobResult::Outcome::kRetry, kMostTries, "unreachable");
  expected.emplace_back("0s SC-1 failed exhausted");
  EXPECT_EQ(log_, expected);
  EXPECT_EQ(verdicts_.back().action, JobVerdict::Action::kDead);
  EXPECT_EQ(state().desired, 3) << "the runtime never took the other number";
  EXPECT_EQ(state().held, 3);
  // An answer that comes too late ends the job and says nothing.
  log_.clear();
  End(job, JobResult::Outcome::kDone);
  EXPECT_EQ(log_, Lines{});
  EXPECT_EQ(verdicts_.back().action, JobVerdict::Action::kDone);
}

TEST_F(ServicesTest, WhatTheRuntimeRefusesIsAskedForAgainAfterTheCooldown) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  Obeys();
  EXPECT_EQ(state().applied, 4);
  Repeat("HighCPUUtilization", 91, 5);
  EXPECT_EQ(state().desired, 5);
  End(jobs_.at(0), JobResult::Outcome::kFailed, 1, "no_port");
  EXPECT_EQ(log_.back(), "5m SC-2 failed no_port");
  EXPECT_EQ(state().desired, 4);
  Repeat("HighCPUUtilization", 91, 5);
  EXPECT_EQ(log_.back(), "10m 4→5 step threshold_crossed");
}

TEST_F(ServicesTest, TheFolderMovesTheBounds) {
  Begin();
  Command(R"({"service":"app","count":6})");
  app().max_count = 4;
  Happens(OpsLoaded{"second", {"HighCPUUtilization"}});
  EXPECT_EQ(log_.back(), "0s 6→4 bounds beyond_bounds");
  EXPECT_EQ(state().desired, 4);
  EXPECT_EQ(state().maximum, 4);
  EXPECT_EQ(jobs_.back().payload["desired"].as_int(), 4);
  // Another declared number is the present one.
  app().desired_count = 2;
  log_.clear();
  Happens(OpsLoaded{"third", {}});
  EXPECT_EQ(state().desired, 2);
  EXPECT_EQ(log_, Lines{});
  last_ = PersonErased{};
  Happens(OpsLoaded{"third", {}});
  EXPECT_TRUE(std::holds_alternative<PersonErased>(last_)) << "the same again is no news";
  app().command.clear();
  Happens(OpsLoaded{"fourth", {}});
  EXPECT_TRUE(state_.services.empty());
}

TEST_F(ServicesTest, WaitsMoveWithAClockThatIsSetBack) {
  Begin();
  Moves("HighCPUUtilization", AlarmState::kAlarm, 91);
  now_ = now_ - Duration::Hours(1);
  Happens(ClockSetBack{Duration::Hours(1)});
  Repeat("HighCPUUtilization", 91, 5);
  EXPECT_EQ(state().desired, 5);
}

TEST_F(ServicesTest, AFreshInstallTracksNoTargetYet) {
  app().scaling.target = {"CPUUtilization", 60};
  policy::AlarmDocument alarm;
  alarm.name = policy::TargetAlarmName("app");
  alarm.dimensions = {{"ServiceName", "app"}};
  policy_.alarms.push_back(alarm);
  policy_.server.observe_new_alarms = Duration::Minutes(10);
  Happens(ServerStarted{"0.1.0", Instant()});
  Begin();
  Evaluate("TargetTracking-app", {90, 90, 90});
  EXPECT_EQ(state().desired, 3);
  now_ = now_ + Duration::Minutes(10);
  Evaluate("TargetTracking-app", {90, 90, 90});
  EXPECT_EQ(state().desired, 5);
}

TEST(ServicesSnapshotTest, ASnapshotAndTheRestIsTheWhole) {
  EXPECT_EQ(FirstSeedThatForgets<State>(60, kStart, Apply, Save, Load), std::nullopt);
}

}  // namespace
}  // namespace hinomi::services
