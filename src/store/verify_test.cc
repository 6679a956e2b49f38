#include "store/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "store/chain.h"
#include "store/checkpoint.h"
#include "store/contract_testing.h"
#include "store/personal.h"

namespace hinomi::store {
namespace {

using testing::HasSubstr;

// A journal of six events, tampered with by SQL behind the store's back.
class VerifyTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    for (int i = 1; i <= 6; ++i) Append("t", "s", "event " + std::to_string(i));
  }

  JournalProof Verify(const std::optional<Checkpoint>& shown = std::nullopt,
                      const std::string& trusted = {}) {
    auto proof = VerifyJournal(*store_, shown, trusted);
    EXPECT_TRUE(proof.has_value()) << proof.error().message;
    return *proof;
  }

  void TamperWith(const std::string& sql) {
    store_.reset();
    backend_->Tamper(sql);
    Reopen();
  }

  // SQL that writes the journal anew from `from` on, with a chain that fits.
  std::string Rewrite(uint64_t from, const std::string& body) {
    const auto entries = store_->ReadJournal(0, 99).value();
    Sha256Digest hash = from > 1 ? entries[from - 2].hash : Sha256Digest{};
    std::string sql;
    for (uint64_t at = from; at <= entries.size(); ++at) {
      JournalEntry entry = entries[at - 1];
      entry.event.body = body;
      hash = ChainHash(hash, at, entry.at, entry.event);
      sql += "UPDATE journal SET body = " +
             Bytes(HexEncode({reinterpret_cast<const uint8_t*>(body.data()), body.size()})) +
             ", hash = " + Bytes(ToHex(hash)) + " WHERE sequence = " + std::to_string(at) + ";";
    }
    return sql;
  }

  std::string Bytes(const std::string& hex) {
    return GetParam() == BackendKind::kPostgres ? "'\\x" + hex + "'" : "x'" + hex + "'";
  }

  CheckpointKey key_ = CheckpointKey::FromSeed(std::string(32, 'k'));
};

INSTANTIATE_TEST_SUITE_P(Backends, VerifyTest,
                         testing::Values(BackendKind::kSqlite, BackendKind::kPostgres),
                         [](const auto& param) { return BackendName(param.param); });

TEST_P(VerifyTest, AWholeJournalIsProvedWholeButNotUncut) {
  const JournalProof proof = Verify();
  EXPECT_TRUE(proof.holds());
  EXPECT_EQ(proof.head.sequence, 6u);
  EXPECT_EQ(proof.anchored, 0u);
  EXPECT_THAT(proof.Statement(), HasSubstr("The chain of 6 events is whole"));
  EXPECT_THAT(proof.Statement(), HasSubstr("Not proved: that nothing was cut off"));
}

TEST_P(VerifyTest, EachKindOfTamperingIsFoundAtItsFirstRecord) {
  struct Case {
    const char* what;
    std::string sql;
    uint64_t broken;
    const char* reason;
  };
  const std::string swap =
      "UPDATE journal SET sequence = 99 WHERE sequence = 3;"
      "UPDATE journal SET sequence = 3 WHERE sequence = 4;"
      "UPDATE journal SET sequence = 4 WHERE sequence = 99;";
  const std::string insert =
      "UPDATE journal SET sequence = sequence + 100 WHERE sequence >= 4;"
      "UPDATE journal SET sequence = sequence - 99 WHERE sequence >= 100;"
      "INSERT INTO journal SELECT 4, at, type, version, subject, actor, body, hash FROM journal "
      "WHERE sequence = 3;";
  const Case cases[] = {
      {"edit of a body", "UPDATE journal SET body = " + Bytes("78") + " WHERE sequence = 3", 3,
       "its hash does not follow"},
      {"edit of a time", "UPDATE journal SET at = at + 1 WHERE sequence = 1", 1,
       "its hash does not follow"},
      {"edit of who", "UPDATE journal SET actor = 'eve' WHERE sequence = 6", 6,
       "its hash does not follow"},
      {"edit of the subject", "UPDATE journal SET subject = 'x' WHERE sequence = 2", 2,
       "its hash does not follow"},
      {"edit of a hash", "UPDATE journal SET hash = " + Bytes("00") + " WHERE sequence = 5", 5,
       "its hash does not follow"},
      {"insertion", insert, 4, "its hash does not follow"},
      {"reordering", swap, 3, "its hash does not follow"},
      {"inner removal", "DELETE FROM journal WHERE sequence IN (2, 3)", 2,
       "it is missing; the next one there is 4"},
      {"removal of the first", "DELETE FROM journal WHERE sequence = 1", 1,
       "it is missing; the next one there is 2"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    SetUp();
    TamperWith(c.sql);
    const JournalProof proof = Verify();
    ASSERT_TRUE(proof.broken.has_value());
    EXPECT_EQ(proof.broken->sequence, c.broken);
    EXPECT_THAT(proof.broken->reason, HasSubstr(c.reason));
    EXPECT_EQ(proof.head.sequence, c.broken - 1);
    EXPECT_FALSE(proof.holds());
  }
}

TEST_P(VerifyTest, AnEditWithItsOwnHashMadeToFitIsFoundAtTheNextRecord) {
  const auto entries = store_->ReadJournal(0, 99).value();
  JournalEntry edited = entries[2];
  edited.event.actor = "eve";
  const auto hash = ChainHash(entries[1].hash, 3, edited.at, edited.event);
  TamperWith("UPDATE journal SET actor = 'eve', hash = " + Bytes(ToHex(hash)) +
             " WHERE sequence = 3");
  EXPECT_EQ(Verify().broken->sequence, 4u);
}

TEST_P(VerifyTest, ACutEndIsFoundByACheckpointOnly) {
  const Checkpoint shown = MakeCheckpoint(key_, store_->JournalHead().value(), world_.clock.Now());
  TamperWith("DELETE FROM journal WHERE sequence > 4");
  EXPECT_TRUE(Verify().holds());
  const JournalProof proof = Verify(shown);
  EXPECT_FALSE(proof.broken.has_value());
  ASSERT_TRUE(proof.contradiction.has_value());
  EXPECT_EQ(proof.contradiction->sequence, 6u);
  EXPECT_THAT(proof.Statement(), HasSubstr("the journal ends at event 4: its end was cut off"));
}

TEST_P(VerifyTest, AFullRewriteIsFoundByACheckpointOnly) {
  const Head head{4, store_->ReadJournal(3, 1).value().at(0).hash};
  const Checkpoint shown = MakeCheckpoint(key_, head, world_.clock.Now());
  TamperWith(Rewrite(1, "forged"));
  EXPECT_TRUE(Verify().holds());
  const JournalProof proof = Verify(shown);
  ASSERT_TRUE(proof.contradiction.has_value());
  EXPECT_EQ(proof.anchored, 0u);
  EXPECT_THAT(proof.Statement(), HasSubstr("it was rewritten"));
}

TEST_P(VerifyTest, ARewriteAfterTheCheckpointIsNotClaimedToBeProved) {
  const Head head{4, store_->ReadJournal(3, 1).value().at(0).hash};
  const Checkpoint shown = MakeCheckpoint(key_, head, world_.clock.Now());
  TamperWith(Rewrite(5, "forged"));
  const JournalProof proof = Verify(shown);
  EXPECT_TRUE(proof.holds());
  EXPECT_EQ(proof.anchored, 4u);
  EXPECT_THAT(proof.Statement(), HasSubstr("up to event 4 nothing was cut off"));
  EXPECT_THAT(proof.Statement(), HasSubstr("Not proved for the events after it"));
}

TEST_P(VerifyTest, ACheckpointOfAnotherKeyProvesNothing) {
  const Checkpoint shown = MakeCheckpoint(key_, store_->JournalHead().value(), world_.clock.Now());
  EXPECT_EQ(Verify(shown, key_.public_key()).anchored, 6u);
  const JournalProof proof = Verify(shown, std::string(32, 'x'));
  EXPECT_FALSE(proof.holds());
  EXPECT_EQ(proof.anchored, 0u);
}

TEST_P(VerifyTest, TheStoresOwnCheckpointsAreChecked) {
  const Head head{4, store_->ReadJournal(3, 1).value().at(0).hash};
  ASSERT_TRUE(store_->AddCheckpoint(MakeCheckpoint(key_, head, world_.clock.Now())).has_value());
  EXPECT_TRUE(Verify().holds());
  EXPECT_EQ(Verify().anchored, 0u);  // It stands beside the journal: no proof by itself.
  TamperWith(Rewrite(2, "forged"));
  EXPECT_THAT(Verify().broken->reason, HasSubstr("has another hash"));
  TamperWith("DELETE FROM journal WHERE sequence > 2");
  EXPECT_THAT(Verify().broken->reason, HasSubstr("a signed checkpoint of event 4"));
}

TEST_P(VerifyTest, AForgedCheckpointInTheStoreIsFound) {
  Checkpoint forged = MakeCheckpoint(key_, store_->JournalHead().value(), world_.clock.Now());
  forged.at = forged.at + Duration::Nanos(1);
  ASSERT_TRUE(store_->AddCheckpoint(forged).has_value());
  EXPECT_THAT(Verify().broken->reason, HasSubstr("does not bear the signature of its key"));
}

TEST_P(VerifyTest, TheChainIsWholeAfterAPersonWasErased) {
  Turn turn = NextTurn();
  turn.personal = {MakePersonalDatum("ann", "090-1234")};
  turn.events = {MakeEvent("note", "", turn.personal[0].commitment)};
  const Checkpoint shown = MakeCheckpoint(key_, Commit(turn), world_.clock.Now());
  ASSERT_TRUE(store_->ErasePerson("ann").has_value());
  EXPECT_EQ(Verify(shown).anchored, 7u);
}

TEST_P(VerifyTest, AJournalOfManyPagesIsReadToItsEnd) {
  Turn turn = NextTurn();
  for (int i = 0; i < 1200; ++i) turn.events.push_back(MakeEvent("t", "", std::to_string(i)));
  Commit(turn);
  EXPECT_EQ(Verify().head.sequence, 1206u);
}

}  // namespace
}  // namespace hinomi::store
