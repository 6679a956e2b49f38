#include "promql/impl/coarse_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "metrics/sample_windows_testing.h"
#include "metrics/testing.h"
#include "promql/engine.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Downsampled = QuerySamples::Downsampled;

constexpr int64_t kWindowMs = 300'000;
constexpr int64_t kHour = 3'600'000;

class CoarseReadTest : public testing::Test {
 protected:
  void Fill(Random& random, int64_t window_ms) {
    store_.Clear();
    for (int i = 0; i < 3; ++i) {
      const auto written = metrics::AnyWritten(random, window_ms);
      const metrics::Labels labels =
          metrics::MakeLabels("m_total", {{"i", std::to_string(i)}, {"g", std::to_string(i / 2)}});
      for (size_t k = 0; k < written.at_ms.size(); ++k)
        store_.Add(labels, written.at_ms[k], written.values[k]);
    }
  }

  QueryResult Range(const std::string& query, int64_t start_ms, int64_t end_ms, int64_t step_ms,
                    std::vector<metrics::Resolution> resolutions) {
    store_.resolutions = std::move(resolutions);
    auto result = RangeQuery(store_, query, start_ms, end_ms, step_ms, {});
    EXPECT_TRUE(result) << query << ": " << (result ? "" : result.error().message);
    return result ? *std::move(result) : QueryResult();
  }
  QueryResult Instant(const std::string& query, int64_t at_ms,
                      std::vector<metrics::Resolution> resolutions) {
    store_.resolutions = std::move(resolutions);
    auto result = InstantQuery(store_, query, at_ms, {});
    EXPECT_TRUE(result) << query << ": " << (result ? "" : result.error().message);
    return result ? *std::move(result) : QueryResult();
  }
  /// Series and time → value.
  using Answer = std::map<std::pair<std::string, int64_t>, double>;
  static Answer AnswerOf(const QueryResult& result) {
    Answer answer;
    if (const auto* matrix = std::get_if<Matrix>(&result.value)) {
      for (const MatrixSeries& series : *matrix)
        for (const metrics::Sample& sample : series.samples)
          answer[{series.labels.ToString(), sample.at_ms}] = sample.value;
    } else {
      for (const VectorSample& sample : std::get<Vector>(result.value))
        answer[{sample.labels.ToString(), sample.at_ms}] = sample.value;
    }
    return answer;
  }
  static void ExpectAlike(const Answer& found, const Answer& expected, bool exactly,
                          const std::string& what) {
    ASSERT_EQ(found.size(), expected.size()) << what;
    for (const auto& [place, value] : expected) {
      const auto it = found.find(place);
      ASSERT_NE(it, found.end()) << what << " " << place.first << " " << place.second;
      if (std::isnan(value)) {
        ASSERT_TRUE(std::isnan(it->second)) << what;
      } else if (exactly) {
        ASSERT_EQ(it->second, value) << what;
      } else {
        ASSERT_NEAR(it->second, value, 1e-9 * std::max(1e3, std::abs(value))) << what;
      }
    }
  }

  WindowedQueryable store_;
};

struct Question {
  const char* before;  ///< Of the range.
  const char* after;
  bool exactly;
};
constexpr Question kQuestions[] = {
    {"min_over_time(m_total[", "])", true},
    {"max_over_time(m_total[", "])", true},
    {"count_over_time(m_total[", "])", true},
    {"last_over_time(m_total[", "])", true},
    {"first_over_time(m_total[", "])", true},
    {"present_over_time(m_total[", "])", true},
    {"sum_over_time(m_total[", "])", false},
    {"avg_over_time(m_total[", "])", false},
    {"rate(m_total[", "])", false},
    {"increase(m_total[", "])", false},
    {"delta(m_total[", "])", false},
    {"sum by (g) (rate(m_total[", "]))", false},
    {"max(max_over_time(m_total[", "]))", true},
    {"max without (i) (increase(m_total[", "] offset 1h))", false},
    {"count_over_time(m_total[", "] @ 36000)", true},
};

TEST_F(CoarseReadTest, WhereStepsAreWindowsTheAnswersAreThoseOfSamples) {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const int64_t window_ms = random.Percent(50) ? kWindowMs : kHour;
    Fill(random, window_ms);
    const auto below = [&](uint64_t n) { return static_cast<int64_t>(random.Below(n)); };
    const int64_t start_ms = below(30) * window_ms;
    const int64_t step_ms = (1 + below(4)) * window_ms;
    const int64_t end_ms = start_ms + below(30) * step_ms;
    const std::string range = std::to_string((1 + below(10)) * window_ms / 1000) + "s";
    for (const Question& question : kQuestions) {
      const std::string query = question.before + range + question.after;
      const QueryResult coarse = Range(query, start_ms, end_ms, step_ms, {{window_ms, false}});
      EXPECT_EQ(coarse.samples.downsampled.size(), 1u) << query;
      const QueryResult fine = Range(query, start_ms, end_ms, step_ms, {});
      EXPECT_THAT(fine.samples.downsampled, IsEmpty());
      ExpectAlike(AnswerOf(coarse), AnswerOf(fine), question.exactly, query);
      if (HasFatalFailure()) return;
      // At one time the same.
      ExpectAlike(AnswerOf(Instant(query, start_ms, {{window_ms, false}})),
                  AnswerOf(Instant(query, start_ms, {})), question.exactly, query);
    }
    for (const char* query : {"m_total", "sum(m_total)", "m_total offset 1h", "-m_total"}) {
      const QueryResult coarse =
          Range(query, start_ms, start_ms + 40 * step_ms, step_ms, {{window_ms, false}});
      EXPECT_EQ(coarse.samples.downsampled.size(), 1u) << query;
      ExpectAlike(AnswerOf(coarse),
                  AnswerOf(Range(query, start_ms, start_ms + 40 * step_ms, step_ms, {})), false,
                  query);
    }
  }
}

TEST_F(CoarseReadTest, OtherStepsAnswerAsTheWindowBeforeThemDid) {
  Random random(12);
  for (int round = 0; round < 40; ++round) {
    Fill(random, kWindowMs);
    const int64_t start_ms = static_cast<int64_t>(random.Below(3'000'000));
    const int64_t step_ms = 12 * kWindowMs + static_cast<int64_t>(random.Below(1'000'000));
    for (const Question& question : kQuestions) {
      const std::string query = std::string(question.before) + "3600s" + question.after;
      if (query.find('@') != std::string::npos) continue;
      const QueryResult coarse =
          Range(query, start_ms, start_ms + 5 * step_ms, step_ms, {{kWindowMs, false}});
      ASSERT_EQ(coarse.samples.downsampled.size(), 1u) << query;
      Answer expected;
      for (int64_t at_ms = start_ms; at_ms <= start_ms + 5 * step_ms; at_ms += step_ms)
        for (const auto& [place, value] :
             AnswerOf(Instant(query, at_ms / kWindowMs * kWindowMs, {})))
          expected[{place.first, at_ms}] = value;
      ExpectAlike(AnswerOf(coarse), expected, question.exactly, query);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(CoarseReadTest, TheCoarsestWindowsThatSuitAreChosen) {
  Random random(13);
  Fill(random, kWindowMs);
  const std::vector<metrics::Resolution> both{{kWindowMs, false}, {kHour, false}};
  const auto chosen = [&](const std::string& query, int64_t start_ms, int64_t step_ms) {
    const QueryResult result = Range(query, start_ms, start_ms + 9 * step_ms, step_ms, both);
    return result.samples.downsampled.empty() ? 0 : result.samples.downsampled[0].window_ms;
  };
  EXPECT_EQ(chosen("rate(m_total[2h])", 0, kHour), kHour);
  EXPECT_EQ(chosen("rate(m_total[90m])", 0, kHour), kWindowMs);
  EXPECT_EQ(chosen("rate(m_total[90m] offset 5m)", 0, kHour), kWindowMs);
  EXPECT_EQ(chosen("rate(m_total[2h])", kWindowMs, kHour), kWindowMs);
  EXPECT_EQ(chosen("rate(m_total[2h])", 1, kHour), kWindowMs);
  EXPECT_EQ(chosen("rate(m_total[2h])", 1, kHour - 1), 0);
  EXPECT_EQ(chosen("rate(m_total[59m])", 1, 24 * kHour), 0);
  EXPECT_EQ(chosen("rate(m_total[12h])", 1, 12 * kHour), kHour);
  EXPECT_EQ(chosen("rate(m_total[2h])", 0, 60'000), 0);
  EXPECT_EQ(chosen("m_total", 0, kHour), kHour);
  EXPECT_EQ(chosen("m_total", 0, 60'000), 0);
  EXPECT_EQ(chosen("irate(m_total[2h])", 0, kHour), 0);
  EXPECT_EQ(chosen("max_over_time(rate(m_total[2h])[6h:1h])", 1, 12 * kHour), kHour);
  EXPECT_THAT(Instant("m_total", kHour, both).samples.downsampled, IsEmpty());
  EXPECT_THAT(Instant("rate(m_total[2h])", kHour + 1, both).samples.downsampled, IsEmpty());
}

TEST_F(CoarseReadTest, WindowsAnswerForSamplesThatAreGone) {
  const metrics::Labels labels = metrics::MakeLabels("m_total");
  for (int64_t at_ms = 0; at_ms <= 6 * kHour; at_ms += 15'000)
    store_.Add(labels, at_ms, static_cast<double>(at_ms / 1000));
  const std::vector<metrics::Resolution> gone{{kWindowMs, true}, {kHour, false}};
  // A counter that counts seconds: whatever is asked of it per second is 1.
  const QueryResult rates = Range("rate(m_total[1m])", 2 * kHour + 7, 3 * kHour, 15'000, gone);
  EXPECT_THAT(rates.samples.downsampled, ElementsAre(Downsampled{"m_total[1m]", kWindowMs}));
  const Answer by_second = AnswerOf(rates);
  ASSERT_EQ(by_second.size(), 240u);
  for (const auto& [place, value] : by_second) EXPECT_NEAR(value, 1, 1e-9);
  for (const auto& [place, value] :
       AnswerOf(Range("increase(m_total[1m])", 2 * kHour, 3 * kHour, 15'000, gone)))
    EXPECT_NEAR(value, 60, 1e-9);
  for (const auto& [place, value] :
       AnswerOf(Range("count_over_time(m_total[7m])", 2 * kHour, 3 * kHour, 15'000, gone)))
    EXPECT_NEAR(value, 28, 1e-9);
  EXPECT_EQ(AnswerOf(Instant("m_total", 2 * kHour + 299'000, gone)).begin()->second, 7200);
  // The coarsest one that is needed is read for all.
  EXPECT_EQ(Instant("m_total", 2 * kHour, {{kWindowMs, true}, {kHour, true}})
                .samples.downsampled[0]
                .window_ms,
            kHour);
  const QueryResult quantiles =
      Range("quantile_over_time(0.5, m_total[1h])", 2 * kHour, 3 * kHour, 60'000, gone);
  EXPECT_THAT(quantiles.warnings, ElementsAre(HasSubstr("downsampled")));
}

TEST_F(CoarseReadTest, LimitsHoldForWindowsToo) {
  Random random(14);
  Fill(random, kWindowMs);
  store_.resolutions = {{kWindowMs, false}};
  QueryLimits limits;
  limits.max_samples = 10;
  EXPECT_EQ(
      RangeQuery(store_, "rate(m_total[1h])", 0, 20 * kWindowMs, kWindowMs, limits).error().code,
      ErrorCode::kExhausted);
  const std::atomic<bool> cancelled = true;
  limits = {};
  limits.cancelled = &cancelled;
  EXPECT_EQ(RangeQuery(store_, "sum(rate(m_total[1h]))", 0, 20 * kWindowMs, kWindowMs, limits)
                .error()
                .code,
            ErrorCode::kCancelled);
}

}  // namespace
}  // namespace hinomi::promql
