#include "metrics/model.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "metrics/matcher.h"
#include "metrics/testing.h"

namespace hinomi::metrics {
namespace {

TEST(LabelsTest, AreSortedWithoutEmptyValuesAndTheLastDuplicateStays) {
  const Labels labels({{"z", "1"}, {"a", "old"}, {"empty", ""}, {"a", "new"}, {"__name__", "up"}});
  EXPECT_EQ(labels.ToString(), "up{a=\"new\",z=\"1\"}");
  EXPECT_EQ(labels.name(), "up");
  EXPECT_EQ(labels.Get("a"), "new");
  EXPECT_EQ(labels.Get("empty"), "");
  EXPECT_EQ(labels.pairs().size(), 3u);
  EXPECT_TRUE(MakeLabels("", {{"a", "1"}, {"a", ""}}).empty());
}

TEST(LabelsTest, SetPutsReplacesAndRemoves) {
  Labels labels;
  labels.Set("b", "1");
  labels.Set("a", "2");
  labels.Set("b", "3");
  EXPECT_EQ(labels.ToString(), "{a=\"2\",b=\"3\"}");
  labels.Set("a", "");
  labels.Set("absent", "");
  EXPECT_EQ(labels.ToString(), "{b=\"3\"}");
}

TEST(LabelsTest, PrintsQuotesBackslashesAndLineEndsEscaped) {
  EXPECT_EQ(MakeLabels("m", {{"p", "a\"b\\c\nd"}}).ToString(), "m{p=\"a\\\"b\\\\c\\nd\"}");
  EXPECT_EQ(MakeLabels("m").ToString(), "m");
  EXPECT_EQ(Labels().ToString(), "{}");
}

TEST(LabelsTest, HashTellsApartWhereNameAndValueMeet) {
  EXPECT_NE(MakeLabels("m", {{"a", "bc"}}).Hash(), MakeLabels("m", {{"ab", "c"}}).Hash());
  EXPECT_EQ(MakeLabels("m", {{"a", "1"}, {"b", "2"}}).Hash(),
            MakeLabels("m", {{"b", "2"}, {"a", "1"}}).Hash());
}

TEST(MatcherTest, RegularExpressionsAreAnchoredAndAbsentLabelsAreEmpty) {
  const struct {
    MatchType type;
    const char* pattern;
    const char* value;
    bool matches;
  } cases[] = {
      {MatchType::kEqual, "a", "a", true},         {MatchType::kEqual, "a", "ab", false},
      {MatchType::kNotEqual, "a", "", true},       {MatchType::kRegex, "a|b", "ab", false},
      {MatchType::kRegex, "a|b", "b", true},       {MatchType::kRegex, "a.*", "a\nb", true},
      {MatchType::kRegex, ".*", "", true},         {MatchType::kRegex, ".+", "", false},
      {MatchType::kNotRegex, "a.*", "b", true},    {MatchType::kNotRegex, "a.*", "abc", false},
      {MatchType::kRegex, "(?i)get", "GET", true},
  };
  for (const auto& c : cases) {
    auto matcher = CompiledMatcher::Compile({"l", c.type, c.pattern});
    ASSERT_TRUE(matcher) << c.pattern;
    EXPECT_EQ(matcher->Matches(c.value), c.matches) << c.pattern << " on " << c.value;
  }
}

// Those are not compiled; in a group they are.
TEST(MatcherTest, PlainAlternativesMatchAsTheExpressionDoes) {
  const std::string letters = "ab|:-";
  Random random(1);
  const auto text = [&](uint64_t most) {
    std::string made;
    for (uint64_t n = random.Below(most + 1); n > 0; --n) made += letters[random.Below(5)];
    return made;
  };
  for (int i = 0; i < 2'000; ++i) {
    const std::string pattern = text(9), value = text(3);
    ASSERT_TRUE(PlainAlternatives(pattern)) << pattern;
    ASSERT_FALSE(PlainAlternatives("(?:" + pattern + ")"));
    for (const MatchType type : {MatchType::kRegex, MatchType::kNotRegex}) {
      const auto plain = CompiledMatcher::Compile({"x", type, pattern});
      const auto grouped = CompiledMatcher::Compile({"x", type, "(?:" + pattern + ")"});
      ASSERT_TRUE(plain && grouped);
      ASSERT_EQ(plain->Matches(value), grouped->Matches(value)) << pattern << " of " << value;
    }
  }
  EXPECT_FALSE(PlainAlternatives("a.c"));
  EXPECT_FALSE(PlainAlternatives("\xC3\x28"));
}

TEST(MatcherTest, ABrokenRegularExpressionIsRefusedWithItsLabel) {
  const auto matcher = CompiledMatcher::Compile({"job", MatchType::kRegex, "a("});
  ASSERT_FALSE(matcher);
  EXPECT_EQ(matcher.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(matcher.error().message.find("\"a(\" for label job"), std::string::npos)
      << matcher.error().message;
}

}  // namespace
}  // namespace hinomi::metrics
