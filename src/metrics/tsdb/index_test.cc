#include "metrics/tsdb/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/random.h"
#include "base/strings.h"
#include "metrics/tsdb/index_tables.h"
#include "metrics/tsdb/label_bytes.h"
#include "metrics/tsdb/series_table.h"

namespace hinomi::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Labels Of(std::vector<Labels::Pair> pairs) {
  return Labels(std::move(pairs));
}

std::string Hex(std::string_view bytes) {
  return HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

/// The same series in the three forms that must answer alike: the index's
/// bytes, the head's table and plain label sets.
class IndexTest : public ::testing::Test {
 protected:
  void Build(std::vector<Labels> series) {
    series_ = std::move(series);
    label_bytes_.clear();
    for (const Labels& labels : series_) label_bytes_.push_back(LabelBytesOf(labels));
    IndexBuilder builder;
    table_ = SeriesTable(1);
    for (uint32_t id = 0; id < series_.size(); ++id) {
      EXPECT_EQ(builder.Add(label_bytes_[id]), id);
      table_.CreateAs(id, label_bytes_[id]);
    }
    bytes_ = builder.Finish();
    auto index = Index::Open(bytes_);
    ASSERT_TRUE(index) << index.error().message;
    index_.emplace(std::move(*index));
    const Status verified = index_->Verify();
    ASSERT_TRUE(verified) << verified.error().message;
  }

  static std::vector<CompiledMatcher> Compile(const std::vector<Matcher>& matchers) {
    return CompileAll(matchers).value();
  }

  Postings Naive(const std::vector<CompiledMatcher>& matchers) const {
    Postings ids;
    for (uint32_t id = 0; id < series_.size(); ++id)
      if (MatchesAll(matchers, series_[id])) ids.push_back(id);
    return ids;
  }

  /// What the index says, if the head's table says the same.
  Postings Match(const std::vector<Matcher>& matchers) const {
    const auto compiled = Compile(matchers);
    Postings ids = index_->Match(compiled);
    EXPECT_EQ(table_.Matching(compiled), ids) << "the head's table disagrees";
    return ids;
  }

  std::vector<Labels> series_;
  std::vector<std::string> label_bytes_;
  std::string bytes_;
  std::optional<Index> index_;
  SeriesTable table_{1};
};

constexpr auto kEq = MatchType::kEqual;
constexpr auto kNe = MatchType::kNotEqual;
constexpr auto kRe = MatchType::kRegex;
constexpr auto kNre = MatchType::kNotRegex;

TEST_F(IndexTest, AnAbsentLabelIsTheEmptyValueAsInPrometheus) {
  Build({Of({{"n", "1"}}), Of({{"n", "1"}, {"i", "a"}}), Of({{"n", "1"}, {"i", "b"}}),
         Of({{"n", "2"}}), Of({{"n", "2.5"}})});
  const auto match = [&](MatchType type, const char* value) {
    return Match({{"n", kEq, "1"}, {"i", type, value}});
  };
  // The cases of Prometheus' own TestPostingsForMatchers.
  EXPECT_THAT(Match({{"n", kEq, "1"}}), ElementsAre(0, 1, 2));
  EXPECT_THAT(match(kEq, "a"), ElementsAre(1));
  EXPECT_THAT(match(kEq, "missing"), IsEmpty());
  EXPECT_THAT(Match({{"missing", kEq, ""}}), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Match({{"missing", kNe, ""}}), IsEmpty());
  EXPECT_THAT(Match({{"missing", kRe, ".+"}}), IsEmpty());
  EXPECT_THAT(match(kNe, ""), ElementsAre(1, 2));
  EXPECT_THAT(Match({{"n", kNe, "1"}}), ElementsAre(3, 4));
  EXPECT_THAT(Match({{"i", kNe, ""}}), ElementsAre(1, 2));
  EXPECT_THAT(match(kNe, "a"), ElementsAre(0, 2));
  EXPECT_THAT(match(kEq, ""), ElementsAre(0));
  EXPECT_THAT(Match({{"i", kEq, ""}}), ElementsAre(0, 3, 4));
  EXPECT_THAT(Match({{"n", kRe, "^1$"}}), ElementsAre(0, 1, 2));
  EXPECT_THAT(match(kRe, "^a$"), ElementsAre(1));
  EXPECT_THAT(match(kRe, "^a?$"), ElementsAre(0, 1));
  EXPECT_THAT(match(kRe, "^$"), ElementsAre(0));
  EXPECT_THAT(match(kRe, "^.*$"), ElementsAre(0, 1, 2));
  EXPECT_THAT(match(kRe, "^.+$"), ElementsAre(1, 2));
  EXPECT_THAT(match(kRe, ".*"), ElementsAre(0, 1, 2));
  EXPECT_THAT(match(kRe, ".+"), ElementsAre(1, 2));
  EXPECT_THAT(match(kRe, ""), ElementsAre(0));
  EXPECT_THAT(Match({{"n", kNre, "^1$"}}), ElementsAre(3, 4));
  EXPECT_THAT(match(kNre, "^a$"), ElementsAre(0, 2));
  EXPECT_THAT(match(kNre, "^a?$"), ElementsAre(2));
  EXPECT_THAT(match(kNre, "^$"), ElementsAre(1, 2));
  EXPECT_THAT(match(kNre, "^.*$"), IsEmpty());
  EXPECT_THAT(match(kNre, ".*"), IsEmpty());
  EXPECT_THAT(match(kNre, "^.+$"), ElementsAre(0));
  EXPECT_THAT(match(kNre, ".+"), ElementsAre(0));
  EXPECT_THAT(match(kNre, ""), ElementsAre(1, 2));
  EXPECT_THAT(Match({{"n", kEq, "1"}, {"i", kNe, ""}, {"i", kEq, "a"}}), ElementsAre(1));
  EXPECT_THAT(Match({{"n", kEq, "1"}, {"i", kNe, "b"}, {"i", kRe, "^(b|a).*$"}}), ElementsAre(1));
  EXPECT_THAT(Match({{"n", kRe, "1|2"}}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Match({{"n", kRe, "2\\.5|2"}}), ElementsAre(3, 4));
  EXPECT_THAT(Match({{"n", kRe, "2|2"}}), ElementsAre(3));
  EXPECT_THAT(Match({{"i", kRe, "a|a"}}), ElementsAre(1));
  EXPECT_THAT(Match({{"i", kRe, "a|"}}), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(Match({{"i", kNre, "a|"}}), ElementsAre(2));
  EXPECT_THAT(Match({{"n", kRe, "2.*"}}), ElementsAre(3, 4));
  EXPECT_THAT(Match({}), ElementsAre(0, 1, 2, 3, 4));
}

Labels RandomSeries(Random& random) {
  constexpr const char* kValues[] = {"a", "ab", "abc", "b", "b.c", "b|c", "é", "x\ny", "host-1"};
  std::vector<Labels::Pair> pairs{{"id", std::to_string(random.Below(3000))}};
  for (const char* name : {"__name__", "env", "host", "zone"})
    if (random.Percent(70)) pairs.emplace_back(name, kValues[random.Below(9)]);
  return Labels(std::move(pairs));
}

Matcher RandomMatcher(Random& random) {
  constexpr const char* kNames[] = {"__name__", "env", "host", "zone", "id", "missing"};
  constexpr const char* kTexts[] = {"", "a", "ab", "b.c", "é", "1", "77", "nothing"};
  constexpr const char* kPatterns[] = {
      "",       ".*",        ".+",         "a",     "a|b",       "(a|ab)",        "a(?:b|bc)",
      "a.*",    "ab?",       "é*",         "b\\.c", "b.c",       "b\\|c",         "a|",
      "[ab]+",  "1.*",       "1.*|a",      "(a)|b", "[(]|b.c",   "^ab.*",         "x.y",
      "(?i)AB", "\\d+7",     "a{2}|a",     "a{0}b", "\\Qb.\\Ec", "a|b|ab|host-1", "host-[0-9]",
      "()|a",   "a(b|c)d|b", "host(-1|-2)"};
  Matcher matcher{kNames[random.Below(6)], static_cast<MatchType>(random.Below(4)), {}};
  const bool regex = matcher.type == kRe || matcher.type == kNre;
  matcher.value = regex ? kPatterns[random.Below(31)] : kTexts[random.Below(8)];
  return matcher;
}

TEST_F(IndexTest, AnswersAsComparingEverySeriesWould) {
  Random random(7);
  for (const size_t size : {0, 1, 5, 300, 4000}) {
    std::vector<Labels> series;
    for (size_t i = 0; i < size; ++i) series.push_back(RandomSeries(random));
    if (size > 100) std::sort(series.begin(), series.end());
    Build(series);
    for (int i = 0; i < 400; ++i) {
      std::vector<Matcher> matchers;
      for (uint64_t n = random.Below(4); n-- > 0;) matchers.push_back(RandomMatcher(random));
      std::string shown;
      for (const Matcher& matcher : matchers)
        shown += matcher.label + " " + std::to_string(static_cast<int>(matcher.type)) + " " +
                 matcher.value + "; ";
      ASSERT_EQ(Match(matchers), Naive(Compile(matchers))) << shown << size;
    }
  }
}

TEST_F(IndexTest, GivesLabelsBackAndCountsThem) {
  Random random(9);
  std::vector<Labels> series;
  for (size_t i = 0; i < 1000; ++i) series.push_back(RandomSeries(random));
  series.push_back(Labels());
  Build(series);
  ASSERT_EQ(index_->series_count(), 1001u);
  std::map<std::string, std::map<std::string, uint32_t>> counts;
  for (uint32_t id = 0; id < series.size(); ++id) {
    std::string label_bytes;
    index_->AppendLabelBytes(id, label_bytes);
    ASSERT_EQ(label_bytes, label_bytes_[id]);
    ASSERT_EQ(index_->LabelsOf(id), series[id]);
    for (const auto& [name, value] : series[id].pairs()) ++counts[name][value];
  }
  std::vector<std::string_view> names;
  for (const auto& [name, values] : counts) {
    names.push_back(name);
    std::vector<std::string_view> value_texts;
    uint32_t sum = 0;
    const auto cardinalities = index_->ValueCardinalities(name);
    ASSERT_EQ(cardinalities.size(), values.size());
    for (const auto& [value, count] : values) {
      EXPECT_EQ(index_->SeriesWith(name, value), count);
      EXPECT_EQ(cardinalities[value_texts.size()].text, value);
      EXPECT_EQ(cardinalities[value_texts.size()].series, count);
      value_texts.push_back(value);
      sum += count;
    }
    EXPECT_EQ(index_->LabelValues(name), value_texts);
    const LabelCardinality of_name = index_->NameCardinalities()[names.size() - 1];
    EXPECT_EQ(of_name.text, name);
    EXPECT_EQ(of_name.values, values.size());
    EXPECT_EQ(of_name.series, sum);
  }
  EXPECT_EQ(index_->LabelNames(), names);
  EXPECT_THAT(index_->LabelValues("missing"), IsEmpty());
  EXPECT_EQ(index_->SeriesWith("missing", "a"), 0u);
  EXPECT_EQ(index_->SeriesWith("env", "missing"), 0u);
  EXPECT_FALSE(index_->damaged());
}

TEST_F(IndexTest, IsTheSameBytesEverywhere) {
  Build({Of({{"__name__", "up"}, {"job", "a"}}), Of({{"__name__", "up"}, {"job", "b"}})});
  // clang-format off
  EXPECT_EQ(Hex(bytes_.substr(0, IndexHeader::kSize)),
            "484e4d4944580100"  // HNMIDX, version 1
            "02000000" "02000000" "03000000"
            // sizes and checksums: strings, names, terms, postings, directory, records
            "0f00000000000000" "ee69a2fd" "3000000000000000" "888ed57e"
            "4000000000000000" "1de9367d" "1200000000000000" "fa5bddba"
            "0800000000000000" "8ab2288c" "0600000000000000" "470da231"
            "83d86557");  // of the header
  EXPECT_EQ(Hex(bytes_.substr(IndexHeader::kSize)),
            // strings: __name__ job up a b
            "5f5f6e616d655f5f6a6f627570"
            "6162"
            // names: __name__, job and where they end
            "000000000000" "030000000000" "00000000"
            "080000000000" "060000000000" "01000000"
            "0b0000000000" "090000000000" "03000000"
            // terms: up, a, b and where they end
            "0b0000000000" "090000000000" "00000000"
            "0d0000000000" "0c0000000000" "01000000"
            "0e0000000000" "0f0000000000" "01000000"
            "0f0000000000" "120000000000" "00000000"
            // postings: all, __name__, job; up, a, b
            "020203" "020203" "020203"
            "020203" "010201" "010202"
            // directory, records
            "0000000000000000"
            "020000" "020001");
  // clang-format on
}

TEST_F(IndexTest, ANewerVersionIsRefusedByItsNumber) {
  Build({Of({{"a", "1"}})});
  bytes_[6] = 9;
  const auto index = Index::Open(bytes_);
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, ErrorCode::kConflict);
  EXPECT_THAT(index.error().message, HasSubstr("version 9"));
}

/// Asks everything of an index that may be damaged.
void AskAll(const Index& index) {
  std::string label_bytes;
  for (uint32_t id = 0; id < index.series_count(); ++id) index.AppendLabelBytes(id, label_bytes);
  for (const std::string_view name : index.LabelNames()) {
    (void)index.ValueCardinalities(name);
    const std::string label(name);
    for (const char* value : {"", "a", ".*", "a.*", "[ab]+"})
      for (const MatchType type : {kEq, kNe, kRe, kNre})
        for (const uint32_t id :
             index.Match(CompileAll({{label, type, value}, {"host", kNe, "b"}}).value()))
          ASSERT_LT(id, index.series_count());
  }
}

TEST_F(IndexTest, DamageIsSeenAndNeverLeadsBeyondTheBytes) {
  Random random(3);
  std::vector<Labels> series;
  for (size_t i = 0; i < 25; ++i) series.push_back(RandomSeries(random));
  Build(series);
  const std::string good = bytes_;
  for (size_t at = 0; at < good.size(); ++at) {
    // Allocated alone, so that a sanitizer sees one byte too far.
    const std::string cut = good.substr(0, at);
    EXPECT_FALSE(Index::Open(cut)) << at;
    std::string bent = good;
    bent[at] = static_cast<char>(bent[at] ^ (1 + random.Below(255)));
    const auto index = Index::Open(bent);
    EXPECT_EQ(index.has_value(), at >= IndexHeader::kSize) << at;
    if (!index) continue;
    EXPECT_FALSE(index->Verify()) << at;
    AskAll(*index);
  }
  EXPECT_FALSE(Index::Open(good + "x"));
}

}  // namespace
}  // namespace hinomi::metrics
