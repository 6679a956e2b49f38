#include "control/control_loop.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.h"
#include "control/personal.h"
#include "store/open.h"

namespace hinomi::control {
namespace {

using ops_model::CommandInput;
using ops_model::Decision;
using ops_model::Event;
using ops_model::EventInput;
using ops_model::Input;
using ops_model::JobResult;

// Opens an incident on command; acknowledges it by itself when it hears of the
// opening; asks for a job; keeps the notes it folded.
class Toy : public Machine {
 public:
  std::string_view name() const override { return "toy"; }

  Decision Decide(const Input& input, Instant now, const policy::OpsFolder&,
                  Random&) const override {
    Decision decision;
    if (const auto* command = std::get_if<CommandInput>(&input)) {
      if (command->verb == "open") {
        decision.events.push_back(ops_model::IncidentOpened{.incident = "INC-1"});
        decision.jobs.push_back({.kind = "page",
                                 .due = now,
                                 .key = "PG-1",
                                 .payload = Json::MakeObject().Set("to", "x"),
                                 .urgent = true,
                                 .once = command->arguments["once"].as_bool()});
        decision.answer = "INC-1";
      } else if (command->verb == "note") {
        decision.events.push_back(ops_model::IncidentNoted{"INC-1", command->who,
                                                           command->arguments["text"].as_string()});
        decision.answer = "noted";
      } else if (command->verb == "poison") {
        decision.events.push_back(ops_model::IncidentNoted{Poison(), command->who, "x"});
        decision.answer = "never";
      } else if (command->verb == "refuse") {
        decision.refusal = "INC-9 does not exist";
      }
    } else if (const auto* heard = std::get_if<EventInput>(&input)) {
      if (std::holds_alternative<ops_model::IncidentOpened>(heard->event.body))
        decision.events.push_back(ops_model::IncidentAcknowledged{"INC-1", "toy", "cli"});
    } else if (const auto* result = std::get_if<JobResult>(&input)) {
      decision.verdicts.push_back({result->id, ops_model::JobVerdict::Action::kDone, {}, ""});
      decision.events.push_back(ops_model::PageAttempted{
          "PG-1",
          result->attempt,
          result->outcome == JobResult::Outcome::kUnknown ? "unknown" : "delivered",
          "",
          result->detail,
          {},
          result->detail == "poison" ? Poison() : ""});
    } else if (const auto* evaluation = std::get_if<ops_model::AlarmEvaluation>(&input)) {
      if (evaluation->alarm == "poison")
        decision.events.push_back(ops_model::AlarmActionTaken{Poison(), "scale-up", "", ""});
    } else if (std::holds_alternative<ops_model::TimerInput>(input)) {
      decision.events.push_back(ops_model::IncidentResolved{"INC-1", "hinomi", "timer", ""});
    }
    return decision;
  }

  void Apply(const Event& event) override {
    ++folded_;
    if (const auto* note = std::get_if<ops_model::IncidentNoted>(&event.body))
      notes_.push_back(note->text);
    if (std::holds_alternative<ops_model::IncidentOpened>(event.body))
      timer_ = event.at + Duration::Minutes(30);
    if (std::holds_alternative<ops_model::IncidentResolved>(event.body)) timer_.reset();
  }
  std::optional<Instant> NextWakeup() const override { return timer_; }
  Json Save() const override { return Json::MakeObject().Set("folded", folded_); }
  void Load(const Json& saved) override { folded_ = saved["folded"].as_int(); }
  void Reset() override {
    folded_ = 0;
    notes_.clear();
    timer_.reset();
  }

  // A subject that no store takes.
  static std::string Poison() { return std::string(2000, 'x'); }

  int64_t folded_ = 0;
  std::vector<std::string> notes_;
  std::optional<Instant> timer_;
};

class ControlLoopTest : public ::testing::Test {
 protected:
  ControlLoopTest() { Open(); }

  // A server that died and came back: the database stays, memory does not.
  void Open() {
    store_ = store::OpenMemoryStore(database_, clock_,
                                    [this](std::string_view call, store::FaultPoint point) {
                                      return fault_ ? fault_(call, point) : Status();
                                    });
    ControlOptions options;
    options.holder = "test:" + std::to_string(++starts_);
    options.release = "0.1.0";
    options.snapshot_every = snapshot_every_;
    options.salt = [](size_t size) { return std::string(size, 's'); };
    std::vector<std::unique_ptr<Machine>> machines;
    machines.push_back(std::make_unique<Toy>());
    toy_ = static_cast<Toy*>(machines.back().get());
    loop_ = std::make_unique<ControlLoop>(options, *store_, clock_, Random(1), std::move(machines),
                                          telemetry_, log_);
  }

  void Start() { ASSERT_TRUE(loop_->Start(std::make_shared<policy::OpsFolder>())); }

  uint64_t Put(const std::string& key, const std::string& verb, Json arguments = {}) {
    Json body = Json::MakeObject().Set("verb", verb).Set("via", "cli").Set("arguments", arguments);
    return store_->PutCommand({key, "sato", body.Dump()}, clock_.Now())->id;
  }

  std::vector<std::string> Types() {
    std::vector<std::string> types;
    for (const store::JournalEntry& entry : *store_->ReadJournal(0, 1000))
      types.push_back(entry.event.type);
    return types;
  }

  ManualClock clock_;
  Telemetry telemetry_;
  NullLog log_;
  uint64_t snapshot_every_ = 1000;
  int starts_ = 0;
  int reloads_ = 0;
  std::function<Status(std::string_view, store::FaultPoint)> fault_;
  std::shared_ptr<store::MemoryDatabase> database_ = store::MakeMemoryDatabase();
  std::unique_ptr<store::Store> store_;
  Toy* toy_ = nullptr;
  std::unique_ptr<ControlLoop> loop_;
};

TEST_F(ControlLoopTest, ACommandAndAllThatFollowsFromItAreOneTurn) {
  Start();
  const uint64_t id = Put("k1", "open");
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types(), (std::vector<std::string>{"server.started", "ops.loaded", "incident.opened",
                                               "incident.acknowledged"}));
  EXPECT_EQ((*store_->FindCommand(id))->answer, R"({"ok":true,"result":"INC-1"})");
  const auto jobs = loop_->ClaimJobs(store::Lane::kUrgent, 10);
  ASSERT_EQ(jobs->size(), 1u);
  EXPECT_EQ(jobs->front().spec.key, "PG-1");
}

TEST_F(ControlLoopTest, RefusalsAndUnknownVerbsAreAnsweredInWords) {
  Start();
  const uint64_t refused = Put("k1", "refuse");
  const uint64_t unknown = Put("k2", "fly");
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ((*store_->FindCommand(refused))->answer,
            R"({"ok":false,"message":"INC-9 does not exist"})");
  EXPECT_EQ((*store_->FindCommand(unknown))->answer,
            R"({"ok":false,"message":"nothing here knows the command 'fly'"})");
}

TEST_F(ControlLoopTest, ATurnThatCannotBeCommittedHasNotHappened) {
  Start();
  Put("k1", "open");
  fault_ = [](std::string_view call, store::FaultPoint point) -> Status {
    if (call == "Commit" && point == store::FaultPoint::kBefore) return Unavailable("disk");
    return {};
  };
  EXPECT_FALSE(loop_->Turn({}));
  fault_ = nullptr;
  EXPECT_EQ(Types().size(), 2u);
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(toy_->folded_, 4);
  EXPECT_EQ(Types().size(), 4u);
}

TEST_F(ControlLoopTest, ACommitWhoseAnswerWasLostIsNotMadeTwice) {
  Start();
  Put("k1", "open");
  fault_ = [](std::string_view call, store::FaultPoint point) -> Status {
    if (call == "Commit" && point == store::FaultPoint::kAfter) return Unavailable("answer lost");
    return {};
  };
  EXPECT_FALSE(loop_->Turn({}));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types(), (std::vector<std::string>{"server.started", "ops.loaded", "incident.opened",
                                               "incident.acknowledged"}));
}

TEST_F(ControlLoopTest, ResultsOfJobsOutliveAFailedTurn) {
  Start();
  Put("k1", "open");
  ASSERT_TRUE(loop_->Turn({}));
  const store::Job job = loop_->ClaimJobs(store::Lane::kUrgent, 1)->front();
  fault_ = [](std::string_view call, store::FaultPoint) -> Status {
    return call == "Commit" ? Status(Unavailable("disk")) : Status();
  };
  JobResult result;
  result.id = job.id;
  result.attempt = 1;
  EXPECT_FALSE(loop_->Turn({result}));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types().back(), "page.attempted");
  EXPECT_EQ(store_->ListJobs(store::JobState::kDone, 10)->size(), 1u);
}

TEST_F(ControlLoopTest, TimersFireOnceWhenTheirTimeHasCome) {
  Start();
  Put("k1", "open");
  ASSERT_TRUE(loop_->Turn({}));
  clock_.Advance(Duration::Minutes(29));
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types().back(), "incident.acknowledged");
  clock_.Advance(Duration::Minutes(2));
  ASSERT_TRUE(loop_->RenewLease());
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types().back(), "incident.resolved");
  EXPECT_FALSE(loop_->NextWakeup());
}

TEST_F(ControlLoopTest, RestartFoldsTheSameFromSnapshotAndTail) {
  snapshot_every_ = 3;
  Open();
  Start();
  for (int i = 0; i < 5; ++i) {
    Put("n" + std::to_string(i), "note", Json::MakeObject().Set("text", "x"));
    ASSERT_TRUE(loop_->Turn({}));
  }
  const int64_t folded = toy_->folded_;
  EXPECT_EQ(folded, 7);
  EXPECT_TRUE(store_->ReadSnapshot("toy")->has_value());
  clock_.Advance(Duration::Minutes(2));
  Open();
  Start();
  EXPECT_EQ(toy_->folded_, folded + 2);  // server.started and ops.loaded
  EXPECT_LT(toy_->notes_.size(), 5u);    // The snapshot stood for the older ones.
}

TEST_F(ControlLoopTest, JobsOfADeadServerRunAgainUnlessTheyMustNot) {
  for (const bool once : {false, true}) {
    database_ = store::MakeMemoryDatabase();
    Open();
    Start();
    Put("k1", "open", Json::MakeObject().Set("once", once));
    ASSERT_TRUE(loop_->Turn({}));
    ASSERT_EQ(loop_->ClaimJobs(store::Lane::kUrgent, 1)->size(), 1u);
    clock_.Advance(Duration::Minutes(2));
    Open();
    Start();
    const auto again = loop_->ClaimJobs(store::Lane::kUrgent, 10);
    EXPECT_EQ(again->size(), once ? 0u : 1u);
    if (once) {
      const auto entries = store_->ReadJournal(0, 1000);
      EXPECT_NE(entries->back().event.body.find("unknown"), std::string::npos);
    }
  }
}

TEST_F(ControlLoopTest, JobsOfAClaimWhoseAnswerWasLostStillRun) {
  Start();
  Put("k1", "open");
  ASSERT_TRUE(loop_->Turn({}));
  fault_ = [](std::string_view call, store::FaultPoint point) -> Status {
    if (call == "ClaimJobs" && point == store::FaultPoint::kAfter)
      return Unavailable("answer lost");
    return {};
  };
  EXPECT_FALSE(loop_->ClaimJobs(store::Lane::kUrgent, 1));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  ASSERT_EQ(loop_->ClaimJobs(store::Lane::kUrgent, 1)->size(), 1u);
  // Those that really run are left alone.
  fault_ = [](std::string_view call, store::FaultPoint) -> Status {
    return call == "ClaimJobs" ? Status(Unavailable("gone")) : Status();
  };
  EXPECT_FALSE(loop_->ClaimJobs(store::Lane::kUrgent, 1));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_TRUE(loop_->ClaimJobs(store::Lane::kUrgent, 1)->empty());
}

TEST_F(ControlLoopTest, AWallClockThatIsSetBackDelaysNoTry) {
  for (const bool restarted : {false, true}) {
    database_ = store::MakeMemoryDatabase();
    clock_ = ManualClock();
    Open();
    Start();
    Put("k1", "open");
    ASSERT_TRUE(loop_->Turn({}));
    const store::Job tried = loop_->ClaimJobs(store::Lane::kUrgent, 1)->front();
    store::Turn waits;
    waits.epoch = loop_->epoch();
    waits.at = clock_.Now();
    waits.expected_head = loop_->head().sequence;
    waits.job_updates.push_back(
        {tried.id, store::JobState::kPending, clock_.Now() + Duration::Seconds(30), "throttled"});
    // Held until a time of the day: that stays what it is.
    store::NewJob held;
    held.kind = "page";
    held.key = "PG-2";
    held.due = clock_.Now() + Duration::Hours(8);
    held.lane = store::Lane::kUrgent;
    waits.jobs.push_back(held);
    ASSERT_TRUE(store_->Commit(waits));

    clock_.JumpWall(clock_.Now() - Duration::Minutes(10));
    if (restarted) {
      ASSERT_TRUE(loop_->Release());
      Open();
      Start();
    } else {
      ASSERT_TRUE(loop_->Turn({}));
    }
    clock_.Advance(Duration::Seconds(29));
    ASSERT_TRUE(loop_->RenewLease());
    EXPECT_TRUE(loop_->ClaimJobs(store::Lane::kUrgent, 10)->empty());
    clock_.Advance(Duration::Seconds(1));
    const auto due = loop_->ClaimJobs(store::Lane::kUrgent, 10);
    ASSERT_EQ(due->size(), 1u) << "restarted: " << restarted;
    EXPECT_EQ(due->front().spec.key, "PG-1");
    EXPECT_EQ((*store_->FindJob("PG-2"))->spec.due, held.due);
  }
}

TEST_F(ControlLoopTest, AJumpOfTheClockIsTakenInOnce) {
  Start();
  clock_.Advance(Duration::Minutes(10));
  ASSERT_TRUE(loop_->RenewLease());
  const auto jumps = [this] {
    std::vector<Duration> found;
    for (const store::JournalEntry& entry : *store_->ReadJournal(0, 1000))
      if (entry.event.type == "server.clock_set_back")
        found.push_back(std::get<ops_model::ClockSetBack>(
                            *ops_model::DecodeEvent(entry.event.type, 1, entry.event.body))
                            .by);
    return found;
  };
  // Whoever starts again and again soon after finds it done.
  clock_.JumpWall(clock_.Now() - Duration::Minutes(5));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(loop_->Release());
    Open();
    Start();
    clock_.Advance(Duration::Seconds(1));
  }
  EXPECT_EQ(jumps(), std::vector<Duration>{Duration::Minutes(5)});

  // A commit that was done though it failed is not done again.
  clock_.JumpWall(clock_.Now() - Duration::Minutes(2));
  fault_ = [](std::string_view call, store::FaultPoint point) -> Status {
    return call == "Commit" && point == store::FaultPoint::kAfter ? Status(Unavailable("gone"))
                                                                  : Status();
  };
  EXPECT_FALSE(loop_->Turn({}));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(jumps(), (std::vector<Duration>{Duration::Minutes(5), Duration::Minutes(2)}));

  // One that was not done is.
  clock_.JumpWall(clock_.Now() - Duration::Minutes(3));
  fault_ = [](std::string_view call, store::FaultPoint) -> Status {
    return call == "Commit" ? Status(Unavailable("gone")) : Status();
  };
  EXPECT_FALSE(loop_->Turn({}));
  ASSERT_TRUE(loop_->RenewLease());
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(jumps().size(), 3u);
  EXPECT_EQ(jumps().back(), Duration::Minutes(3));
}

TEST_F(ControlLoopTest, AJumpThatNobodyHasTakenInYetOutlivesACrash) {
  Start();
  clock_.Advance(Duration::Minutes(10));
  ASSERT_TRUE(loop_->RenewLease());
  clock_.JumpWall(clock_.Now() - Duration::Minutes(5));
  ASSERT_TRUE(loop_->RenewLease());
  ASSERT_TRUE(loop_->Release());
  Open();
  Start();
  EXPECT_EQ(Types().at(3), "server.clock_set_back");
}

TEST_F(ControlLoopTest, OnlyOneLeads) {
  Start();
  auto second_store = store::OpenMemoryStore(database_, clock_);
  std::vector<std::unique_ptr<Machine>> machines;
  machines.push_back(std::make_unique<Toy>());
  Toy* toy = static_cast<Toy*>(machines.back().get());
  ControlOptions options;
  options.holder = "second";
  options.salt = [](size_t size) { return std::string(size, 't'); };
  ControlLoop second(options, *second_store, clock_, Random(2), std::move(machines), telemetry_,
                     log_);
  const auto policy = std::make_shared<policy::OpsFolder>();
  const Status refused = second.Start(policy);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(second.Follow(policy));
  EXPECT_EQ(toy->folded_, 2);

  clock_.Advance(Duration::Minutes(2));
  ASSERT_TRUE(second.Start(policy));
  Put("k1", "open");
  // The first one is late: fenced, and its jobs stay where they are.
  EXPECT_FALSE(loop_->MayAct());
  const Status late = loop_->Turn({});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(second.Turn({}));
}

TEST_F(ControlLoopTest, PersonalTextsAreSealedAndCanBeForgotten) {
  Start();
  Put("k1", "note", Json::MakeObject().Set("text", "call me at 090-0000-0000"));
  ASSERT_TRUE(loop_->Turn({}));
  const store::JournalEntry entry = store_->ReadJournal(0, 100)->back();
  EXPECT_EQ(entry.event.body.find("090"), std::string::npos);
  ASSERT_EQ(toy_->notes_.size(), 1u);
  ASSERT_TRUE(IsSealed(toy_->notes_[0]));
  const std::string commitment(CommitmentOf(toy_->notes_[0]));
  EXPECT_EQ(store_->ReadPersonal(commitment)->value(), "call me at 090-0000-0000");
  ASSERT_TRUE(store_->ErasePerson("sato"));
  EXPECT_FALSE(store_->ReadPersonal(commitment)->has_value());
}

TEST_F(ControlLoopTest, ErasingAPersonIsACommandThatStaysInTheJournalWithoutTheName) {
  Start();
  Put("k1", "note", Json::MakeObject().Set("text", "call me at 090-0000-0000"));
  ASSERT_TRUE(loop_->Turn({}));
  const std::string commitment(CommitmentOf(toy_->notes_[0]));
  // A note of the same turn, before the erasure, goes with it.
  Put("k2", "note", Json::MakeObject().Set("text", "or at 090-1111-1111"));
  const uint64_t id = Put("k3", "person.erase", Json::MakeObject().Set("person", "sato"));
  const uint64_t empty = Put("k4", "person.erase");
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_FALSE(store_->ReadPersonal(commitment)->has_value());
  EXPECT_FALSE(store_->ReadPersonal(std::string(CommitmentOf(toy_->notes_[1])))->has_value());
  EXPECT_EQ((*store_->FindCommand(id))->answer, R"({"ok":true,"result":"erased"})");
  EXPECT_NE((*store_->FindCommand(empty))->answer.find("person"), std::string::npos);
  const store::JournalEntry entry = store_->ReadJournal(0, 100)->back();
  EXPECT_EQ(entry.event.type, "person.erased");
  EXPECT_EQ(entry.event.actor, "sato");  // Who asked, here for oneself.
  const Json body = *Json::Parse(entry.event.body);
  EXPECT_EQ(body["commitment"].as_string(), ToHex(Sha256(std::string(16, 's') + "sato")));
  EXPECT_EQ(entry.event.body.find("sato"), std::string::npos);
}

// A follower that nobody answers never claims; one that led and gave back neither.
TEST_F(ControlLoopTest, ActsOnlyWhileTheLeaseIsYoungEnoughForAWholeSend) {
  EXPECT_FALSE(loop_->MayAct());
  Start();
  clock_.Advance(Duration::Seconds(29));
  EXPECT_TRUE(loop_->MayAct());
  clock_.Advance(Duration::Seconds(1));
  EXPECT_FALSE(loop_->MayAct());
  ASSERT_TRUE(loop_->RenewLease());
  EXPECT_TRUE(loop_->MayAct());
  ASSERT_TRUE(loop_->Release());
  EXPECT_FALSE(loop_->MayAct());
}

TEST_F(ControlLoopTest, ALeaseThatSomebodyElseHadMeanwhileIsNotTakenBackByRenewing) {
  Start();
  clock_.Advance(Duration::Minutes(2));
  const auto taken = store_->AcquireLease("leader", "other", Duration::Seconds(1));
  ASSERT_TRUE(taken);
  clock_.Advance(Duration::Seconds(5));  // It ran out, too: free for the asking.
  const Status renewed = loop_->RenewLease();
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().code, ErrorCode::kConflict);
}

TEST_F(ControlLoopTest, AFollowerFoldsOnlyWhatIsNew) {
  Start();
  auto second_store = store::OpenMemoryStore(
      database_, clock_, [this](std::string_view call, store::FaultPoint point) {
        if (call == "ReadSnapshot" && point == store::FaultPoint::kBefore) ++reloads_;
        return Status();
      });
  std::vector<std::unique_ptr<Machine>> machines;
  machines.push_back(std::make_unique<Toy>());
  Toy* toy = static_cast<Toy*>(machines.back().get());
  ControlOptions options;
  options.holder = "second";
  options.salt = [](size_t size) { return std::string(size, 't'); };
  ControlLoop second(options, *second_store, clock_, Random(2), std::move(machines), telemetry_,
                     log_);
  const auto policy = std::make_shared<policy::OpsFolder>();
  ASSERT_TRUE(second.Follow(policy));
  Put("k1", "note", Json::MakeObject().Set("text", "x"));
  ASSERT_TRUE(loop_->Turn({}));
  ASSERT_TRUE(second.Follow(policy));
  EXPECT_EQ(toy->folded_, 3);
  EXPECT_EQ(toy->notes_.size(), 1u);
  EXPECT_EQ(second.head().sequence, 3u);
  EXPECT_EQ(reloads_, 0);
}

// A user's name as an identity provider might give it one day.
TEST_F(ControlLoopTest, ACommandThatCannotBeWrittenIsRefusedAndHoldsUpNobody) {
  Start();
  const uint64_t before = Put("k1", "note", Json::MakeObject().Set("text", "one"));
  const uint64_t poison = Put("k2", "poison");
  const uint64_t after = Put("k3", "note", Json::MakeObject().Set("text", "two"));
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ((*store_->FindCommand(before))->answer, R"({"ok":true,"result":"noted"})");
  EXPECT_EQ((*store_->FindCommand(after))->answer, R"({"ok":true,"result":"noted"})");
  const Json refused = *Json::Parse((*store_->FindCommand(poison))->answer);
  EXPECT_FALSE(refused["ok"].as_bool());
  EXPECT_NE(refused["message"].as_string().find("1024"), std::string::npos);
  EXPECT_EQ(toy_->notes_.size(), 2u);
  EXPECT_NE(telemetry_.Expose().find("hinomi_control_inputs_refused_total 1\n"), std::string::npos);
  // The next turn is an ordinary one.
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types().size(), 4u);
}

TEST_F(ControlLoopTest, TheEndOfAJobIsRecordedEvenIfItsWordsCannotBe) {
  Start();
  Put("k1", "open");
  ASSERT_TRUE(loop_->Turn({}));
  const store::Job job = loop_->ClaimJobs(store::Lane::kUrgent, 1)->front();
  JobResult result;
  result.id = job.id;
  result.attempt = 1;
  result.detail = "poison";
  JobResult of_nothing;
  of_nothing.id = 4711;
  ASSERT_TRUE(loop_->Turn({of_nothing, result, ops_model::AlarmEvaluation{"poison", {}}}));
  EXPECT_EQ(store_->ListJobs(store::JobState::kDone, 10)->size(), 1u);
  EXPECT_EQ(Types().back(), "page.attempted");
  EXPECT_EQ(toy_->folded_, static_cast<int64_t>(Types().size()));
}

TEST_F(ControlLoopTest, APolicyThatCouldNotBeAnnouncedIsAnnouncedByTheNextTurn) {
  Start();
  auto policy = std::make_shared<policy::OpsFolder>();
  policy->digest = "d2";
  fault_ = [](std::string_view call, store::FaultPoint) -> Status {
    return call == "Commit" ? Status(Unavailable("disk")) : Status();
  };
  EXPECT_FALSE(loop_->UsePolicy(policy));
  EXPECT_FALSE(loop_->Turn({}));
  fault_ = nullptr;
  ASSERT_TRUE(loop_->Turn({}));
  EXPECT_EQ(Types(), (std::vector<std::string>{"server.started", "ops.loaded", "ops.loaded"}));
  EXPECT_NE(store_->ReadJournal(0, 10)->back().event.body.find("d2"), std::string::npos);
}

TEST_F(ControlLoopTest, AResultThatWasKeptThroughATimeWithoutTheLeaseCountsOnce) {
  Start();
  Put("k1", "open", Json::MakeObject().Set("once", true));
  ASSERT_TRUE(loop_->Turn({}));
  const store::Job job = loop_->ClaimJobs(store::Lane::kUrgent, 1)->front();
  JobResult result;
  result.id = job.id;
  result.attempt = job.attempts;
  JobResult stale = result;
  stale.attempt = 7;
  loop_->Keep({ops_model::AlarmEvaluation{"x", {}}, result, stale});
  clock_.Advance(Duration::Minutes(2));
  Start();
  EXPECT_EQ(store_->ListJobs(store::JobState::kDone, 10)->size(), 1u);
  EXPECT_TRUE(store_->ListJobs(store::JobState::kUnknown, 10)->empty());
  const auto types = Types();
  EXPECT_EQ(std::count(types.begin(), types.end(), "page.attempted"), 1);
}

}  // namespace
}  // namespace hinomi::control
