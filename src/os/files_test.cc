#include "os/files.h"

#include <gtest/gtest.h>
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
