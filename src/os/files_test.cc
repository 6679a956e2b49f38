#include "os/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hinomi {
namespace {

std::string NewDirectory() {
  std::string path = ::testing::TempDir() + "hinomi-files-XXXXXX";
  return ::mkdtemp(path.data());
}

TEST(PosixFilesTest, AtomicWriteReplacesTheWholeContent) {
  PosixFiles files;
  const std::string path = NewDirectory() + "/a";
  ASSERT_TRUE(files.WriteAtomically(path, "one"));
  ASSERT_TRUE(files.WriteAtomically(path, "two"));
  EXPECT_EQ(*files.ReadAll(path), "two");
}

TEST(PosixFilesTest, ErrorsNameThePathAndTheKind) {
  PosixFiles files;
  const auto missing = files.ReadAll("/nowhere/x");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().message.find("/nowhere/x"), std::string::npos);
}

TEST(PosixFilesTest, AStampChangesWithTheFileAndStandsWhileNobodyTouchesIt) {
  PosixFiles files;
  const std::string path = NewDirectory() + "/a";
  ASSERT_TRUE(files.WriteAtomically(path, "one"));
  const auto first = files.Stamp(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->size, 3u);
  EXPECT_EQ(files.Stamp(path), first);
  ASSERT_TRUE(files.WriteAtomically(path, "two"));  // Another file of the same name.
  const auto second = files.Stamp(path);
  EXPECT_NE(second->inode, first->inode);
  // Its time set back as it was: what changed it is still seen.
  ::usleep(20'000);
  const timespec times[2] = {{0, UTIME_OMIT},
                             {second->modified_ns / 1'000'000'000,
                              static_cast<long>(second->modified_ns % 1'000'000'000)}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_EQ(files.Stamp(path)->modified_ns, second->modified_ns);
  EXPECT_NE(files.Stamp(path), second);
  EXPECT_EQ(files.Stamp(path + "x"), std::nullopt);
}

TEST(PosixFilesTest, ReadsFilesThatHideTheirSize) {
  PosixFiles files;
  EXPECT_FALSE(files.ReadAll("/proc/self/status")->empty());
}

TEST(PosixFilesTest, AMappedFileShowsItsBytesAlsoWhenItsNameIsGone) {
  PosixFiles files;
  const std::string path = NewDirectory() + "/a";
  ASSERT_TRUE(files.WriteAtomically(path, "one"));
  const auto view = files.Map(path).value();
  ASSERT_TRUE(files.Remove(path));
  EXPECT_EQ(view->bytes(), "one");
  ASSERT_TRUE(files.WriteAtomically(path, ""));
  EXPECT_EQ(files.Map(path).value()->bytes(), "");
  EXPECT_FALSE(files.Map(path + "x"));
}

TEST(ParentDirectoryTest, IsWhatStandsInFrontOfTheLastSlash) {
  EXPECT_EQ(ParentDirectory("a/b/c"), "a/b");
  EXPECT_EQ(ParentDirectory("/a"), "/");
  EXPECT_EQ(ParentDirectory("a"), ".");
}

}  // namespace
}  // namespace hinomi
