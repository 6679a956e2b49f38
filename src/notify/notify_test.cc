#include "notify/notify.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"
#include "notify/impl/results.h"
#include "notify/render.h"
#include "ops_model/testing.h"

namespace hinomi::notify {
namespace {

using namespace ops_model;  // NOLINT: the events are this test's vocabulary.
using Lines = std::vector<std::string>;
using Outcome = JobResult::Outcome;

// A Tuesday, 09:00 in Tokyo.
const Instant kStart = *ParseRfc3339("2026-11-24T00:00:00Z");
Instant At(int64_t seconds) {
  return kStart + Duration::Seconds(seconds);
}

policy::OpsFolder Policy() {
  policy::OpsFolder policy;
  policy.server.external_url = "https://hinomi.example.com";
  policy.server.language = "en";
  policy.routes = {
      {.action = "alert", .severity = "error", .escalation = "production", .notify = {"devops"}}};
  for (const char* name : {"mail", "hook"}) {
    policy::ChannelDocument channel;
    channel.name = name;
    channel.type = name == std::string("mail") ? "smtp" : "webhook";
    channel.configured = true;
    policy.channels.push_back(channel);
  }
  policy::ChannelDocument pagerduty;
  pagerduty.name = "pagerduty";
  pagerduty.type = "pagerduty";
  pagerduty.unconfigured_reason = "PAGERDUTY_KEY is not set";
  policy.channels.push_back(pagerduty);
  policy.contacts = {
      {"on-call", "オンコール", {{"mail", "on-call@example.com"}, {"hook", ""}}, {}},
      {"devops", "DevOps Team", {{"hook", ""}}, {}},
      {"pd", "PagerDuty only", {{"pagerduty", ""}}, {}},
      {"management", "Management", {{"mail", "cto@example.com"}}, {}},
  };
  policy::HoursDocument& hours = policy.contacts.back().hours;
  hours.always = false;
  hours.time_zone = "Asia/Tokyo";
  hours.weekdays = {"mon", "tue", "wed", "thu", "fri"};
  hours.from_minute = 9 * 60;
  hours.to_minute = 18 * 60;
  hours.override_for = {"critical"};
  return policy;
}

/// One machine, its journal and its job table.
class NotifyTest : public testing::Test {
 protected:
  Lines Take(Decision decision, Instant now) {
    Lines lines;
    for (JobSpec& job : decision.jobs) jobs_[job.key] = std::move(job);
    verdicts_ = decision.verdicts;
    last_ = decision;
    for (const EventBody& body : decision.events) {
      Fold(body, now);
      lines.push_back(Describe(body));
    }
    return lines;
  }
  static std::string Describe(const EventBody& body) {
    if (const auto* b = std::get_if<PageQueued>(&body)) {
      std::string line = b->page + " " + b->kind + " " + b->contact + " by " + b->channel;
      if (!b->reason_code.empty()) line += " " + b->reason_code;
      if (!b->replaces.empty()) line += " for " + b->replaces;
      return line;
    }
    if (const auto* b = std::get_if<PageAttempted>(&body))
      return b->page + " " + b->outcome + " " + b->reason_code;
    if (const auto* b = std::get_if<PageDead>(&body)) return b->page + " dead " + b->reason_code;
    if (const auto* b = std::get_if<PageSuppressed>(&body))
      return b->contact + " suppressed " + b->reason_code + (b->page.empty() ? "" : " " + b->page);
    return std::string(EventType(body));
  }
  Event Fold(EventBody body, Instant at) {
    Event event{++sequence_, at, "hinomi", std::move(body)};
    Apply(state_, event);
    return event;
  }
  Lines Happens(EventBody body, Instant at) {
    const Event event = Fold(std::move(body), at);
    return Take(Decide(state_, EventInput{event}, at, policy_, random_), at);
  }
  Lines Open(const char* route = "", Severity severity = Severity::kError) {
    IncidentOpened opened;
    opened.incident = "INC-1";
    opened.title = "HighErrorRate (app)";
    opened.severity = severity;
    opened.service = "app";
    opened.alarm = "HighErrorRate";
    opened.route = route;
    return Happens(opened, At(0));
  }
  Lines Step(const char* level, std::vector<std::string> contacts, Instant at,
             const char* reason = "opened") {
    return Happens(EscalationStepFired{"INC-1", level, std::move(contacts), reason, ""}, at);
  }
  Lines Result(const char* page, Outcome outcome, const char* reason, Instant at, int attempt = 1,
               Duration retry_after = Duration()) {
    JobResult result;
    result.kind = kJobKind;
    result.key = page;
    result.id = 7;
    result.attempt = attempt;
    result.outcome = outcome;
    result.reason_code = reason;
    result.detail = "said so";
    result.retry_after = retry_after;
    return Take(Decide(state_, result, at, policy_, random_), at);
  }

  policy::OpsFolder policy_ = Policy();
  State state_;
  Random random_{1};
  std::map<std::string, JobSpec> jobs_;
  std::vector<JobVerdict> verdicts_;
  Decision last_;
  uint64_t sequence_ = 0;
};

TEST_F(NotifyTest, APageGoesByTheFirstUsableMethodAsAnUrgentJob) {
  Open();
  EXPECT_EQ(Step("L1", {"on-call"}, At(0)), (Lines{"PG-1 page on-call by mail"}));
  const JobSpec& job = jobs_.at("PG-1");
  EXPECT_EQ(job.kind, "page");
  EXPECT_EQ(job.due, At(0));
  EXPECT_TRUE(job.urgent);
  EXPECT_FALSE(job.once);
  EXPECT_EQ(job.payload["destination"].as_string(), "on-call@example.com");
  EXPECT_EQ(job.payload["channel_type"].as_string(), "smtp");
  EXPECT_EQ(job.payload["subject"].as_string(), "[error] HighErrorRate (app) – INC-1 (L1)");
  EXPECT_EQ(job.payload["acknowledge_link"].as_string(), "{{acknowledge_link}}");
  EXPECT_EQ(job.payload["url"].as_string(), "https://hinomi.example.com/incidents/INC-1");
  EXPECT_TRUE(StillWanted(state_, "PG-1"));
}

TEST_F(NotifyTest, TheRouteTellsItsOwnPeopleAtTheOpening) {
  EXPECT_EQ(Open("alert"), (Lines{"PG-1 page devops by hook"}));
}

TEST_F(NotifyTest, WithoutCredentialsThePageGoesToTheOutboxAndSaysSo) {
  Open();
  EXPECT_EQ(Step("L1", {"pd"}, At(0)), (Lines{"PG-1 page pd by outbox channel_unconfigured"}));
  EXPECT_EQ(jobs_.at("PG-1").payload["channel_type"].as_string(), "outbox");
  policy_.channels[0].configured = false;
  EXPECT_EQ(Step("L1", {"on-call"}, At(0)),
            (Lines{"PG-2 page on-call by hook channel_unconfigured"}));
  policy_.contacts[0].methods.clear();
  EXPECT_EQ(Step("L1", {"on-call"}, At(0)), (Lines{"on-call suppressed already_queued"}));
}

TEST_F(NotifyTest, ContactsThatNobodyKnowsAreShownAsSuch) {
  Open();
  EXPECT_EQ(Step("L1", {"ghost"}, At(0)), (Lines{"ghost suppressed unknown_contact"}));
}

TEST_F(NotifyTest, OneContactGetsOneUntriedPageNotTwo) {
  Open();
  EXPECT_EQ(Step("L2", {"on-call", "on-call"}, At(0)),
            (Lines{"PG-1 page on-call by mail", "on-call suppressed already_queued"}));
  EXPECT_EQ(Step("L3", {"on-call"}, At(1)), (Lines{"on-call suppressed already_queued"}));
  Result("PG-1", Outcome::kDone, "accepted", At(2));
  EXPECT_EQ(Step("L3", {"on-call"}, At(3)), (Lines{"PG-2 page on-call by mail"}));
}

TEST_F(NotifyTest, BusinessHoursHoldThePageUnlessTheSeverityOverrides) {
  Open();
  // 18:00 in Tokyo: closed since this very minute.
  Lines lines = Step("L4", {"management"}, At(9 * 3600));
  EXPECT_EQ(lines, (Lines{"PG-1 page management by mail held_until_opening"}));
  EXPECT_EQ(jobs_.at("PG-1").due, At(24 * 3600));
  EXPECT_EQ(state_.pages.at("PG-1").queued.due, At(24 * 3600));
  EXPECT_EQ(OldestOverdue(state_, At(10 * 3600)), std::nullopt);
  EXPECT_EQ(OldestOverdue(state_, At(24 * 3600)), At(24 * 3600));
}

TEST_F(NotifyTest, ACriticalIncidentDoesNotWaitForBusinessHours) {
  Open("", Severity::kCritical);
  EXPECT_EQ(Step("L4", {"management"}, At(20 * 3600)), (Lines{"PG-1 page management by mail"}));
  EXPECT_EQ(jobs_.at("PG-1").due, At(20 * 3600));
}

TEST_F(NotifyTest, ADeliveredPageEndsItsJob) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kDone, "accepted", At(1)), (Lines{"PG-1 delivered accepted"}));
  ASSERT_EQ(verdicts_.size(), 1u);
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDone);
  EXPECT_EQ(verdicts_[0].id, 7u);
  EXPECT_FALSE(StillWanted(state_, "PG-1"));
}

TEST_F(NotifyTest, TriesAgainWithinTheBackoffUnderTheSameName) {
  Open();
  Step("L1", {"devops"}, At(0));
  const int64_t ceilings[] = {1, 2, 4, 8, 16, 32, 60, 60};
  for (int attempt = 1; attempt <= 8; ++attempt) {
    const Instant now = At(attempt * 60);
    EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", now, attempt),
              (Lines{"PG-1 retry timeout"}));
    ASSERT_EQ(verdicts_.size(), 1u);
    EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
    EXPECT_GT(verdicts_[0].due, now);
    EXPECT_LE(verdicts_[0].due, now + Duration::Seconds(ceilings[attempt - 1]));
    // What was chosen stands in the event.
    EXPECT_EQ(state_.pages.at("PG-1").next_attempt, verdicts_[0].due);
    EXPECT_EQ(state_.pages.at("PG-1").attempts, attempt);
  }
}

TEST_F(NotifyTest, TheJitterIsSpreadOverTheWholeBackoff) {
  Duration least = Duration::Hours(1), most;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = impl::Backoff(7, random_);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, Duration::Seconds(2));
  EXPECT_GT(most, Duration::Seconds(58));
  EXPECT_LE(most, Duration::Seconds(60));
  EXPECT_LE(impl::Backoff(1, random_), Duration::Seconds(1));
}

TEST_F(NotifyTest, WaitsAsLongAsItIsToldTo) {
  Open();
  Step("L1", {"on-call"}, At(0));
  Result("PG-1", Outcome::kRetry, "throttled", At(1), 1, Duration::Seconds(90));
  EXPECT_EQ(verdicts_[0].due, At(91));
}

TEST_F(NotifyTest, TheWaitCountsFromTheAnswerThoughTheDiskWasFullMeanwhile) {
  Open();
  Step("L1", {"on-call"}, At(0));
  JobResult result;
  result.kind = kJobKind;
  result.key = "PG-1";
  result.id = 7;
  result.attempt = 1;
  result.outcome = Outcome::kRetry;
  result.reason_code = "throttled";
  result.retry_after = Duration::Seconds(90);
  result.answered_at = At(1);
  Take(Decide(state_, result, At(61), policy_, random_), At(61));
  EXPECT_EQ(verdicts_[0].due, At(91));
}

TEST_F(NotifyTest, AnAbsurdRetryAfterGoesToTheNextMethodMeanwhile) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "throttled", At(1), 1, Duration::Minutes(16)),
            (Lines{"PG-1 retry throttled", "PG-2 page on-call by hook failover for PG-1"}));
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
  EXPECT_EQ(verdicts_[0].due, At(1) + Duration::Minutes(16));
  EXPECT_EQ(jobs_.at("PG-2").due, At(1));
  EXPECT_EQ(jobs_.at("PG-2").payload["level"].as_string(), "L1");
  // The wait is granted once; the other method is not set going twice.
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "throttled", At(1000), 2, Duration::Minutes(16)),
            (Lines{"PG-1 failed throttled", "PG-1 dead exhausted"}));
}

TEST_F(NotifyTest, AFinalRefusalTakesTheNextMethodAtOnceAndThenTheOutbox) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kFailed, "refused", At(1)),
            (Lines{"PG-1 failed refused", "PG-2 page on-call by hook failover for PG-1",
                   "PG-1 dead refused"}));
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDead);
  EXPECT_EQ(verdicts_[0].error, "refused: said so");
  EXPECT_EQ(Result("PG-2", Outcome::kFailed, "gone", At(2)),
            (Lines{"PG-2 failed gone", "PG-3 page on-call by outbox last_resort for PG-2",
                   "PG-2 dead gone"}));
  // There is nothing behind the outbox.
  EXPECT_EQ(Result("PG-3", Outcome::kFailed, "disk_full", At(3)),
            (Lines{"PG-3 failed disk_full", "PG-3 dead disk_full"}));
}

TEST_F(NotifyTest, AfterFifteenMinutesTheMethodIsGivenUp) {
  Open();
  Step("L1", {"devops"}, At(0));
  Result("PG-1", Outcome::kRetry, "timeout", At(14 * 60), 20);
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(15 * 60), 21),
            (Lines{"PG-1 failed timeout", "PG-2 page devops by outbox last_resort for PG-1",
                   "PG-1 dead exhausted"}));
}

TEST_F(NotifyTest, TheNextMethodIsTakenBesideOneThatIsSlow) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "unreachable", At(1)),
            (Lines{"PG-1 retry unreachable"}));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(25), 2),
            (Lines{"PG-1 retry timeout", "PG-2 page on-call by hook failover for PG-1"}));
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
  EXPECT_EQ(jobs_.at("PG-2").due, At(25));
  // Once; and where it has failed for good nothing is left but the outbox.
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(60), 3), (Lines{"PG-1 retry timeout"}));
  EXPECT_EQ(Result("PG-2", Outcome::kFailed, "refused", At(61)),
            (Lines{"PG-2 failed refused", "PG-3 page on-call by outbox last_resort for PG-2",
                   "PG-2 dead refused"}));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(15 * 60), 21),
            (Lines{"PG-1 failed timeout", "PG-1 dead exhausted"}));
}

TEST_F(NotifyTest, AHeldPageHasItsFifteenMinutesFromTheOpening) {
  Open();
  Step("L4", {"management"}, At(9 * 3600));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(24 * 3600 + 60)),
            (Lines{"PG-1 retry timeout"}));
}

TEST_F(NotifyTest, TheFifteenMinutesMoveWithAClockThatIsSetBack) {
  Open();
  Step("L1", {"devops"}, At(0));
  Result("PG-1", Outcome::kRetry, "throttled", At(600), 1, Duration::Minutes(2));
  Fold(ClockSetBack{Duration::Minutes(5)}, At(300));
  EXPECT_EQ(state_.pages["PG-1"].next_attempt, At(600 + 120 - 300));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(10 * 60), 21),
            (Lines{"PG-1 failed timeout", "PG-2 page devops by outbox last_resort for PG-1",
                   "PG-1 dead exhausted"}));
}

TEST_F(NotifyTest, OpeningHoursDoNotMoveWithAClockThatIsSetBack) {
  Open();
  Step("L4", {"management"}, At(9 * 3600));
  const Instant opens = state_.pages["PG-1"].queued.due;
  ASSERT_GT(opens, At(9 * 3600) + Duration::Hours(1));
  Fold(ClockSetBack{Duration::Minutes(5)}, At(9 * 3600 + 60));
  EXPECT_EQ(state_.pages["PG-1"].queued.due, opens);
  EXPECT_EQ(state_.pages["PG-1"].next_attempt, opens);
}

TEST_F(NotifyTest, APageWhoseEndNobodyKnowsIsSentAgainUnderTheSameName) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kUnknown, "", At(1)), (Lines{"PG-1 retry unknown_outcome"}));
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
  EXPECT_TRUE(StillWanted(state_, "PG-1"));
}

TEST_F(NotifyTest, WhoGotThePageHearsOfAcknowledgementAndEnd) {
  Open();
  Step("L1", {"on-call", "devops"}, At(0));
  Result("PG-1", Outcome::kDone, "accepted", At(1));
  // devops' page did not arrive yet: only on-call is told, devops once it does.
  EXPECT_EQ(Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, At(60)),
            (Lines{"PG-3 acknowledged on-call by mail"}));
  EXPECT_EQ(Result("PG-2", Outcome::kDone, "accepted", At(61)),
            (Lines{"PG-2 delivered accepted", "PG-4 acknowledged devops by hook"}));
  EXPECT_EQ(Happens(IncidentResolved{"INC-1", "hinomi", "source_recovered", ""}, At(120)),
            (Lines{"on-call suppressed resolved_before_sending PG-3",
                   "devops suppressed resolved_before_sending PG-4",
                   "PG-5 resolved on-call by mail", "PG-6 resolved devops by hook"}));
}

TEST_F(NotifyTest, ResolutionCancelsWhatWasNotSent) {
  Open();
  Step("L1", {"on-call"}, At(0));
  Result("PG-1", Outcome::kRetry, "timeout", At(1));
  EXPECT_EQ(Happens(IncidentResolved{"INC-1", "sato", "human", ""}, At(2)),
            (Lines{"on-call suppressed resolved_before_sending PG-1"}));
  ASSERT_EQ(verdicts_.size(), 1u);
  EXPECT_EQ(verdicts_[0].key, "PG-1");
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDone);
  EXPECT_FALSE(StillWanted(state_, "PG-1"));
  EXPECT_EQ(OldestOverdue(state_, At(3)), std::nullopt);
  // A try that was under way and failed is not repeated.
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(3), 2), Lines{});
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDone);
}

TEST_F(NotifyTest, APageThatWentOutInTheSameMomentIsFollowedByTheEnd) {
  Open();
  Step("L1", {"on-call"}, At(0));
  Happens(IncidentResolved{"INC-1", "sato", "human", ""}, At(2));
  EXPECT_EQ(Result("PG-1", Outcome::kDone, "accepted", At(3)),
            (Lines{"PG-1 delivered accepted", "PG-2 resolved on-call by mail"}));
}

TEST_F(NotifyTest, APageThatArrivesAfterSomebodyHasItIsFollowedByThat) {
  Open();
  Step("L1", {"on-call", "devops"}, At(0));
  Happens(IncidentAcknowledged{"INC-1", "sato", "web"}, At(2));
  EXPECT_EQ(Result("PG-1", Outcome::kDone, "accepted", At(3)),
            (Lines{"PG-1 delivered accepted", "PG-3 acknowledged on-call by mail"}));
  // Called after that, because it takes too long: the page itself says who has it.
  Step("L2", {"management"}, At(60));
  EXPECT_EQ(Result("PG-4", Outcome::kDone, "accepted", At(61)), (Lines{"PG-4 delivered accepted"}));
}

TEST_F(NotifyTest, PagerDutyHearsOfTheEndAlsoWhereItsAnswerWasLost) {
  struct Case {
    const char* reason;
    Outcome outcome;
    bool told;
  };
  for (const Case& c :
       {Case{"timeout", Outcome::kRetry, true}, Case{"throttled", Outcome::kRetry, true},
        Case{"lost", Outcome::kUnknown, true}, Case{"refused", Outcome::kFailed, false}}) {
    state_ = State();
    policy_.channels[2].configured = true;
    Open();
    Step("L1", {"pd", "on-call"}, At(0));
    Result("PG-1", c.outcome, c.reason, At(1));
    Result("PG-2", Outcome::kRetry, "timeout", At(1));  // Mail keeps nothing open.
    Lines lines = Happens(IncidentAcknowledged{"INC-1", "sato", "web"}, At(2));
    EXPECT_EQ(lines.size(), c.told ? 1u : 0u) << c.reason;
    EXPECT_EQ(lines.empty() ? "" : lines.back(), c.told ? "PG-3 acknowledged pd by pagerduty" : "");
    lines = Happens(IncidentResolved{"INC-1", "", "source_recovered", ""}, At(3));
    const bool resolves =
        std::find(lines.begin(), lines.end(), "PG-4 resolved pd by pagerduty") != lines.end();
    EXPECT_EQ(resolves, c.told) << c.reason << ": " << Join(lines, ", ");
  }
}

TEST_F(NotifyTest, PagerDutyHearsOfTheEndAfterATryThatWasUnderWay) {
  policy_.channels[2].configured = true;
  Open();
  Step("L1", {"pd", "on-call"}, At(0));
  EXPECT_EQ(Happens(IncidentResolved{"INC-1", "", "source_recovered", ""}, At(1)),
            (Lines{"pd suppressed resolved_before_sending PG-1",
                   "on-call suppressed resolved_before_sending PG-2"}));
  EXPECT_EQ(Result("PG-1", Outcome::kRetry, "timeout", At(20)),
            (Lines{"PG-3 resolved pd by pagerduty"}));
  EXPECT_EQ(verdicts_.back().action, JobVerdict::Action::kDone);
  EXPECT_EQ(Result("PG-2", Outcome::kRetry, "timeout", At(20)), Lines());
}

TEST_F(NotifyTest, ASenderThatWronglyTookAPageForCancelledIsAskedAgain) {
  Open();
  Step("L1", {"on-call"}, At(0));
  EXPECT_EQ(Result("PG-1", Outcome::kFailed, "cancelled", At(1)), (Lines{"PG-1 retry cancelled"}));
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kRetryAt);
}

TEST_F(NotifyTest, OneNoticeEvenWhereTheAddressesAreSealedDifferently) {
  Open();
  for (const char* page : {"PG-1", "PG-2"}) {
    PageQueued queued{page,      "INC-1", "page", "on-call", "mail", "smtp",
                      "sealed:", "L1",    0,      "",        At(0),  ""};
    queued.destination += page;
    Fold(queued, At(0));
    Fold(PageAttempted{page, 1, "delivered", "accepted", "", Instant(), "INC-1"}, At(1));
  }
  EXPECT_EQ(Happens(IncidentResolved{"INC-1", "sato", "human", "sealed:ab"}, At(2)),
            (Lines{"PG-3 resolved on-call by mail"}));
  EXPECT_EQ(jobs_.at("PG-3").payload["note"].as_string(), "sealed:ab");
  EXPECT_EQ(jobs_.at("PG-3").payload["body"].as_string().find("sealed:"), std::string::npos);
}

TEST_F(NotifyTest, AResultOfAPageLongForgottenEndsItsJob) {
  EXPECT_EQ(Result("PG-77", Outcome::kRetry, "timeout", At(0)), Lines{});
  ASSERT_EQ(verdicts_.size(), 1u);
  EXPECT_EQ(verdicts_[0].action, JobVerdict::Action::kDone);
}

TEST_F(NotifyTest, TestPagesGoByEveryMethodAndAreForgottenAfterwards) {
  const auto test = [this](const char* arguments) {
    return Take(
        Decide(state_, CommandInput{"sato", "cli", "channel.test", *Json::Parse(arguments), 1},
               At(0), policy_, random_),
        At(0));
  };
  EXPECT_EQ(test(R"({"contact":"on-call"})"),
            (Lines{"PG-1 test on-call by mail", "PG-2 test on-call by hook"}));
  EXPECT_EQ(last_.answer.Dump(), R"({"pages":["PG-1","PG-2"]})");
  EXPECT_EQ(Result("PG-1", Outcome::kDone, "accepted", At(1)), (Lines{"PG-1 delivered accepted"}));
  EXPECT_EQ(Result("PG-2", Outcome::kFailed, "refused", At(1)),
            (Lines{"PG-2 failed refused", "PG-2 dead refused"}));
  EXPECT_TRUE(state_.pages.empty());
  EXPECT_EQ(test(R"({"channel":"mail","address":"me@example.com"})"),
            (Lines{"PG-3 test  by mail"}));
  test(R"({"contact":"on-cal"})");
  EXPECT_EQ(last_.refusal, "contacts.yml has no contact \"on-cal\". Did you mean \"on-call\"?");
  test(R"({"channel":"pagerduty"})");
  EXPECT_EQ(last_.refusal, "Channel \"pagerduty\" is not configured: PAGERDUTY_KEY is not set.");
}

TEST_F(NotifyTest, OldResolvedIncidentsAreForgottenWithTheirPages) {
  for (int i = 1; i <= 250; ++i) {
    const std::string name = "INC-" + std::to_string(i);
    IncidentOpened opened;
    opened.incident = name;
    Happens(opened, At(i));
    Happens(EscalationStepFired{name, "L1", {"on-call"}, "opened", ""}, At(i));
    Happens(IncidentResolved{name, "sato", "human", ""}, At(i));
  }
  EXPECT_EQ(state_.topics.size(), kResolvedKept);
  EXPECT_EQ(state_.pages.size(), kResolvedKept);
  EXPECT_EQ(state_.last_page, 250u);
}

// E5
TEST_F(NotifyTest, AnAcknowledgementTakesBackWhatIsNeedlessNow) {
  Open();
  Fold(EscalationStarted{"INC-1",
                         Severity::kError,
                         {{"L1", Duration(), true, {"on-call"}},
                          {"L2", Duration::Minutes(30), false, {"management", "devops"}}}},
       At(0));
  Step("L1", {"on-call"}, At(0));
  Step("L2", {"devops"}, At(0));
  Result("PG-1", Outcome::kRetry, "timeout", At(1));
  EXPECT_EQ(Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, At(2)),
            (Lines{"on-call suppressed acknowledged_before_sending PG-1"}));
  EXPECT_EQ(verdicts_.at(0).key, "PG-1");
  EXPECT_FALSE(StillWanted(state_, "PG-1"));
  EXPECT_TRUE(StillWanted(state_, "PG-2"));
}

TEST_F(NotifyTest, WhoIsCalledAgainGetsNoSecondPageWhileOneIsOnItsWay) {
  Open();
  Step("L1", {"on-call"}, At(0));
  Result("PG-1", Outcome::kRetry, "timeout", At(1));
  EXPECT_EQ(Step("L1", {"on-call"}, At(300), "repeated"),
            (Lines{"on-call suppressed already_queued"}));
  Result("PG-1", Outcome::kDone, "accepted", At(301), 2);
  EXPECT_EQ(Step("L1", {"on-call"}, At(600), "repeated"), (Lines{"PG-2 page on-call by mail"}));
  EXPECT_NE(jobs_.at("PG-2").payload["body"].as_string().find("You are told again"),
            std::string::npos);
}

TEST_F(NotifyTest, MessagesSayWhereTheIncidentStandsNow) {
  Open();
  Happens(IncidentAcknowledged{"INC-1", "sato", "cli"}, At(1));
  Fold(IncidentUnacknowledged{"INC-1", "hinomi", "acknowledgement_timeout"}, At(2));
  Fold(IncidentSeverityChanged{"INC-1", Severity::kError, Severity::kCritical, "ito", ""}, At(3));
  Step("L1", {"on-call"}, At(4), "acknowledgement_timeout");
  const Json& page = jobs_.at("PG-1").payload;
  EXPECT_EQ(page["severity"].as_string(), "critical");
  EXPECT_EQ(page["acknowledged_by"].as_string(), "");
  EXPECT_EQ(page["body"].as_string().find("still open."), std::string::npos);
  EXPECT_NE(page["body"].as_string().find("it is nobody's again"), std::string::npos);
  Result("PG-1", Outcome::kDone, "accepted", At(5));
  Fold(IncidentMerged{"INC-1", "INC-2", "ito"}, At(6));
  Happens(IncidentResolved{"INC-1", "ito", "merged", ""}, At(6));
  EXPECT_NE(jobs_.at("PG-2").payload["body"].as_string().find("the same as INC-2"),
            std::string::npos);
}

TEST(NotifyPropertyTest, SnapshotAndTailEqualFoldFromZero) {
  EXPECT_EQ(FirstSeedThatForgets<State>(100, kStart, Apply, Save, Load), std::nullopt);
}

}  // namespace
}  // namespace hinomi::notify
