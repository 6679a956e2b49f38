#include "metrics/tsdb/series_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/strings.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string LabelBytesFor(std::vector<Labels::Pair> pairs) {
  return LabelBytesOf(Labels(std::move(pairs)));
}

TEST(SeriesTableTest, FindsWhatItCreatedAndNothingElse) {
  SeriesTable table(7);
  const std::string a = LabelBytesFor({{"__name__", "a"}, {"job", "x"}});
  const std::string b = LabelBytesFor({{"__name__", "a"}, {"job", "y"}});
  EXPECT_EQ(table.Find(a), std::nullopt);
  EXPECT_EQ(table.Create(a), 0u);
  EXPECT_EQ(table.Find(b), std::nullopt);
  EXPECT_EQ(table.Create(b), 1u);
  EXPECT_EQ(table.Find(a), 0u);
  EXPECT_EQ(table.Find(b), 1u);
  EXPECT_EQ(table.Find(a.substr(0, a.size() / 2)), std::nullopt);
  EXPECT_EQ(table.Find(a + b), std::nullopt);
  EXPECT_EQ(table.LabelsOf(1), Labels({{"__name__", "a"}, {"job", "y"}}));
}

TEST(SeriesTableTest, AWrongGuessOfWhatFollowsIsCorrected) {
  SeriesTable table(7);
  const std::string a = LabelBytesFor({{"x", "a"}});
  const std::string b = LabelBytesFor({{"x", "b"}});
  const std::string c = LabelBytesFor({{"x", "c"}});
  for (const std::string& bytes : {a, b, c}) table.Create(bytes);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(table.Find(b, 0), 1u);
    EXPECT_EQ(table.Find(c, 0), 2u);
    EXPECT_EQ(table.Find(c, 0), 2u);
    EXPECT_EQ(table.Find(a, 2), 0u);
    EXPECT_EQ(table.Find(LabelBytesFor({{"x", "d"}}), 0), std::nullopt);
  }
}

/// As many as make it grow several times; what stands in the log is made again by the
/// numbers of its labels.
TEST(SeriesTableTest, EverySeriesIsFoundHoweverItWasMade) {
  SeriesTable by_bytes(7);
  SeriesTable by_numbers(8);
  std::vector<std::string> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(
        LabelBytesFor({{"__name__", "m" + std::to_string(i % 10)}, {"i", std::to_string(i / 10)}}));
    std::string_view rest = all.back();
    std::vector<LabelPool::Pair> pairs;
    while (!rest.empty()) pairs.push_back(by_numbers.labels().Intern(TakeLabelMessage(rest)));
    const SeriesId id = by_bytes.Create(all.back());
    by_numbers.CreateAs(id, pairs);
  }
  for (SeriesId id = 0; id < all.size(); ++id) {
    EXPECT_EQ(by_bytes.Find(all[id]), id);
    EXPECT_EQ(by_numbers.Find(all[id]), id);
    EXPECT_EQ(by_bytes.Find(all[id].substr(1)), std::nullopt);
    EXPECT_EQ(by_bytes.Find(all[id].substr(0, all[id].size() - 1)), std::nullopt);
  }
}

TEST(SeriesTableTest, IdsThatWereLeftOutExistNot) {
  SeriesTable table(7);
  table.CreateAs(3, LabelBytesFor({{"x", "a"}}));
  EXPECT_EQ(table.next_id(), 4u);
  EXPECT_FALSE(table.Exists(2));
  EXPECT_FALSE(table.Exists(4));
  EXPECT_THAT(table.Matching({}), ElementsAre(3));
  EXPECT_EQ(table.Create(LabelBytesFor({{"x", "b"}})), 4u);
}

/// Random labels and matchers of every kind, against a walk over all of them.
TEST(SeriesTableTest, MatchesAsAWalkOverAllSeriesDoes) {
  Random random(3);
  for (int round = 0; round < 30; ++round) {
    SeriesTable table(random.Next());
    std::vector<Labels> all;
    for (int i = 0; i < 2500; ++i) {
      std::vector<Labels::Pair> pairs{{"id", std::to_string(i)}};
      for (const char* name : {"a", "b", "c"})
        if (random.Percent(70))
          pairs.emplace_back(name, std::string(1, static_cast<char>('p' + random.Below(4))));
      all.emplace_back(std::move(pairs));
      ASSERT_EQ(table.Create(LabelBytesOf(all.back())), static_cast<SeriesId>(i));
    }
    for (int query = 0; query < 20; ++query) {
      std::vector<Matcher> matchers;
      for (uint64_t i = random.Below(4); i-- > 0;) {
        const char* values[] = {"", "p", "q", "p|q", ".*", ".+", "zzz"};
        matchers.push_back({std::string(1, static_cast<char>('a' + random.Below(4))),
                            static_cast<MatchType>(random.Below(4)), values[random.Below(7)]});
      }
      // Few or one are judged otherwise than many.
      const std::string id_value = std::to_string(random.Below(2600));
      if (random.Percent(30)) matchers.push_back({"id", MatchType::kEqual, id_value});
      if (random.Percent(10)) matchers.push_back({"id", MatchType::kRegex, id_value + ".*"});
      const auto compiled = CompileAll(matchers).value();
      std::vector<SeriesId> expected;
      for (SeriesId id = 0; id < all.size(); ++id)
        if (MatchesAll(compiled, all[id])) expected.push_back(id);
      ASSERT_EQ(table.Matching(compiled), expected);
    }
    EXPECT_GT(table.memory_bytes(), 2500u * 40);
    EXPECT_LT(table.memory_bytes(), 2500u * 400);
  }
}

}  // namespace
}  // namespace hinomi::metrics
