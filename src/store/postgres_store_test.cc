#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include "store/contract_testing.h"

namespace hinomi::store {
namespace {

using testing::HasSubstr;

// A server of its own, since these tests stop it.
TEST(PostgresStoreTest, GoesOnWhenTheDatabaseIsBack) {
  StoreWorld world;
  auto server = TestPostgres::Make();
  ASSERT_TRUE(server.has_value()) << server.error().message;
  auto opened = OpenPostgresStore({.connection = (*server)->NewSchema().value()}, world.context);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  Store& store = **opened;
  const Lease lease = store.AcquireLease("leader", "one", Duration::Hours(1)).value();
  Turn turn;
  turn.epoch = lease.epoch;
  turn.events = {MakeEvent("t", "", "x")};
  ASSERT_TRUE(store.Commit(turn).has_value());
  turn.expected_head = 1;

  ASSERT_TRUE((*server)->Stop().has_value());
  HN_EXPECT_ERROR(store.Commit(turn), kUnavailable, "committing a turn: PostgreSQL:");
  HN_EXPECT_ERROR(store.JournalHead(), kUnavailable, "PostgreSQL:");
  // At once it is not tried again: a try may take long.
  HN_EXPECT_ERROR(store.Commit(turn), kUnavailable, "the last try was less than 1 s ago");

  ASSERT_TRUE((*server)->Start().has_value());
  world.clock.Advance(Duration::Seconds(1));
  EXPECT_EQ(store.Commit(turn).value().sequence, 2u);
  EXPECT_EQ(store.JournalHead().value().sequence, 2u);
}

TEST(PostgresStoreTest, ARestartBetweenTwoTurnsIsNotNoticed) {
  StoreWorld world;
  auto server = TestPostgres::Make();
  ASSERT_TRUE(server.has_value()) << server.error().message;
  auto opened = OpenPostgresStore({.connection = (*server)->NewSchema().value()}, world.context);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const Lease lease = (*opened)->AcquireLease("leader", "one", Duration::Hours(1)).value();
  ASSERT_TRUE((*server)->Stop().has_value());
  ASSERT_TRUE((*server)->Start().has_value());
  Turn turn;
  turn.epoch = lease.epoch;
  turn.events = {MakeEvent("t", "", "x")};
  EXPECT_EQ((*opened)->Commit(turn).value().sequence, 1u);
}

TEST(PostgresStoreTest, AConnectionKilledByTheAdministratorCostsOneCallAtMost) {
  StoreWorld world;
  auto server = SharedPostgres();
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const std::string connection = (*server)->NewSchema().value();
  auto store = OpenPostgresStore({.connection = connection}, world.context);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  ASSERT_TRUE((*server)
                  ->Execute(connection,
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE application_name = 'hinomi'")
                  .has_value());
  (void)(*store)->JournalHead().has_value();
  EXPECT_TRUE((*store)->JournalHead().has_value());
}

TEST(PostgresStoreTest, ADatabaseThatDoesNotAnswerInTimeIsUnavailable) {
  StoreWorld world;
  auto server = SharedPostgres();
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const std::string connection = (*server)->NewSchema().value();
  auto store = OpenPostgresStore({.connection = connection, .call_timeout = Duration::Millis(50)},
                                 world.context);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  PGconn* const other = PQconnectdb(connection.c_str());
  PQclear(PQexec(other, "BEGIN; LOCK TABLE lease IN ACCESS EXCLUSIVE MODE"));
  HN_EXPECT_ERROR((*store)->AcquireLease("leader", "one", Duration::Seconds(1)), kUnavailable,
                  "statement timeout");
  PQfinish(other);
  EXPECT_TRUE((*store)->AcquireLease("leader", "one", Duration::Seconds(1)).has_value());
}

TEST(PostgresStoreTest, AWrongAddressIsToldWithoutThePassword) {
  StoreWorld world;
  const auto store = OpenPostgresStore(
      {.connection = "host=/nonexistent user=hinomi password=hunter2"}, world.context);
  HN_EXPECT_ERROR(store, kUnavailable, "cannot connect");
  EXPECT_THAT(store.error().message, testing::Not(HasSubstr("hunter2")));
}

TEST(PostgresStoreTest, ADatabaseOfANewerReleaseIsRefused) {
  StoreWorld world;
  auto server = SharedPostgres();
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const std::string connection = (*server)->NewSchema().value();
  ASSERT_TRUE(OpenPostgresStore({.connection = connection}, world.context).has_value());
  ASSERT_TRUE((*server)
                  ->Execute(connection, "UPDATE store_meta SET value = 2 WHERE name = 'schema'")
                  .has_value());
  HN_EXPECT_ERROR(OpenPostgresStore({.connection = connection}, world.context), kInvalidArgument,
                  "has form 2, this release knows up to 1");
}

}  // namespace
}  // namespace hinomi::store
