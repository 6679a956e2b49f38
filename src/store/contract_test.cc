#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/strings.h"
#include "store/chain.h"
#include "store/contract_testing.h"
#include "store/personal.h"

namespace hinomi::store {
namespace {

using testing::ElementsAre;

INSTANTIATE_TEST_SUITE_P(Backends, ContractTest,
                         testing::Values(BackendKind::kSqlite, BackendKind::kMemory,
                                         BackendKind::kPostgres),
                         [](const auto& param) { return BackendName(param.param); });

std::vector<uint64_t> Sequences(const std::vector<JournalEntry>& entries) {
  std::vector<uint64_t> sequences;
  for (const JournalEntry& entry : entries) sequences.push_back(entry.sequence);
  return sequences;
}

JobUpdate Update(uint64_t id, JobState state) {
  return JobUpdate{id, state, {}, {}};
}

std::vector<std::string> Keys(const std::vector<Job>& jobs) {
  std::vector<std::string> keys;
  for (const Job& job : jobs) keys.push_back(job.spec.key);
  return keys;
}

TEST_P(ContractTest, AnEmptyJournalHasHeadZero) {
  const Head head = store_->JournalHead().value();
  EXPECT_EQ(head.sequence, 0u);
  EXPECT_EQ(head.hash, Sha256Digest{});
  EXPECT_TRUE(store_->ReadJournal(0, 10).value().empty());
}

TEST_P(ContractTest, EventsComeBackAsTheyWereAndInOrder) {
  Turn turn = NextTurn();
  turn.events = {MakeEvent("incident.opened", "incident:INC-1", R"({"a":1})"),
                 MakeEvent("page.queued", "", std::string("\0\xff raw", 6))};
  turn.events[0].version = 3;
  turn.events[0].actor = "火の見";
  const Head head = Commit(turn);
  EXPECT_EQ(head.sequence, 2u);
  Reopen();
  const auto entries = store_->ReadJournal(0, 10).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].sequence, 1u);
  EXPECT_EQ(entries[0].at, turn.at);
  EXPECT_EQ(entries[0].event.type, "incident.opened");
  EXPECT_EQ(entries[0].event.version, 3);
  EXPECT_EQ(entries[0].event.subject, "incident:INC-1");
  EXPECT_EQ(entries[0].event.actor, "火の見");
  EXPECT_EQ(entries[0].event.body, R"({"a":1})");
  EXPECT_EQ(entries[0].hash, ChainHash({}, 1, turn.at, turn.events[0]));
  EXPECT_EQ(entries[1].event.body, std::string("\0\xff raw", 6));
  EXPECT_EQ(entries[1].hash, ChainHash(entries[0].hash, 2, turn.at, turn.events[1]));
  EXPECT_EQ(store_->JournalHead().value().hash, entries[1].hash);
}

TEST_P(ContractTest, JournalIsReadInPagesAndBySubject) {
  for (int i = 0; i < 6; ++i) Append("t", i % 2 == 0 ? "alarm:even" : "alarm:odd", "x");
  EXPECT_THAT(Sequences(store_->ReadJournal(2, 3).value()), ElementsAre(3, 4, 5));
  EXPECT_THAT(Sequences(store_->ReadJournal(6, 3).value()), ElementsAre());
  EXPECT_THAT(Sequences(store_->ReadSubject("alarm:even", 0, 2).value()), ElementsAre(5, 3));
  EXPECT_THAT(Sequences(store_->ReadSubject("alarm:even", 5, 9).value()), ElementsAre(3, 1));
  EXPECT_THAT(Sequences(store_->ReadSubject("alarm:none", 0, 9).value()), ElementsAre());
}

TEST_P(ContractTest, JournalIsSearchedByTypeSubjectActorAndTime) {
  const Instant began = world_.clock.Now();
  const char* types[] = {"incident.opened", "incident.noted", "alarm.transitioned"};
  for (int i = 0; i < 6; ++i) {
    Turn turn = NextTurn();
    turn.at = began + Duration::Minutes(i);
    turn.events = {MakeEvent(types[i % 3], i < 3 ? "incident:INC-1" : "", "x")};
    turn.events[0].actor = i % 2 == 0 ? "sato" : "hinomi";
    Commit(turn);
  }
  const auto found = [this](const JournalFilter& filter, uint64_t before = 0) {
    return Sequences(store_->SearchJournal(filter, before, 10).value().entries);
  };
  EXPECT_THAT(found({}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(found({}, 3), ElementsAre(2, 1));
  EXPECT_THAT(found({.types = {"incident."}}), ElementsAre(5, 4, 2, 1));
  EXPECT_THAT(found({.types = {"incident.noted", "alarm."}}), ElementsAre(6, 5, 3, 2));
  EXPECT_THAT(found({.types = {"incident"}}), ElementsAre());
  EXPECT_THAT(found({.subject = "incident:INC-1"}), ElementsAre(3, 2, 1));
  EXPECT_THAT(found({.subject = "incident:INC-1", .actor = "sato"}), ElementsAre(3, 1));
  EXPECT_THAT(found({.actor = "sato"}, 5), ElementsAre(3, 1));
  EXPECT_THAT(found({.from = began + Duration::Minutes(2), .to = began + Duration::Minutes(4)}),
              ElementsAre(4, 3));
  EXPECT_THAT(found({.to = began}), ElementsAre());

  // One after the other, each look where the one before ended.
  const JournalFilter incidents{.types = {"incident."}};
  const JournalFound first = store_->SearchJournal(incidents, 0, 3).value();
  EXPECT_THAT(Sequences(first.entries), ElementsAre(5, 4, 2));
  EXPECT_EQ(first.next, 2u);
  const JournalFound second = store_->SearchJournal(incidents, first.next, 3).value();
  EXPECT_THAT(Sequences(second.entries), ElementsAre(1));
  EXPECT_EQ(second.next, 0u);
  HN_EXPECT_ERROR(store_->SearchJournal({.actor = "\xff"}, 0, 3), kInvalidArgument, "not UTF-8");
}

TEST_P(ContractTest, ALookAtALongJournalIsBoundedAndNothingIsLost) {
  constexpr int kEvents = 12'000;
  Turn turn = NextTurn();
  turn.events.assign(kEvents, MakeEvent("alarm.transitioned", "alarm:A", "x"));
  turn.events[1] = MakeEvent("ops.loaded", "", "x");
  Commit(turn);
  const JournalFilter rare{.types = {"ops.loaded"}};
  JournalFound found = store_->SearchJournal(rare, 0, 10).value();
  EXPECT_TRUE(found.entries.empty());
  EXPECT_EQ(found.next, kEvents + 1u - 5000u) << "so far it was looked, and no further";
  int looks = 1;
  std::vector<uint64_t> sequences;
  while (found.next != 0 && looks < 10) {
    found = store_->SearchJournal(rare, found.next, 10).value();
    for (const uint64_t sequence : Sequences(found.entries)) sequences.push_back(sequence);
    ++looks;
  }
  EXPECT_THAT(sequences, ElementsAre(2));
  EXPECT_EQ(looks, 3);
  const JournalFilter one{.subject = "alarm:A", .actor = "nobody"};
  EXPECT_GT(store_->SearchJournal(one, 0, 10).value().next, 6000u);
}

TEST_P(ContractTest, ATimeInALongJournalIsFoundAtOnceAlsoOverAClockThatWasSetBack) {
  const Instant began = world_.clock.Now();
  // Hours 0, 1, 2, then the clock is set back to 1, and on to 5; 6,000 events each.
  int hour_of[] = {0, 1, 2, 1, 5, 6, 7};
  for (const int hour : hour_of) {
    Turn turn = NextTurn();
    turn.at = began + Duration::Hours(hour);
    turn.events.assign(6000, MakeEvent("alarm.transitioned", "", "x"));
    Commit(turn);
  }
  const JournalFilter hour{.from = began + Duration::Hours(1),
                           .to = began + Duration::Hours(1) + Duration::Minutes(1)};
  size_t count = 0;
  uint64_t before = 0;
  int looks = 0;
  do {
    const JournalFound found = store_->SearchJournal(hour, before, 100'000).value();
    count += found.entries.size();
    before = found.next;
    ++looks;
  } while (before != 0);
  EXPECT_EQ(count, 12'000u);
  EXPECT_LE(looks, 8) << "hours 5 to 7 are passed over";
}

TEST_P(ContractTest, ATurnOnAnOldHeadIsRefused) {
  const Turn stale = NextTurn();
  Append("t", "", "x");
  HN_EXPECT_ERROR(store_->Commit(stale), kConflict,
                  "decided on event 0 but the journal stands at 1");
}

TEST_P(ContractTest, AFailedTurnChangesNothingAtAll) {
  Turn turn = NextTurn();
  turn.events = {MakeEvent("t", "s", "x")};
  turn.jobs = {MakeJob("j", turn.at)};
  turn.personal = {MakePersonalDatum("ann", "090-1234")};
  turn.snapshots = {Snapshot{"alarms", 1, 1, "{}"}};
  turn.job_updates = {Update(999, JobState::kDone)};
  HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "job 999, which does not exist");
  EXPECT_EQ(store_->JournalHead().value().sequence, 0u);
  EXPECT_FALSE(store_->FindJob("j").value().has_value());
  EXPECT_FALSE(store_->ReadSnapshot("alarms").value().has_value());
  EXPECT_FALSE(store_->ReadPersonal(turn.personal[0].commitment).value().has_value());
}

TEST_P(ContractTest, TextThatNotEveryDatabaseHoldsIsRefused) {
  for (const std::string& bad : {std::string("a\0b", 3), std::string("\xff")}) {
    Turn turn = NextTurn();
    turn.events = {MakeEvent("t", bad, "x")};
    HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "subject is not UTF-8");
    turn = NextTurn();
    turn.jobs = {MakeJob(bad, turn.at)};
    HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "key is not UTF-8");
  }
}

TEST_P(ContractTest, ATextThatNoIndexHoldsIsRefused) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob(std::string(1024, 'k'), turn.at)};
  Commit(turn);
  turn = NextTurn();
  turn.jobs = {MakeJob(std::string(1025, 'k'), turn.at)};
  HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "key has 1025 bytes; at most 1024");
}

TEST_P(ContractTest, SnapshotsAreReplacedByMachine) {
  Turn turn = NextTurn();
  turn.snapshots = {Snapshot{"alarms", 1, 5, "old"}, Snapshot{"notify", 2, 6, "other"}};
  Commit(turn);
  turn = NextTurn();
  turn.snapshots = {Snapshot{"alarms", 2, 7, std::string("n\0w", 3)}};
  Commit(turn);
  const auto snapshot = store_->ReadSnapshot("alarms").value();
  ASSERT_TRUE(snapshot.has_value());
  EXPECT_EQ(snapshot->version, 2);
  EXPECT_EQ(snapshot->sequence, 7u);
  EXPECT_EQ(snapshot->body, std::string("n\0w", 3));
  EXPECT_EQ(store_->ReadSnapshot("notify").value()->body, "other");
  EXPECT_FALSE(store_->ReadSnapshot("nobody").value().has_value());
}

TEST_P(ContractTest, JobsAreClaimedByLaneOldestDueFirst) {
  const Instant now = world_.clock.Now();
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("b", now - Duration::Seconds(1)), MakeJob("a", now - Duration::Seconds(2)),
               MakeJob("c", now), MakeJob("later", now + Duration::Nanos(1)),
               MakeJob("u", now, Lane::kUrgent)};
  Commit(turn);
  EXPECT_EQ(store_->NextJobDue().value(), now - Duration::Seconds(2));
  const auto first = store_->ClaimJobs(lease_.epoch, Lane::kNormal, now, 2).value();
  EXPECT_THAT(Keys(first), ElementsAre("a", "b"));
  EXPECT_EQ(first[0].state, JobState::kRunning);
  EXPECT_EQ(first[0].attempts, 1);
  EXPECT_EQ(first[0].epoch, lease_.epoch);
  EXPECT_THAT(Keys(store_->ClaimJobs(lease_.epoch, Lane::kNormal, now, 9).value()),
              ElementsAre("c"));
  EXPECT_THAT(Keys(store_->ClaimJobs(lease_.epoch, Lane::kNormal, now, 9).value()), ElementsAre());
  EXPECT_THAT(Keys(store_->ClaimJobs(lease_.epoch, Lane::kUrgent, now, 9).value()),
              ElementsAre("u"));
  EXPECT_EQ(store_->NextJobDue().value(), now + Duration::Nanos(1));
}

TEST_P(ContractTest, AJobKeepsItsSpecification) {
  Turn turn = NextTurn();
  turn.jobs = {NewJob{.kind = "run",
                      .host = "db1",
                      .due = turn.at,
                      .key = "k1",
                      .payload = std::string("{\"x\":\"\0\"}", 9),
                      .lane = Lane::kBackground,
                      .once = true}};
  Commit(turn);
  Reopen();
  const auto job = store_->FindJob("k1").value();
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->spec.kind, "run");
  EXPECT_EQ(job->spec.host, "db1");
  EXPECT_EQ(job->spec.due, turn.at);
  EXPECT_EQ(job->spec.payload, std::string("{\"x\":\"\0\"}", 9));
  EXPECT_EQ(job->spec.lane, Lane::kBackground);
  EXPECT_TRUE(job->spec.once);
  EXPECT_EQ(job->state, JobState::kPending);
  EXPECT_EQ(job->attempts, 0);
}

TEST_P(ContractTest, AKeyMakesOneJobForEver) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("k", turn.at), MakeJob("k", turn.at)};
  Commit(turn);
  const Job job = store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9).value().at(0);
  turn = NextTurn();
  turn.job_updates = {Update(job.id, JobState::kDone)};
  Commit(turn);
  turn = NextTurn();
  turn.jobs = {MakeJob("k", turn.at)};
  Commit(turn);
  EXPECT_TRUE(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9).value().empty());
  EXPECT_EQ(store_->FindJob("k").value()->state, JobState::kDone);
}

TEST_P(ContractTest, AJobIsTriedAgainWhenItsTurnSaysSo) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("k", turn.at)};
  Commit(turn);
  const Job job = store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9).value().at(0);
  const Instant again = turn.at + Duration::Seconds(30);
  turn = NextTurn();
  turn.job_updates = {JobUpdate{job.id, JobState::kPending, again, "421 \xff busy"}};
  Commit(turn);
  EXPECT_TRUE(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9).value().empty());
  const Job second = store_->ClaimJobs(lease_.epoch, Lane::kNormal, again, 9).value().at(0);
  EXPECT_EQ(second.attempts, 2);
  EXPECT_EQ(second.last_error, "421 \xff busy");
}

TEST_P(ContractTest, JobsAreListedByState) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("a", turn.at), MakeJob("b", turn.at), MakeJob("c", turn.at)};
  Commit(turn);
  const auto jobs = store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 2).value();
  turn = NextTurn();
  turn.job_updates = {Update(jobs[0].id, JobState::kDead), Update(jobs[1].id, JobState::kUnknown)};
  Commit(turn);
  EXPECT_THAT(Keys(store_->ListJobs(JobState::kDead, 9).value()), ElementsAre("a"));
  EXPECT_THAT(Keys(store_->ListJobs(JobState::kUnknown, 9).value()), ElementsAre("b"));
  EXPECT_THAT(Keys(store_->ListJobs(JobState::kPending, 9).value()), ElementsAre("c"));
  EXPECT_THAT(Keys(store_->ListJobs(JobState::kRunning, 9).value()), ElementsAre());
}

TEST_P(ContractTest, JobsOfADeadEpochAreOrphans) {
  Turn turn = NextTurn();
  turn.jobs = {MakeJob("a", turn.at), MakeJob("b", turn.at)};
  turn.jobs[0].once = true;
  Commit(turn);
  ASSERT_EQ(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 1).value().size(), 1u);
  EXPECT_TRUE(store_->OrphanedJobs(lease_.epoch).value().empty());
  Reopen();
  const auto orphans = store_->OrphanedJobs(lease_.epoch).value();
  EXPECT_THAT(Keys(orphans), ElementsAre("a"));
  EXPECT_TRUE(orphans[0].spec.once);
  // Nobody runs it again behind the caller's back.
  EXPECT_THAT(Keys(store_->ClaimJobs(lease_.epoch, Lane::kNormal, turn.at, 9).value()),
              ElementsAre("b"));
}

TEST_P(ContractTest, ACommandIsPutDownOnceByItsKey) {
  const Instant now = world_.clock.Now();
  const NewCommand command{"k", "ann", R"({"verb":"incident.acknowledge"})"};
  const Command first = store_->PutCommand(command, now).value();
  const Command again = store_->PutCommand(command, now + Duration::Seconds(9)).value();
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.at, now);
  EXPECT_EQ(again.command.body, command.body);
  // A key is the caller's own: another's is another command.
  const Command other = store_->PutCommand({"k", "bob", "{}"}, now).value();
  EXPECT_NE(other.id, first.id);
  EXPECT_EQ(store_->PendingCommands(9).value().size(), 2u);
  EXPECT_EQ(store_->PendingCommands(1).value().at(0).id, first.id);
}

TEST_P(ContractTest, ACommandIsAnsweredInTheTurnThatDecidedIt) {
  const Command command = store_->PutCommand({"k", "ann", "{}"}, world_.clock.Now()).value();
  Turn turn = NextTurn();
  turn.answers = {CommandAnswer{command.id, R"({"ok":true})"}};
  Commit(turn);
  EXPECT_TRUE(store_->PendingCommands(9).value().empty());
  const auto answered = store_->FindCommand(command.id).value();
  ASSERT_TRUE(answered.has_value());
  EXPECT_TRUE(answered->answered);
  EXPECT_EQ(answered->answer, R"({"ok":true})");
  EXPECT_EQ(answered->command.body, "");  // What people wrote is not kept twice.
  EXPECT_EQ(store_->PutCommand({"k", "ann", "{}"}, world_.clock.Now()).value().answer,
            R"({"ok":true})");
  turn = NextTurn();
  turn.answers = {CommandAnswer{command.id, "{}"}};
  HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "has its answer already");
  EXPECT_FALSE(store_->FindCommand(12345).value().has_value());
}

TEST_P(ContractTest, PersonalTextIsReadUntilThePersonIsErased) {
  const PersonalDatum ann = MakePersonalDatum("ann", "090-1234");
  const PersonalDatum bob = MakePersonalDatum("bob", "");
  Turn turn = NextTurn();
  turn.events = {MakeEvent("note", "", ann.commitment)};
  turn.personal = {ann, bob};
  const Head head = Commit(turn);
  EXPECT_EQ(store_->ReadPersonal(ann.commitment).value(), "090-1234");
  EXPECT_EQ(store_->ReadPersonal(bob.commitment).value(), "");
  ASSERT_TRUE(store_->ErasePerson("ann").has_value());
  EXPECT_FALSE(store_->ReadPersonal(ann.commitment).value().has_value());
  EXPECT_EQ(store_->ReadPersonal(bob.commitment).value(), "");
  EXPECT_EQ(store_->JournalHead().value().hash, head.hash);
  ASSERT_TRUE(store_->ErasePerson("ann").has_value());
}

TEST_P(ContractTest, AFalseCommitmentIsRefused) {
  Turn turn = NextTurn();
  turn.personal = {MakePersonalDatum("ann", "x")};
  turn.personal[0].text = "y";
  HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "is not that of its salt and text");
  turn.personal = {PersonalDatum{"ann", PersonalCommitment("short", "x"), "short", "x"}};
  HN_EXPECT_ERROR(store_->Commit(turn), kInvalidArgument, "the salt of personal data has 5 bytes");
}

TEST_P(ContractTest, CheckpointsComeBackInOrder) {
  Checkpoint checkpoint{2000, Sha256("b"), world_.clock.Now(), std::string(32, '\0'),
                        std::string(64, '\xff')};
  ASSERT_TRUE(store_->AddCheckpoint(checkpoint).has_value());
  checkpoint.sequence = 1000;
  ASSERT_TRUE(store_->AddCheckpoint(checkpoint).has_value());
  const auto checkpoints = store_->ReadCheckpoints().value();
  ASSERT_EQ(checkpoints.size(), 2u);
  EXPECT_EQ(checkpoints[0].sequence, 1000u);
  EXPECT_EQ(checkpoints[1].sequence, 2000u);
  EXPECT_EQ(checkpoints[1].hash, Sha256("b"));
  EXPECT_EQ(checkpoints[1].at, world_.clock.Now());
  EXPECT_EQ(checkpoints[1].public_key, std::string(32, '\0'));
  EXPECT_EQ(checkpoints[1].signature, std::string(64, '\xff'));
}

TEST_P(ContractTest, ValuesStandInTablesByKey) {
  ASSERT_TRUE(store_->PutValue("token", {"b", "2"}).has_value());
  ASSERT_TRUE(store_->PutValue("token", {"a", std::string("\0\xff", 2)}).has_value());
  ASSERT_TRUE(store_->PutValue("user", {"a", "other"}).has_value());
  ASSERT_TRUE(store_->PutValue("token", {"b", "3"}).has_value());
  Reopen();
  EXPECT_EQ(store_->GetValue("token", "a").value(), std::string("\0\xff", 2));
  const auto all = store_->ListValues("token").value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].key, "a");
  EXPECT_EQ(all[1].value, "3");
  ASSERT_TRUE(store_->DeleteValue("token", "a").has_value());
  ASSERT_TRUE(store_->DeleteValue("token", "a").has_value());
  EXPECT_FALSE(store_->GetValue("token", "a").value().has_value());
  EXPECT_EQ(store_->GetValue("user", "a").value(), "other");
}

TEST_P(ContractTest, ALeaseIsHeldUntilItsTimeIsOut) {
  HN_EXPECT_ERROR(store_->AcquireLease("leader", "two", Duration::Seconds(10)), kConflict,
                  "lease leader is held by one until");
  const Lease renewed = store_->RenewLease(lease_, Duration::Seconds(20)).value();
  EXPECT_EQ(renewed.epoch, lease_.epoch);
  EXPECT_GT(renewed.until, lease_.until);
  ASSERT_TRUE(store_->RenewLease(lease_, Duration::Millis(20)).has_value());
  backend_->LetPass(Duration::Millis(20));
  const Lease taken = store_->AcquireLease("leader", "two", Duration::Seconds(10)).value();
  EXPECT_GT(taken.epoch, lease_.epoch);
  HN_EXPECT_ERROR(store_->RenewLease(lease_, Duration::Seconds(10)), kConflict, "was taken over");
}

TEST_P(ContractTest, EveryStartOfAServerIsANewEpoch) {
  const uint64_t before = lease_.epoch;
  Reopen();
  EXPECT_GT(lease_.epoch, before);
}

TEST_P(ContractTest, AReleasedLeaseIsFreeAndItsEpochIsSpent) {
  ASSERT_TRUE(store_->ReleaseLease(lease_).has_value());
  HN_EXPECT_ERROR(store_->Commit(NextTurn()), kConflict, "holds no lease");
  const Lease two = store_->AcquireLease("leader", "two", Duration::Seconds(10)).value();
  EXPECT_GT(two.epoch, lease_.epoch);
  // Giving back what somebody else has by now takes nothing from them.
  ASSERT_TRUE(store_->ReleaseLease(lease_).has_value());
  EXPECT_TRUE(store_->RenewLease(two, Duration::Seconds(10)).has_value());
}

TEST_P(ContractTest, ALateTurnOfTheOldLeaderIsRefused) {
  Turn late = NextTurn();
  late.events = {MakeEvent("t", "", "late")};
  late.jobs = {MakeJob("late", late.at)};
  ASSERT_TRUE(store_->RenewLease(lease_, Duration::Millis(20)).has_value());
  backend_->LetPass(Duration::Millis(20));
  ASSERT_TRUE(store_->AcquireLease("leader", "two", Duration::Seconds(10)).has_value());
  HN_EXPECT_ERROR(store_->Commit(late), kConflict, "holds no lease");
  HN_EXPECT_ERROR(store_->ClaimJobs(lease_.epoch, Lane::kNormal, late.at, 9), kConflict,
                  "holds no lease");
  EXPECT_EQ(store_->JournalHead().value().sequence, 0u);
  EXPECT_FALSE(store_->FindJob("late").value().has_value());
}

}  // namespace
}  // namespace hinomi::store
