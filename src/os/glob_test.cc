#include "os/glob.h"

#include <gmock/gmock.h>

#include "os/testing.h"

namespace hinomi {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GlobTest : public ::testing::Test {
 protected:
  void Write(const std::string& path) {
    const std::string whole = directory_.path() + "/" + path;
    ASSERT_TRUE(files_.MakeDirectories(whole.substr(0, whole.rfind('/'))));
    ASSERT_TRUE(files_.WriteAtomically(whole, "x"));
  }
  std::vector<std::string> Find(const std::string& pattern) {
    return *Glob(files_, directory_.path(), pattern);
  }

  PosixFiles files_;
  TempDirectory directory_;
};

TEST_F(GlobTest, StarsAndSetsStandForCharactersOfOneName) {
  for (const char* path :
       {"rules/a.yml", "rules/b.yml", "rules/b.yaml", "rules/old/c.yml", "more/a.yml", "top.yml"}) {
    Write(path);
  }
  EXPECT_THAT(Find("rules/*.yml"), ElementsAre("rules/a.yml", "rules/b.yml"));
  EXPECT_THAT(Find("*/a.yml"), ElementsAre("more/a.yml", "rules/a.yml"));
  EXPECT_THAT(Find("rules/[^b].yml"), ElementsAre("rules/a.yml"));
  EXPECT_THAT(Find("rules/b.y?ml"), ElementsAre("rules/b.yaml"));
  EXPECT_THAT(Find("top.yml"), ElementsAre("top.yml"));
  EXPECT_THAT(Find("absent.yml"), IsEmpty());
  EXPECT_THAT(Find("absent/*.yml"), IsEmpty());
  EXPECT_THAT(Find(directory_.path() + "/rules/a*"),
              ElementsAre(directory_.path() + "/rules/a.yml"));
}

TEST_F(GlobTest, AnOpenBracketAndTooManyPathsAreRefused) {
  EXPECT_EQ(Glob(files_, directory_.path(), "rules/[a.yml").error().code,
            ErrorCode::kInvalidArgument);
  Write("a");
  Write("b");
  EXPECT_EQ(Glob(files_, directory_.path(), "*", 1).error().code, ErrorCode::kExhausted);
}

}  // namespace
}  // namespace hinomi
