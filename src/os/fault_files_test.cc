#include <gtest/gtest.h>

#include "os/testing.h"

namespace hinomi {
namespace {

std::string Content(FaultFiles& disk, const std::string& path) {
  auto content = disk.ReadAll(path);
  return content ? *content : "absent";
}

TEST(FaultFilesTest, APowerCutDropsWhatWasNotSynced) {
  FaultFiles disk;
  const auto file = *disk.Open("/d/log", OpenMode::kCreate);
  ASSERT_TRUE(disk.SyncDirectory("/d"));
  ASSERT_TRUE(file->Append("one"));
  ASSERT_TRUE(file->Sync());
  ASSERT_TRUE(file->Append("two"));
  EXPECT_EQ(Content(disk, "/d/log"), "onetwo");
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/d/log"), "one");
  EXPECT_EQ(file->Append("three").error().code, ErrorCode::kUnavailable);
}

TEST(FaultFilesTest, ANewFileIsLostWhileItsDirectoryWasNotSynced) {
  FaultFiles disk;
  const auto file = *disk.Open("/d/log", OpenMode::kCreate);
  ASSERT_TRUE(file->Append("one"));
  ASSERT_TRUE(file->Sync());
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/d/log"), "absent");
}

TEST(FaultFilesTest, ARenameIsUndoneWhileItsDirectoryWasNotSynced) {
  FaultFiles disk;
  ASSERT_TRUE(disk.WriteAtomically("/d/a", "old"));
  ASSERT_TRUE(disk.WriteAtomically("/d/b", "new"));
  ASSERT_TRUE(disk.Rename("/d/b", "/d/a"));
  EXPECT_EQ(Content(disk, "/d/a"), "new");
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/d/a"), "old");
  EXPECT_EQ(Content(disk, "/d/b"), "new");
}

TEST(FaultFilesTest, ARemovalIsUndoneWhileItsDirectoryWasNotSynced) {
  FaultFiles disk;
  ASSERT_TRUE(disk.WriteAtomically("/d/a", "old"));
  ASSERT_TRUE(disk.Remove("/d/a"));
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/d/a"), "old");
  ASSERT_TRUE(disk.Remove("/d/a"));
  ASSERT_TRUE(disk.SyncDirectory("/d"));
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/d/a"), "absent");
}

TEST(FaultFilesTest, WhateverStepOfAnAtomicWriteFailsTheContentIsOldOrNew) {
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kFull, DiskFault::kShortWrite}) {
    for (uint64_t n = 1; n <= 4; ++n) {
      FaultFiles disk;
      ASSERT_TRUE(disk.WriteAtomically("/d/a", "old"));
      disk.FailFrom(n, fault);
      EXPECT_FALSE(disk.WriteAtomically("/d/a", "new")) << n;
      // Only the directory's sync comes after the rename.
      EXPECT_EQ(Content(disk, "/d/a"), n == 4 ? "new" : "old");
      disk.PowerCut();
      EXPECT_EQ(Content(disk, "/d/a"), "old");
      ASSERT_TRUE(disk.WriteAtomically("/d/a", "new"));
    }
  }
}

TEST(FaultFilesTest, FaultsComeAtTheirTurnAndSayWhy) {
  FaultFiles disk;
  const auto file = *disk.Open("/log", OpenMode::kCreate);
  EXPECT_EQ(disk.calls(), 1u);
  disk.FailFrom(2, DiskFault::kFull, 2);
  EXPECT_TRUE(file->Append("a"));
  EXPECT_EQ(file->Append("b").error().code, ErrorCode::kExhausted);
  EXPECT_EQ(file->Append("c").error().message.substr(0, 17), "cannot write /log");
  EXPECT_TRUE(file->Append("d"));
  EXPECT_EQ(Content(disk, "/log"), "ad");
}

TEST(FaultFilesTest, AShortWriteLeavesHalf) {
  FaultFiles disk;
  const auto file = *disk.Open("/log", OpenMode::kCreate);
  disk.FailFrom(1, DiskFault::kShortWrite);
  EXPECT_EQ(file->Append("abcd").error().code, ErrorCode::kExhausted);
  EXPECT_EQ(Content(disk, "/log"), "ab");
}

TEST(FaultFilesTest, ASyncThatFailedLosesItsWritesForGood) {
  FaultFiles disk;
  const auto file = *disk.Open("/log", OpenMode::kCreate);
  ASSERT_TRUE(disk.SyncDirectory("/"));
  ASSERT_TRUE(file->Append("lost"));
  disk.FailFrom(1, DiskFault::kIoError);
  EXPECT_FALSE(file->Sync());
  EXPECT_TRUE(file->Sync());
  disk.PowerCut();
  EXPECT_EQ(Content(disk, "/log"), "");
}

TEST(FaultFilesTest, ARandomPowerCutKeepsAPrefixOfTheUnsyncedWrites) {
  bool seen[9] = {};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    FaultFiles disk;
    const auto file = *disk.Open("/log", OpenMode::kCreate);
    ASSERT_TRUE(disk.SyncDirectory("/"));
    ASSERT_TRUE(file->Append("abcd"));
    ASSERT_TRUE(file->Append("efgh"));
    Random random(seed);
    disk.PowerCut(random);
    const std::string kept = Content(disk, "/log");
    EXPECT_EQ(kept, std::string("abcdefgh").substr(0, kept.size()));
    seen[kept.size()] = true;
  }
  for (const bool length : seen) EXPECT_TRUE(length);
}

TEST(FaultFilesTest, ListsAndFindsWhatIsThere) {
  FaultFiles disk;
  ASSERT_TRUE(disk.MakeDirectories("/data/wal"));
  ASSERT_TRUE(disk.WriteAtomically("/data/b", ""));
  ASSERT_TRUE(disk.WriteAtomically("/data/a", ""));
  EXPECT_EQ(*disk.List("/data"), (std::vector<std::string>{"a", "b", "wal"}));
  EXPECT_TRUE(disk.List("/data/wal")->empty());
  EXPECT_EQ(disk.List("/nowhere").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(disk.Exists("/data/wal"));
  EXPECT_FALSE(disk.Exists("/data/c"));
}

}  // namespace
}  // namespace hinomi
