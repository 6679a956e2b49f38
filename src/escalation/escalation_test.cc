#include "escalation/escalation.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "ops_model/testing.h"

namespace hinomi::escalation {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.
using Lines = std::vector<std::string>;

const Instant kStart = Instant::FromSeconds(1'700'000'000);
Instant Minute(int64_t m) {
  return kStart + Duration::Minutes(m);
}

/// The document's flow: L1 at 0, L2 at 30 minutes, L3 at 60 minutes, L4 at
/// once when critical.
policy::OpsFolder Document() {
  policy::OpsFolder policy;
  policy.routes = {{.action = "alert", .severity = "error", .escalation = "production"},
                   {.action = "critical-alert", .severity = "critical", .escalation = "production"},
                   {.action = "warning", .severity = "warning", .escalation = "production"},
                   {.action = "quiet", .severity = "error"}};
  policy::EscalationDocument production;
  production.name = "production";
  production.steps = {
      {"L1", "", Duration(), true, {"on-call"}, {}, {}},
      {"L2", "", Duration::Minutes(30), false, {"team-lead"}, {}, {}},
      {"L3", "", Duration::Minutes(60), false, {"architect"}, {}, {}},
      {"L4", "", Duration::Minutes(0), false, {"management"}, {"critical"}, {"critical"}},
  };
  policy.escalations = {production};
  for (const char* name : {"on-call", "team-lead", "architect", "management"}) {
    policy::ContactDocument contact;
    contact.name = name;
    contact.methods = {{"mail", "a@example.com"}};
    policy.contacts.push_back(contact);
  }
  return policy;
}

/// Runs a time line: the machine is woken exactly when it asks to be.
class EscalationTest : public testing::Test {
 protected:
  Event Fold(EventBody body, Instant at) {
    Event event{++sequence_, at, "hinomi", std::move(body)};
    Apply(state_, event);
    return event;
  }

  void Take(const Decision& decision, Instant now) {
    for (const EventBody& body : decision.events) {
      Fold(body, now);
      std::string line = std::to_string((now - kStart).seconds() / 60) + "m ";
      if (const auto* pass = std::get_if<EscalationPassBegan>(&body))
        line += "pass " + std::to_string(pass->pass);
      else if (const auto* given_up = std::get_if<IncidentUnacknowledged>(&body))
        line += "nobody's " + given_up->reason_code;
      else if (const auto* fired = std::get_if<EscalationStepFired>(&body))
        line += fired->level + " → " + Join(fired->contacts, ",") + " " + fired->reason_code;
      else if (const auto* ended = std::get_if<EscalationEnded>(&body))
        line += "ended " + ended->reason_code;
      else
        continue;
      if (state_.incidents.size() > 1)
        line += " " + EventSubject(body).substr(std::string("incident:").size());
      log_.push_back(line);
    }
  }

  void Happens(EventBody body, Instant at) {
    RunTo(at);
    const Event event = Fold(std::move(body), at);
    Take(Decide(state_, EventInput{event}, at, policy_), at);
  }
  policy::EscalationDocument& production() { return policy_.escalations[0]; }
  policy::EscalationStepDocument& step(size_t i) { return production().steps[i]; }
  void Acknowledge(Instant at) { Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, at); }
  void Open(const char* name, const char* route, Severity severity, Instant at) {
    IncidentOpened opened;
    opened.incident = name;
    opened.route = route;
    opened.severity = severity;
    Happens(opened, at);
  }
  Decision Escalate(const char* arguments, Instant at) {
    RunTo(at);
    const Decision decision =
        Decide(state_, CommandInput{"sato", "cli", "incident.escalate", *Json::Parse(arguments), 1},
               at, policy_);
    Take(decision, at);
    return decision;
  }
  void RunTo(Instant until) {
    while (NextWakeup(state_) && *NextWakeup(state_) <= until) {
      const Instant now = std::max(now_, *NextWakeup(state_));
      Take(Decide(state_, TimerInput{}, now, policy_), now);
    }
    now_ = until;
  }

  policy::OpsFolder policy_ = Document();
  State state_;
  Lines log_;
  Instant now_ = kStart;
  uint64_t sequence_ = 0;
};

TEST_F(EscalationTest, TheDocumentsFlowCountsToResolvedNotToAcknowledged) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, Minute(1));
  RunTo(Minute(120));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "30m L2 → team-lead not_resolved_in_time",
                         "60m L3 → architect not_resolved_in_time", "60m ended exhausted"}));
}

TEST_F(EscalationTest, ACriticalIncidentReachesManagementAtOnce) {
  Open("INC-1", "critical-alert", Severity::kCritical, Minute(0));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "0m L4 → management critical"}));
  RunTo(Minute(60));
  EXPECT_EQ(log_.size(), 5u);
  EXPECT_EQ(log_[2], "30m L2 → team-lead not_resolved_in_time");
  EXPECT_EQ(log_[3], "60m L3 → architect not_resolved_in_time");
}

TEST_F(EscalationTest, WarningsWakeNobody) {
  Open("INC-1", "warning", Severity::kWarning, Minute(0));
  Open("INC-2", "warning", Severity::kInfo, Minute(0));
  Open("INC-3", "quiet", Severity::kError, Minute(0));
  RunTo(Minute(120));
  EXPECT_EQ(log_, Lines{});
  EXPECT_EQ(NextWakeup(state_), std::nullopt);
}

TEST_F(EscalationTest, ResolutionEndsTheClimb) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(IncidentResolved{"INC-1", "hinomi", "source_recovered", ""}, Minute(29));
  RunTo(Minute(120));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "29m ended resolved"}));
  EXPECT_TRUE(state_.incidents.empty());
}

TEST_F(EscalationTest, AfterTheLastStepResolutionIsNoSecondEnd) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(IncidentResolved{"INC-1", "sato", "human", ""}, Minute(90));
  EXPECT_EQ(log_.back(), "60m ended exhausted");
  EXPECT_TRUE(state_.incidents.empty());
}

TEST_F(EscalationTest, WakesExactlyWhenAStepIsDue) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  EXPECT_EQ(NextWakeup(state_), Minute(30));
  EXPECT_TRUE(
      Decide(state_, TimerInput{}, Minute(30) - Duration::Nanos(1), policy_).events.empty());
  RunTo(Minute(30));
  EXPECT_EQ(NextWakeup(state_), Minute(60));
}

TEST_F(EscalationTest, AClockThatIsSetBackMakesNoStepWaitLonger) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(20));
  Fold(ClockSetBack{Duration::Minutes(15)}, Minute(5));
  // Ten of the thirty minutes are left.
  EXPECT_EQ(NextWakeup(state_), Minute(15));
  EXPECT_EQ(UpcomingSteps(state_, "INC-1").front().at, Minute(15));
}

TEST_F(EscalationTest, AStepUntilAcknowledgedStopsAtTheAcknowledgement) {
  policy_.escalations[0].steps[1].until_acknowledged = true;
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Open("INC-2", "alert", Severity::kError, Minute(0));
  Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, Minute(10));
  RunTo(Minute(30));
  EXPECT_EQ(log_.back(), "30m L2 → team-lead not_acknowledged_in_time INC-2");
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(EscalationTest, OverdueStepsAfterAnOutageComeOnceEachOldestIncidentFirst) {
  Open("INC-2", "alert", Severity::kError, Minute(0));
  Open("INC-1", "alert", Severity::kError, Minute(5));
  log_.clear();
  now_ = Minute(75);  // Nobody woke the machine meanwhile.
  RunTo(Minute(75));
  EXPECT_EQ(log_,
            (Lines{"75m L2 → team-lead not_resolved_in_time INC-2",
                   "75m L3 → architect not_resolved_in_time INC-2", "75m ended exhausted INC-2",
                   "75m L2 → team-lead not_resolved_in_time INC-1",
                   "75m L3 → architect not_resolved_in_time INC-1", "75m ended exhausted INC-1"}));
  EXPECT_EQ(NextWakeup(state_), std::nullopt);
}

TEST_F(EscalationTest, WhereNobodyIsReachableTheNextStepFollowsAtOnce) {
  policy_.escalations[0].steps[0].contacts = {};
  policy_.escalations[0].steps[1].contacts = {"somebody-who-left"};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  EXPECT_EQ(log_, (Lines{"0m L1 →  nobody_reachable", "0m L2 →  nobody_reachable",
                         "0m L3 → architect nobody_reachable", "0m ended exhausted"}));
}

TEST_F(EscalationTest, WhenEveryPageOfALevelDiedTheNextStepFollowsAtOnce) {
  const auto queued = [](const char* page, const char* contact, const char* reason) {
    PageQueued event;
    event.page = page;
    event.incident = "INC-1";
    event.kind = "page";
    event.contact = contact;
    event.level = "L1";
    event.reason_code = reason;
    return event;
  };
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(queued("PG-1", "on-call", ""), Minute(0));
  Happens(queued("PG-2", "on-call", "failover"), Minute(1));
  Happens(PageDead{"PG-1", "refused", "", "INC-1"}, Minute(1));
  EXPECT_EQ(log_.size(), 1u);  // Another method is under way.
  Happens(queued("PG-3", "on-call", "last_resort"), Minute(2));
  Happens(PageDead{"PG-2", "refused", "", "INC-1"}, Minute(2));
  EXPECT_EQ(log_.back(), "2m L2 → team-lead nobody_reachable");
  RunTo(Minute(59));
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(EscalationTest, APageThatWasTakenBackHasReachedNobody) {
  const auto queued = [](const char* page) {
    PageQueued event;
    event.page = page;
    event.incident = "INC-1";
    event.kind = "page";
    event.level = "L1";
    return event;
  };
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(queued("PG-1"), Minute(0));
  Happens(PageSuppressed{"INC-1", "on-call", "acknowledged_before_sending", "PG-1"}, Minute(1));
  Happens(queued("PG-2"), Minute(2));
  Happens(PageDead{"PG-2", "refused", "", "INC-1"}, Minute(3));
  EXPECT_EQ(log_.back(), "3m L2 → team-lead nobody_reachable");
}

TEST_F(EscalationTest, ALevelThatSomePageReachedDoesNotHurryTheNext) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  for (const char* page : {"PG-1", "PG-2"}) {
    PageQueued event;
    event.page = page;
    event.incident = "INC-1";
    event.kind = "page";
    event.level = "L1";
    Happens(event, Minute(0));
  }
  Happens(PageAttempted{"PG-1", 1, "delivered", "accepted", "", Instant(), "INC-1"}, Minute(1));
  Happens(PageDead{"PG-2", "refused", "", "INC-1"}, Minute(2));
  EXPECT_EQ(log_.size(), 1u);
  EXPECT_EQ(NextWakeup(state_), Minute(30));
}

TEST_F(EscalationTest, LaterEditsOfThePolicyDoNotTouchAnOpenIncident) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  policy_.escalations[0].steps.resize(1);
  policy_.routes.clear();
  RunTo(Minute(60));
  EXPECT_EQ(log_.size(), 4u);
  EXPECT_EQ(log_[2], "60m L3 → architect not_resolved_in_time");
}

TEST_F(EscalationTest, APersonEscalatesAtAnyTimeAndAfterTheLastStepFromTheFirst) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(IncidentAcknowledged{"INC-1", "ito", "cli"}, Minute(1));
  Decision decision = Escalate(R"({"incident":"1"})", Minute(10));
  EXPECT_EQ(decision.answer.Dump(),
            R"({"incident":"INC-1","level":"L2","contacts":["team-lead"]})");
  EXPECT_EQ(std::get<EscalationStepFired>(decision.events[0]).by, "sato");
  // L2 had its turn; L3 comes at its own time.
  RunTo(Minute(59));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "10m L2 → team-lead asked"}));
  RunTo(Minute(60));
  Escalate(R"({"incident":"INC-1"})", Minute(70));
  EXPECT_EQ(log_.back(), "70m L1 → on-call asked");
  Escalate(R"({"incident":"INC-1","level":"l3"})", Minute(80));
  EXPECT_EQ(log_.back(), "80m L3 → architect asked");
}

TEST_F(EscalationTest, AWarningCanBeEscalatedByAPerson) {
  Open("INC-1", "warning", Severity::kWarning, Minute(0));
  Escalate(R"({"incident":"INC-1"})", Minute(5));
  EXPECT_EQ(log_, (Lines{"5m L1 → on-call asked"}));
}

TEST_F(EscalationTest, RefusalsOfEscalateSayWhy) {
  EXPECT_EQ(Escalate(R"({"incident":"INC-9"})", Minute(0)).refusal,
            "There is no open incident \"INC-9\" to escalate. None is open.");
  Open("INC-1", "alert", Severity::kError, Minute(0));
  EXPECT_EQ(Escalate(R"({"incident":"INC-1","level":"L9"})", Minute(0)).refusal,
            "The escalation of INC-1 has no level \"L9\"; it has L1, L2, L3.");
  Open("INC-2", "quiet", Severity::kError, Minute(0));
  EXPECT_NE(Escalate(R"({"incident":"INC-2"})", Minute(0)).refusal.find("no escalation policy"),
            std::string::npos);
}

TEST_F(EscalationTest, UpcomingStepsAreShownToPeople) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  const std::vector<Upcoming> upcoming = UpcomingSteps(state_, "INC-1");
  ASSERT_EQ(upcoming.size(), 2u);
  EXPECT_EQ(upcoming[0].level, "L2");
  EXPECT_EQ(upcoming[0].at, Minute(30));
  EXPECT_EQ(upcoming[1].contacts, (Lines{"architect"}));
}

TEST_F(EscalationTest, AnIncidentWithoutARouteStillPagesSomebody) {
  Open("INC-1", "", Severity::kError, Minute(0));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened"}));
}

// E3: the clock of a step that counts from the one before starts when that one fired.
TEST_F(EscalationTest, AStepMayCountFromTheFiringOfTheOneBefore) {
  production().steps = {
      {.level = "L1", .until_acknowledged = true, .contacts = {"on-call"}},
      {.level = "L2",
       .contacts = {"team-lead"},
       .counts_from_previous = true,
       .after_previous = Duration::Minutes(30)},
      {.level = "L3",
       .contacts = {"architect"},
       .counts_from_previous = true,
       .after_previous = Duration::Minutes(60)},
  };
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Escalate(R"({"incident":"1"})", Minute(10));  // L2 early, so L3 as well.
  RunTo(Minute(200));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "10m L2 → team-lead asked",
                         "70m L3 → architect not_resolved_in_time", "70m ended exhausted"}));
}

TEST_F(EscalationTest, AStepAfterOneThatTheAcknowledgementStoppedKeepsItsTime) {
  step(1).until_acknowledged = true;
  step(2).counts_from_previous = true;
  step(2).after_previous = Duration::Minutes(20);
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(5));
  RunTo(Minute(200));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "50m L3 → architect not_resolved_in_time",
                         "50m ended exhausted"}));
}

// E4: three passes over three steps are nine firings, then it stops loudly.
TEST_F(EscalationTest, TheLadderIsClimbedAgainAndThenStopsLoudly) {
  production().repeat = {2, false, Duration::Minutes(10)};
  production().on_exhausted = {"management"};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(1000));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "30m L2 → team-lead not_resolved_in_time",
                         "60m L3 → architect not_resolved_in_time", "70m pass 2",
                         "70m L1 → on-call repeated", "100m L2 → team-lead not_resolved_in_time",
                         "130m L3 → architect not_resolved_in_time", "140m pass 3",
                         "140m L1 → on-call repeated", "170m L2 → team-lead not_resolved_in_time",
                         "200m L3 → architect not_resolved_in_time", "200m  → management exhausted",
                         "200m ended exhausted"}));
}

TEST_F(EscalationTest, ALadderMayGoOnUntilSomebodyActs) {
  production().repeat = {0, true, Duration::Minutes(10)};
  for (policy::EscalationStepDocument& each : production().steps) each.until_acknowledged = true;
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(700));
  EXPECT_EQ(log_.size(), 41u);
  EXPECT_EQ(log_.back(), "700m L1 → on-call repeated");
  Acknowledge(Minute(705));
  RunTo(Minute(2000));
  EXPECT_EQ(log_.size(), 41u);
}

TEST_F(EscalationTest, WhoeverHasItInHandHearsNoExhaustion) {
  production().on_exhausted = {"management"};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(1));
  RunTo(Minute(100));
  EXPECT_EQ(log_.back(), "60m ended exhausted");
  EXPECT_EQ(log_[log_.size() - 2], "60m L3 → architect not_resolved_in_time");
}

TEST_F(EscalationTest, AStepIsCalledAgainUntilWhatStopsIt) {
  step(0).repeat_every = Duration::Minutes(5);   // Until acknowledged.
  step(1).repeat_every = Duration::Minutes(20);  // Until resolved.
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(10));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "5m L1 → on-call repeated",
                         "10m L1 → on-call repeated"}));
  Acknowledge(Minute(12));
  log_.clear();
  RunTo(Minute(75));
  EXPECT_EQ(log_,
            (Lines{"30m L2 → team-lead not_resolved_in_time", "50m L2 → team-lead repeated",
                   "60m L3 → architect not_resolved_in_time", "70m L2 → team-lead repeated"}));
  Happens(IncidentResolved{"INC-1", "sato", "human", ""}, Minute(80));
  RunTo(Minute(500));
  EXPECT_EQ(log_.back(), "80m ended resolved");
}

// E7: acknowledged and forgotten.
TEST_F(EscalationTest, AnAcknowledgementRunsOutAndTheCurrentStepComesAgain) {
  production().acknowledgement_timeout = {{"error", Duration::Minutes(120)}};
  for (policy::EscalationStepDocument& each : production().steps) each.until_acknowledged = true;
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(40));
  RunTo(Minute(1000));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "30m L2 → team-lead not_acknowledged_in_time",
                         "160m nobody's acknowledgement_timeout",
                         "160m L2 → team-lead acknowledgement_timeout",
                         "190m L3 → architect not_acknowledged_in_time", "190m ended exhausted"}));
}

TEST_F(EscalationTest, AnAcknowledgementOfAnotherSeverityHoldsForEver) {
  production().acknowledgement_timeout = {{"critical", Duration::Minutes(120)}};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(61));
  RunTo(Minute(1000));
  EXPECT_EQ(log_.back(), "60m ended exhausted");
}

TEST_F(EscalationTest, AnAcknowledgementThatIsTakenBackNeverWas) {
  for (policy::EscalationStepDocument& each : production().steps) each.until_acknowledged = true;
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(10));
  Happens(IncidentUnacknowledged{"INC-1", "sato", "asked"}, Minute(11));
  RunTo(Minute(30));
  EXPECT_EQ(log_.back(), "30m L2 → team-lead not_acknowledged_in_time");
  Acknowledge(Minute(31));
  Happens(IncidentUnacknowledged{"INC-1", "sato", "asked"}, Minute(90));
  EXPECT_EQ(log_[log_.size() - 2], "90m L3 → architect not_acknowledged_in_time");
}

TEST_F(EscalationTest, ASnoozeHoldsEveryStepAndEndsWithAPage) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(10));
  Happens(IncidentSnoozed{"INC-1", "sato", Minute(130), "cli"}, Minute(10));
  RunTo(Minute(129));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened"}));
  EXPECT_EQ(UpcomingSteps(state_, "INC-1").front().kind, "snooze_over");
  RunTo(Minute(1000));
  EXPECT_EQ(log_,
            (Lines{"0m L1 → on-call opened", "130m nobody's snooze_over",
                   "130m L1 → on-call snooze_over", "160m L2 → team-lead not_resolved_in_time",
                   "190m L3 → architect not_resolved_in_time", "190m ended exhausted"}));
}

TEST_F(EscalationTest, AnAcknowledgementEndsASnooze) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(10));
  Happens(IncidentSnoozed{"INC-1", "sato", Minute(130), "cli"}, Minute(10));
  Acknowledge(Minute(20));
  RunTo(Minute(31));
  EXPECT_EQ(log_.back(), "30m L2 → team-lead not_resolved_in_time");
}

// E12
TEST_F(EscalationTest, ARaisedSeverityCallsItsLevelsAtOnceAndLeavesTheOthers) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kCritical, "sato", ""},
          Minute(31));
  RunTo(Minute(100));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "30m L2 → team-lead not_resolved_in_time",
                         "31m L4 → management severity_raised",
                         "60m L3 → architect not_resolved_in_time", "60m ended exhausted"}));
}

TEST_F(EscalationTest, AfterTheLastLevelAWorseSeverityEndsOnceMore) {
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(90));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kCritical, "sato", ""},
          Minute(90));
  EXPECT_EQ(log_.back(), "90m ended exhausted");
  EXPECT_EQ(log_[log_.size() - 2], "90m L4 → management severity_raised");
}

TEST_F(EscalationTest, AWarningThatBecomesAnErrorBeginsItsLadderThen) {
  Open("INC-1", "warning", Severity::kWarning, Minute(0));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kWarning, Severity::kError, "sato", ""},
          Minute(120));
  RunTo(Minute(150));
  EXPECT_EQ(log_, (Lines{"120m L1 → on-call severity_raised",
                         "150m L2 → team-lead not_resolved_in_time"}));
}

TEST_F(EscalationTest, ALoweredSeverityCallsNobodyMore) {
  Open("INC-1", "critical-alert", Severity::kCritical, Minute(0));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kCritical, Severity::kWarning, "sato", ""},
          Minute(10));
  RunTo(Minute(500));
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "0m L4 → management critical",
                         "10m ended severity_lowered"}));
}

TEST_F(EscalationTest, AMilderSeverityEndsRepetitionsAndPassesOfTheWorseOne) {
  step(0).repeat_every = Duration::Minutes(5);
  step(0).until_acknowledged = false;
  production().repeat = {3, false, Duration::Minutes(10)};
  Open("INC-1", "critical-alert", Severity::kCritical, Minute(0));
  RunTo(Minute(61));
  log_.clear();
  Happens(IncidentSeverityChanged{"INC-1", Severity::kCritical, Severity::kError, "sato", ""},
          Minute(61));
  RunTo(Minute(72));
  // L4 is called no more; the error's own levels begin anew.
  EXPECT_EQ(log_, (Lines{"65m L1 → on-call repeated", "70m L1 → on-call repeated", "71m pass 2",
                         "71m L1 → on-call repeated"}));
  log_.clear();
  Happens(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kWarning, "sato", ""},
          Minute(73));
  RunTo(Minute(1000));
  EXPECT_EQ(log_, (Lines{"73m ended severity_lowered"}));
}

TEST_F(EscalationTest, ANextPassWaitsForAStepThatWasAdded) {
  production().repeat = {1, false, Duration::Minutes(10)};
  step(3).at_once_for = {};
  step(3).after = Duration::Minutes(65);
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(60));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kCritical, "sato", ""},
          Minute(61));
  RunTo(Minute(75));
  ASSERT_GE(log_.size(), 3u);
  EXPECT_EQ(log_[log_.size() - 3], "65m L4 → management not_resolved_in_time");
  EXPECT_EQ(log_[log_.size() - 2], "75m pass 2");
}

TEST_F(EscalationTest, ARestIsAsLongAsThePresentSeveritySays) {
  production().acknowledgement_timeout = {{"critical", Duration::Minutes(90)}};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Acknowledge(Minute(1));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kCritical, "sato", ""},
          Minute(5));
  RunTo(Minute(91));
  EXPECT_EQ(log_[log_.size() - 3], "91m nobody's acknowledgement_timeout");
}

TEST_F(EscalationTest, AfterARestWhoIsOfTheFormerSeverityOnlyIsNotCalled) {
  Open("INC-1", "critical-alert", Severity::kCritical, Minute(0));  // L4 fires last.
  Acknowledge(Minute(1));
  Happens(IncidentSnoozed{"INC-1", "sato", Minute(20), "cli"}, Minute(1));
  Happens(IncidentSeverityChanged{"INC-1", Severity::kCritical, Severity::kError, "sato", ""},
          Minute(5));
  RunTo(Minute(50));
  // In their distances from L1: thirty minutes to L2.
  EXPECT_EQ(log_, (Lines{"0m L1 → on-call opened", "0m L4 → management critical",
                         "20m nobody's snooze_over", "20m L1 → on-call snooze_over",
                         "50m L2 → team-lead not_resolved_in_time"}));
}

// E13
TEST_F(EscalationTest, AfterAnOutageRepetitionsComeOnceAndAfterWhatIsNew) {
  step(0).repeat_every = Duration::Minutes(5);
  Open("INC-1", "alert", Severity::kError, Minute(0));
  Open("INC-2", "alert", Severity::kError, Minute(1));
  log_.clear();
  now_ = Minute(45);
  RunTo(Minute(45));
  EXPECT_EQ(log_, (Lines{"45m L2 → team-lead not_resolved_in_time INC-1",
                         "45m L2 → team-lead not_resolved_in_time INC-2",
                         "45m L1 → on-call repeated INC-1", "45m L1 → on-call repeated INC-2"}));
  EXPECT_EQ(NextWakeup(state_), Minute(50));
}

TEST_F(EscalationTest, AClockThatIsSetBackMakesNothingElseWaitLonger) {
  production().acknowledgement_timeout = {{"error", Duration::Minutes(120)}};
  production().repeat = {1, false, Duration::Minutes(40)};
  Open("INC-1", "alert", Severity::kError, Minute(0));
  RunTo(Minute(60));
  Acknowledge(Minute(61));
  Fold(ClockSetBack{Duration::Minutes(50)}, Minute(12));
  const std::vector<Upcoming> upcoming = UpcomingSteps(state_, "INC-1");
  ASSERT_EQ(upcoming.size(), 2u);
  EXPECT_EQ(upcoming[0].kind, "pass");
  EXPECT_EQ(upcoming[0].at, Minute(50));
  EXPECT_EQ(upcoming[1].kind, "acknowledgement_timeout");
  EXPECT_EQ(upcoming[1].at, Minute(131));
}

TEST(EscalationPropertyTest, SnapshotAndTailEqualFoldFromZero) {
  EXPECT_EQ(FirstSeedThatForgets<State>(80, kStart, Apply, Save, Load), std::nullopt);
}

}  // namespace
}  // namespace hinomi::escalation
