#include "metrics/tsdb/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string SeriesBytes(const std::string& name, const std::string& host) {
  return LabelBytesOf(Labels({{"__name__", name}, {"host", host}}));
}

std::vector<Matcher> OfHost(const std::string& host, MatchType type = MatchType::kEqual) {
  return {{"__name__", MatchType::kEqual, "m"}, {"host", type, host}};
}

TEST(SelectorTest, FindsWhatCameSinceItLookedLast) {
  const auto selector = Selector::Compile(OfHost("a")).value();
  SeriesTable table(7);
  EXPECT_THAT(selector->Matching(table, 1)->ids, IsEmpty());
  table.Create(SeriesBytes("m", "a"));
  table.Create(SeriesBytes("m", "b"));
  EXPECT_THAT(selector->Matching(table, 1)->ids, ElementsAre(0));
  EXPECT_THAT(selector->Matching(table, 1)->ids, ElementsAre(0));
  table.Create(LabelBytesOf(Labels({{"__name__", "m"}, {"host", "a"}, {"zone", "z"}})));
  EXPECT_THAT(selector->Matching(table, 1)->ids, ElementsAre(0, 2));
}

TEST(SelectorTest, TellsTheLabelsOfTheFew) {
  const auto selector = Selector::Compile(OfHost("a")).value();
  SeriesTable table(7);
  table.Create(SeriesBytes("m", "b"));
  table.Create(SeriesBytes("m", "a"));
  EXPECT_THAT(selector->Matching(table, 1)->labels,
              ElementsAre(Labels({{"__name__", "m"}, {"host", "a"}})));
}

TEST(SelectorTest, WhatItFoundInOneTableIsNotTakenForAnother) {
  const auto selector = Selector::Compile(OfHost("a")).value();
  SeriesTable one(7), other(7);
  one.Create(SeriesBytes("m", "a"));
  other.Create(SeriesBytes("m", "b"));
  EXPECT_THAT(selector->Matching(one, 1)->ids, ElementsAre(0));
  EXPECT_THAT(selector->Matching(other, 2)->ids, IsEmpty());
  EXPECT_THAT(selector->Matching(one, 1)->ids, ElementsAre(0));
}

TEST(SelectorTest, SeriesThatAreManyAreFoundEachTime) {
  const auto selector = Selector::Compile({{"__name__", MatchType::kEqual, "m"}}).value();
  SeriesTable table(7);
  for (size_t i = 0; i < 100; ++i) {
    table.Create(SeriesBytes("m", std::to_string(i)));
    ASSERT_EQ(selector->Matching(table, 1)->ids.size(), i + 1);
    ASSERT_EQ(selector->Matching(table, 1)->ids.size(), i + 1);
  }
}

TEST(SelectorTest, LongLabelsAreNotKept) {
  const auto selector = Selector::Compile(OfHost("a")).value();
  SeriesTable table(7);
  const Labels labels({{"__name__", "m"}, {"host", "a"}, {"note", std::string(5000, 'x')}});
  table.Create(LabelBytesOf(labels));
  const std::weak_ptr<const Selector::Found> found = selector->Matching(table, 1);
  EXPECT_TRUE(found.expired());
  EXPECT_THAT(selector->Matching(table, 1)->labels, ElementsAre(labels));
}

TEST(SelectorCacheTest, TheSameMatchersAreCompiledOnce) {
  SelectorCache cache;
  const auto first = cache.Of(OfHost("a")).value();
  EXPECT_EQ(cache.Of(OfHost("a")).value(), first);
  EXPECT_NE(cache.Of(OfHost("b")).value(), first);
  EXPECT_NE(cache.Of(OfHost("a", MatchType::kNotEqual)).value(), first);
  EXPECT_EQ(cache.Of(OfHost("a|b", MatchType::kRegex)).value(),
            cache.Of(OfHost("a|b", MatchType::kRegex)).value());
  EXPECT_FALSE(cache.Of(OfHost("(", MatchType::kRegex)).has_value());
}

TEST(SelectorCacheTest, WhatMayGrowLargeIsNotKept) {
  SelectorCache cache;
  for (const auto& large :
       {OfHost("a.*", MatchType::kRegex), OfHost(std::string(10'000, 'x'), MatchType::kEqual)}) {
    const std::weak_ptr<const Selector> selector = cache.Of(large).value();
    EXPECT_TRUE(selector.expired());
  }
}

TEST(SelectorCacheTest, OthersGoWhenItIsFullButNotThoseThatAreAskedFor) {
  SelectorCache cache;
  const auto used = cache.Of(OfHost("used")).value();
  const std::weak_ptr<const Selector> unused = cache.Of(OfHost("unused")).value();
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(cache.Of(OfHost(std::to_string(i))).has_value());
    if (i % 1000 != 0) continue;
    ASSERT_EQ(cache.Of(OfHost("used")).value(), used);
  }
  EXPECT_TRUE(unused.expired());
}

}  // namespace
}  // namespace hinomi::metrics
