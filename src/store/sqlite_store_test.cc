#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "store/contract_testing.h"
#include "store/personal.h"

namespace hinomi::store {
namespace {

SqliteConfig ConfigAt(const std::string& directory) {
  return SqliteConfig{.directory = directory, .reserve_bytes = 0};
}

unsigned Mode(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777u;
}

TEST(SqliteStoreTest, ASecondServerIsToldWhoHasTheDirectory) {
  StoreWorld world;
  TempDirectory directory;
  auto first = OpenSqliteStore(ConfigAt(directory.path()), world.context);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  const auto second = OpenSqliteStore(ConfigAt(directory.path()), world.context);
  HN_EXPECT_ERROR(second, kConflict, "is in use by process " + std::to_string(getpid()) + " (");
  *first = nullptr;
  EXPECT_TRUE(OpenSqliteStore(ConfigAt(directory.path()), world.context).has_value());
}

TEST(SqliteStoreTest, NobodyElseReadsTheFiles) {
  StoreWorld world;
  TempDirectory parent;
  const std::string directory = parent.path() + "/a/data";
  auto store = OpenSqliteStore(ConfigAt(directory), world.context);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  ASSERT_TRUE((*store)->PutValue("t", {"k", "v"}).has_value());
  EXPECT_EQ(Mode(directory), 0700u);
  EXPECT_EQ(Mode(directory + "/hinomi.db"), 0600u);
  EXPECT_EQ(Mode(directory + "/hinomi.db-wal"), 0600u);
}

TEST(SqliteStoreTest, ADeadServersLeaseIsFreeAtOnce) {
  StoreWorld world;
  TempDirectory directory;
  auto store = OpenSqliteStore(ConfigAt(directory.path()), world.context);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  ASSERT_TRUE((*store)->AcquireLease("leader", "pid 1", Duration::Hours(1)).has_value());
  *store = nullptr;
  store = OpenSqliteStore(ConfigAt(directory.path()), world.context);
  EXPECT_TRUE((*store)->AcquireLease("leader", "pid 2", Duration::Hours(1)).has_value());
}

TEST(SqliteStoreTest, AFileThatIsNoDatabaseIsCorrupt) {
  StoreWorld world;
  TempDirectory directory;
  ASSERT_TRUE(
      world.files
          .WriteAtomically(directory.path() + "/hinomi.db",
                           "this is not a database, by any means, is it? " + std::string(4096, 'x'))
          .has_value());
  HN_EXPECT_ERROR(OpenSqliteStore(ConfigAt(directory.path()), world.context), kCorrupt,
                  "hinomi.db");
}

// After ErasePerson the old key must not be found on the disk.
TEST(SqliteStoreTest, AnErasedPersonsBytesAreGoneFromTheFiles) {
  StoreWorld world;
  TempDirectory directory;
  auto store = OpenSqliteStore(ConfigAt(directory.path()), world.context);
  ASSERT_TRUE(store.has_value()) << store.error().message;
  Turn turn;
  turn.epoch = (*store)->AcquireLease("leader", "one", Duration::Hours(1)).value().epoch;
  turn.personal = {MakePersonalDatum("person-to-be-forgotten", "090-1234")};
  ASSERT_TRUE((*store)->Commit(turn).has_value());
  const auto on_disk = [&] {
    std::string bytes;
    const std::vector<std::string> names = world.files.List(directory.path()).value();
    for (const std::string& name : names) {
      bytes += world.files.ReadAll(directory.path() + "/" + name).value();
    }
    return bytes.find("person-to-be-forgotten") != std::string::npos;
  };
  EXPECT_TRUE(on_disk());
  ASSERT_TRUE((*store)->ErasePerson("person-to-be-forgotten").has_value());
  // The name stands in the row of the key, so that both went together.
  EXPECT_FALSE(on_disk());
}

}  // namespace
}  // namespace hinomi::store
