#include "metrics/tsdb/exemplar_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;

constexpr const char* kDirectory = "/exemplars";

/// "series trace at value".
using ExemplarModel = std::set<std::string>;

std::string TextOf(const Labels& series, const Labels& labels, const Sample& sample) {
  return series.ToString() + " " + labels.ToString() + " " + std::to_string(sample.at_ms) + " " +
         std::to_string(sample.value);
}

class KeptLog : public Log {
 public:
  void Write(LogLevel, std::string_view message, std::initializer_list<LogField>) override {
    text_ += std::string(message) + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class ExemplarLogTest : public testing::Test {
 protected:
  std::unique_ptr<ExemplarLog> Open(Files& files, ExemplarLimits limits = {}) {
    auto opened = ExemplarLog::Open(files, log_, kDirectory, limits);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static LoggedExemplar Example(int series, int trace, int64_t at_ms, double value = 1) {
    return {LabelBytesOf(MakeLabels("m", {{"i", std::to_string(series)}})),
            LabelBytesOf(Labels(std::vector<Labels::Pair>{{"trace_id", std::to_string(trace)}})),
            {at_ms, value}};
  }
  static std::string TextOfLogged(const LoggedExemplar& e) {
    return TextOf(ParseLabelBytes(e.series).value(), ParseLabelBytes(e.labels).value(), e.sample);
  }
  static std::vector<std::string> All(const ExemplarLog& log,
                                      const std::vector<Matcher>& matchers = {},
                                      int64_t from_ms = INT64_MIN, int64_t to_ms = INT64_MAX) {
    std::vector<std::string> texts;
    const auto selected = log.Select(CompileAll(matchers).value(), from_ms, to_ms);
    EXPECT_TRUE(selected.has_value());
    for (const SeriesExemplars& series : selected.value())
      for (const auto& exemplar : series.exemplars)
        texts.push_back(TextOf(series.series, exemplar.labels, exemplar.sample));
    return texts;
  }

  KeptLog log_;
};

TEST_F(ExemplarLogTest, GivesWhatMatchesBySeriesAndTime) {
  FaultFiles files;
  const auto log = Open(files);
  ASSERT_TRUE(log->Append({Example(2, 7, 50), Example(1, 8, 30), Example(1, 9, 20)}));
  ASSERT_TRUE(log->Append({Example(1, 10, 40)}));
  EXPECT_THAT(All(*log),
              ElementsAre(TextOfLogged(Example(1, 9, 20)), TextOfLogged(Example(1, 8, 30)),
                          TextOfLogged(Example(1, 10, 40)), TextOfLogged(Example(2, 7, 50))));
  EXPECT_THAT(All(*log, {{"i", MatchType::kEqual, "2"}}),
              ElementsAre(TextOfLogged(Example(2, 7, 50))));
  EXPECT_THAT(All(*log, {}, 30, 40),
              ElementsAre(TextOfLogged(Example(1, 8, 30)), TextOfLogged(Example(1, 10, 40))));
}

TEST_F(ExemplarLogTest, OneThatStandsOnEveryPageIsKeptOnce) {
  FaultFiles files;
  const auto log = Open(files);
  LoggedExemplar standing = Example(1, 1, 1000);
  standing.own_time = false;
  ASSERT_TRUE(log->Append({standing}));
  standing.sample.at_ms = 2000;
  ASSERT_TRUE(log->Append({standing}));
  const LoggedExemplar timed = Example(2, 1, 1500);
  ASSERT_TRUE(log->Append({timed}));
  ASSERT_TRUE(log->Append({timed}));
  standing.sample.value = 2;
  ASSERT_TRUE(log->Append({standing}));
  const uint64_t bytes = log->bytes();
  ASSERT_TRUE(log->Append({standing, timed}));
  EXPECT_EQ(log->bytes(), bytes);
  EXPECT_THAT(All(*log), ElementsAre(TextOfLogged(Example(1, 1, 1000)),
                                     TextOfLogged(Example(1, 1, 2000, 2)), TextOfLogged(timed)));
}

TEST_F(ExemplarLogTest, TheOldestGoBeyondTheBudget) {
  FaultFiles files;
  const auto log = Open(files, {.segment_bytes = 2000, .total_bytes = 8000});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(log->Append({Example(i % 5, i, i)}));
  EXPECT_LE(log->bytes(), 8000u + 2 * 2000);
  EXPECT_GE(log->bytes(), 4000u);
  const auto kept = All(*log);
  EXPECT_THAT(kept, testing::Contains(TextOfLogged(Example(4, 999, 999))));
  EXPECT_THAT(kept, testing::Not(testing::Contains(TextOfLogged(Example(0, 0, 0)))));
}

TEST_F(ExemplarLogTest, TooManyAtOnceAreRefusedWithAHint) {
  FaultFiles files;
  const auto log = Open(files, {.most_selected = 3});
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(log->Append({Example(1, i, i)}));
  const auto selected = log->Select({}, INT64_MIN, INT64_MAX);
  ASSERT_FALSE(selected);
  EXPECT_EQ(selected.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(selected.error().message, HasSubstr("more than 3 exemplars match; ask for fewer"));
  EXPECT_TRUE(log->Select({}, 0, 2));
}

// Each call of the disk fails once, in each way; then the power goes. What was
// answered is there, and a sender that tells again after an error loses nothing.
TEST_F(ExemplarLogTest, KeepsWhatItAnsweredWhateverTheDiskDoes) {
  for (const DiskFault fault : {DiskFault::kIoError, DiskFault::kFull, DiskFault::kShortWrite}) {
    for (uint64_t n = 1; n < 60; ++n) {
      Random random(n);
      FaultFiles files;
      ASSERT_TRUE(files.MakeDirectories(kDirectory));
      files.FailFrom(n, fault);
      ExemplarModel answered;
      std::unique_ptr<ExemplarLog> log;
      const auto reopen = [&] {
        log = nullptr;
        for (int tries = 0; log == nullptr && tries < 2; ++tries)
          if (auto opened = ExemplarLog::Open(files, log_, kDirectory, {.segment_bytes = 300}))
            log = *std::move(opened);
        ASSERT_NE(log, nullptr);
      };
      reopen();
      for (int i = 0; i < 30; ++i) {
        if (random.Percent(10)) {
          files.PowerCut(random);
          reopen();
        }
        const std::vector<LoggedExemplar> some = {Example(i % 2, i, i), Example(2, i, i)};
        if (!log->Append(some)) continue;
        for (const LoggedExemplar& one : some) answered.insert(TextOfLogged(one));
      }
      files.PowerCut(random);
      reopen();
      EXPECT_THAT(All(*log), IsSupersetOf(answered)) << n;
    }
  }
}

TEST_F(ExemplarLogTest, AChangedByteCostsOneRecordAndIsReported) {
  FaultFiles files;
  std::vector<std::string> all;
  {
    const auto log = Open(files);
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(log->Append({Example(i, i, i)}));
      all.push_back(TextOfLogged(Example(i, i, i)));
    }
  }
  const std::string path = std::string(kDirectory) + "/exemplars-00000001";
  const std::string whole = files.ReadAll(path).value();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    ASSERT_TRUE(files.WriteAtomically(path, changed));
    const auto found = All(*Open(files));
    EXPECT_GE(found.size(), 9u) << at;
    EXPECT_THAT(all, IsSupersetOf(found)) << at;
  }
  EXPECT_THAT(log_.text(), HasSubstr("exemplars is damaged"));
}

TEST_F(ExemplarLogTest, ACopyHoldsTheSame) {
  FaultFiles files;
  const auto log = Open(files, {.segment_bytes = 300});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->Append({Example(i % 3, i, i)}));
  ASSERT_TRUE(log->CopyTo("/copy"));
  const auto copy = ExemplarLog::Open(files, log_, "/copy").value();
  EXPECT_EQ(All(*copy), All(*log));
  EXPECT_EQ(All(*copy).size(), 20u);
}

TEST(ExemplarLabelsTest, AreSortedOrRefused) {
  std::string bytes;
  AppendLabel("trace_id", "t", bytes);
  AppendLabel("empty", "", bytes);
  AppendLabel("a", "b", bytes);
  EXPECT_EQ(CanonicalExemplarLabels(bytes).value(),
            LabelBytesOf(Labels({{"a", "b"}, {"trace_id", "t"}})));
  EXPECT_EQ(CanonicalExemplarLabels("").value(), "");
  std::string twice = bytes;
  AppendLabel("a", "c", twice);
  EXPECT_FALSE(CanonicalExemplarLabels(twice));
  EXPECT_FALSE(CanonicalExemplarLabels(bytes.substr(1)));
  std::string not_utf8;
  AppendLabel("a", "\xff", not_utf8);
  EXPECT_FALSE(CanonicalExemplarLabels(not_utf8));
  // Characters, not bytes.
  std::string longest, longer;
  std::string letters;
  for (int i = 0; i < 127; ++i) letters += "火";
  AppendLabel("a", letters, longest);
  EXPECT_TRUE(CanonicalExemplarLabels(longest));
  AppendLabel("a", letters + "b", longer);
  EXPECT_FALSE(CanonicalExemplarLabels(longer));
}

}  // namespace
}  // namespace hinomi::metrics
