#include "promql/estimate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/seed_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"
#include "promql/parser.h"
#include "promql/query_gate.h"
#include "promql/random_query_testing.h"
#include "promql/random_series_testing.h"
#include "promql/testing.h"

namespace hinomi::promql {
namespace {

using testing::HasSubstr;
using Reading = QueryEstimate::Reading;

/// A store that counts what is read of it.
class CountingStore : public metrics::Queryable {
 public:
  explicit CountingStore(const metrics::Queryable& store) : store_(store) {}

  Result<std::vector<metrics::SeriesColumns>> Select(
      const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms,
      const metrics::SelectLimits& limits) const override {
    // What was folded and has to be looked at again in another way (an average that is not finite)
    // is no second read.
    if (std::exchange(last_visit_, {}) == Range{from_ms, to_ms})
      return store_.Select(matchers, from_ms, to_ms, limits);
    auto selected = store_.Select(matchers, from_ms, to_ms, limits);
    for (size_t i = 0; selected && i < selected->size(); ++i) Count((*selected)[i]);
    return selected;
  }
  Result<bool> VisitFloats(const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
                           int64_t to_ms, const metrics::SelectLimits& limits,
                           const metrics::SeriesVisitor& visit,
                           const metrics::SeriesStepMaker& prepare) const override {
    last_visit_ = {from_ms, to_ms};
    return store_.VisitFloats(matchers, from_ms, to_ms, limits, visit, [&] {
      return [this,
              step = prepare ? prepare() : metrics::SeriesStep()](metrics::SeriesColumns& series) {
        Count(series);
        if (step) step(series);
      };
    });
  }
  Result<std::optional<metrics::SelectEstimate>> Estimate(
      const std::vector<metrics::Matcher>& matchers, int64_t from_ms, int64_t to_ms,
      int64_t window_ms) const override {
    return store_.Estimate(matchers, from_ms, to_ms, window_ms);
  }
  Result<std::vector<metrics::Labels>> SelectLabels(const std::vector<metrics::Matcher>& matchers,
                                                    int64_t from_ms, int64_t to_ms) const override {
    return store_.SelectLabels(matchers, from_ms, to_ms);
  }
  Result<std::vector<std::string>> LabelNames(int64_t from_ms, int64_t to_ms) const override {
    return store_.LabelNames(from_ms, to_ms);
  }
  Result<std::vector<std::string>> LabelValues(const std::string& label, int64_t from_ms,
                                               int64_t to_ms) const override {
    return store_.LabelValues(label, from_ms, to_ms);
  }
  std::map<std::string, metrics::Metadata> MetricMetadata() const override {
    return store_.MetricMetadata();
  }

  size_t TakeSamples() { return std::exchange(samples_, 0); }
  size_t TakeSeries() { return std::exchange(series_, 0); }

 private:
  using Range = std::pair<int64_t, int64_t>;
  void Count(const metrics::SeriesColumns& series) const {
    ++series_;
    samples_ += series.at_ms.size();
  }

  const metrics::Queryable& store_;
  mutable size_t samples_ = 0, series_ = 0;
  mutable std::optional<Range> last_visit_;
};

class EstimateTest : public testing::Test {
 protected:
  EstimateTest() {
    metrics::TsdbOptions options;
    options.directory = "/metrics";
    store_ = metrics::Tsdb::Open(files_, clock_, log_, telemetry_, options).value();
  }
  /// Half of it in blocks, half in the head.
  void Fill(const obvious::Data& data) {
    std::vector<metrics::WriteSeries> older, newer;
    for (const obvious::Series& series : data) {
      const auto middle =
          series.samples.begin() + static_cast<ptrdiff_t>(series.samples.size() / 2);
      older.push_back({series.labels, {series.samples.begin(), middle}, {}});
      newer.push_back({series.labels, {middle, series.samples.end()}, {}});
    }
    ASSERT_TRUE(store_->Append(older));
    ASSERT_TRUE(store_->CutAll());
    ASSERT_TRUE(store_->Append(newer));
  }
  /// `series` of m, each with a sample every 10 s in the hour from 0 on.
  void FillHour(size_t series) {
    obvious::Data data(series);
    for (size_t i = 0; i < series; ++i) {
      data[i].labels = metrics::Labels({{"__name__", "m"}, {"i", std::to_string(i)}});
      for (int64_t at = 0; at < 3'600'000; at += 10'000) data[i].samples.push_back({at, 1});
    }
    Fill(data);
  }
  QueryEstimate Told(const std::string& text, int64_t start_ms, int64_t end_ms, int64_t step_ms,
                     const QueryLimits& limits = {}) {
    const ExprPtr expr = Parse(text).value();
    const auto estimate = EstimateQuery(*store_, {*expr, text, start_ms, end_ms, step_ms}, limits);
    EXPECT_TRUE(estimate && *estimate) << text;
    return **estimate;
  }

  metrics::FragileFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
  std::unique_ptr<metrics::Tsdb> store_;
};

Result<QueryResult> Ask(const metrics::Queryable& store, const TimedQuery& query,
                        const QueryLimits& limits) {
  return query.step_ms == 0 ? EvaluateInstant(store, query.expr, query.text, query.start_ms, limits)
                            : EvaluateRange(store, query.expr, query.text, query.start_ms,
                                            query.end_ms, query.step_ms, limits);
}

// What random queries read is at most what was told; what is refused would have failed.
TEST_F(EstimateTest, IsNeverBelowWhatIsReadAndRefusesOnlyWhatFails) {
  constexpr int64_t kStartMs = 1'700'000'000'000;
  Choices data(FirstSeed());
  Fill(RandomData(data, kStartMs));
  CountingStore counting(*store_);
  size_t refused = 0, read_something = 0;
  for (uint64_t seed = FirstSeed() * 3'000; seed < FirstSeed() * 3'000 + 3'000; ++seed) {
    Choices choices(seed);
    const std::string text = RandomQuery(choices, kStartMs);
    const obvious::Times times = RandomTimesOfQuery(choices, kStartMs);
    const ExprPtr expr = Parse(text).value();
    const TimedQuery query{*expr, text, times.start_ms, times.end_ms, times.step_ms};
    const auto estimate = EstimateQuery(counting, query, {});
    (void)Ask(counting, query, {}).has_value();
    if (!estimate) continue;
    ASSERT_TRUE(*estimate);
    const size_t samples = counting.TakeSamples();
    ASSERT_GE((*estimate)->samples(), samples) << text;
    ASSERT_GE((*estimate)->series(), counting.TakeSeries()) << text;
    read_something += samples > 0 ? 1 : 0;

    QueryLimits limits;
    metrics::QueryMemory memory(choices.Of<size_t>({1'000, 10'000, 1'000'000}));
    limits.memory = &memory;
    limits.max_samples = choices.Of<size_t>({10, 300, 5'000, 1'000'000});
    limits.max_series = choices.Of<size_t>({1, 5, 1'000});
    if (!CheckFits(**estimate, text, limits)) {
      ++refused;
      const auto answer = Ask(*store_, query, limits);
      ASSERT_FALSE(answer) << text;
    }
  }
  EXPECT_GT(refused, 300u);
  EXPECT_GT(read_something, 1'000u);
}

TEST_F(EstimateTest, OfAPlainSelectorItIsWhatIsRead) {
  FillHour(10);
  EXPECT_EQ(Told("m[10m]", 1'500'000, 1'500'000, 0).samples(), 10u * 60);
  EXPECT_EQ(Told("m{i=\"3\"}", 3'000'000, 3'300'000, 60'000).samples(), 60u);
  EXPECT_EQ(Told("m{i=~\"[01]\"} offset 10m", 1'500'000, 1'500'000, 0).samples(), 2u * 30);
}

TEST_F(EstimateTest, TellsHowASelectorIsReadAndAtHowManySteps) {
  FillHour(10);
  const auto one = [&](const std::string& text) {
    const QueryEstimate estimate = Told(text, 1'800'000, 3'600'000, 60'000);
    EXPECT_EQ(estimate.selectors.size(), 1u) << text;
    return estimate.selectors.front();
  };
  EXPECT_EQ(one("rate(m[5m])").reading, Reading::kHeld);
  EXPECT_EQ(one("sum(rate(m[5m]))").reading, Reading::kStreamed);
  EXPECT_EQ(one("max by (i) (m)").reading, Reading::kStreamed);
  EXPECT_EQ(one("quantile(0.5, m)").reading, Reading::kHeld);
  EXPECT_EQ(one("sum(abs(m))").reading, Reading::kHeld);
  EXPECT_EQ(one("rate(m[5m])").steps, 31u);
  EXPECT_EQ(one("max_over_time(m[30m:10s])").steps, 360u);
  EXPECT_EQ(one("max_over_time(sum(m)[30m:10s])").reading, Reading::kStreamed);
}

TEST_F(EstimateTest, ARefusalNamesTheLimitWhatItNeedsAndWhatToDo) {
  FillHour(10);
  QueryLimits limits;
  limits.max_samples = 1'000;
  const std::string held = "rate(m[30m]) > 0", streamed = "sum(rate(m[30m]))";
  EXPECT_EQ(CheckFits(Told(held, 1'000'000, 1'000'000, 0), held, limits).error().message,
            "the query is not started: m[30m] would hold at least 1010 samples, and the limit "
            "max_samples is 1000; narrow its time range or its matchers, or ask for a sum, a "
            "maximum or the like of it, for which series are read one after the other");
  EXPECT_TRUE(CheckFits(Told(streamed, 1'000'000, 1'000'000, 0), streamed, limits));
  limits = {};
  metrics::QueryMemory memory(1'000);
  limits.memory = &memory;
  EXPECT_THAT(CheckFits(Told(held, 1'000'000, 1'000'000, 0), held, limits).error().message,
              HasSubstr("metrics.query_memory in hinomi.yml"));
  limits = {};
  limits.max_series = 9;
  const Status refused = CheckFits(Told(streamed, 1'000'000, 1'000'000, 0), streamed, limits);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_EQ(refused.error().message,
            "the query is not started: m[30m] would select at least 10 series, and the limit "
            "max_series is 9; narrow its matchers");
}

TEST_F(EstimateTest, AStoreThatCannotTellRefusesNothing) {
  const MemoryQueryable store;
  const ExprPtr expr = Parse("m").value();
  const auto estimate = EstimateQuery(store, {*expr, "m", 0, 0, 0}, {});
  ASSERT_TRUE(estimate);
  EXPECT_FALSE(*estimate);
}

/// An estimate of so many samples that are held, or only read.
QueryEstimate EstimateOf(size_t samples, Reading reading) {
  QueryEstimate estimate;
  estimate.selectors.push_back({{}, reading, {1, samples, 1, samples}, 1});
  return estimate;
}

TEST(QueryGateTest, HeavyQueriesRunAFewAtATimeAndLightOnesAlways) {
  QueryGate gate(2, nullptr);
  const QueryEstimate heavy = EstimateOf(QueryGate::kHeavyWork + 1, Reading::kStreamed);
  const QueryEstimate light = EstimateOf(QueryGate::kHeavyWork - 1, Reading::kStreamed);
  auto first = gate.Enter(heavy);
  {
    const auto second = gate.Enter(heavy);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(gate.Enter(heavy));
    EXPECT_TRUE(gate.Enter(light));
    EXPECT_EQ(gate.running(), 2u);
  }
  EXPECT_TRUE(gate.Enter(heavy));  // And has left again.
  first.reset();
  EXPECT_EQ(gate.running(), 0u);
}

TEST(QueryGateTest, TogetherTheyFitIntoTheMemoryUnlessOneIsAlone) {
  metrics::QueryMemory memory(1'600'000);
  QueryGate gate(10, &memory);
  const QueryEstimate half = EstimateOf(50'000, Reading::kHeld);
  const QueryEstimate most = EstimateOf(80'000, Reading::kHeld);
  const QueryEstimate more = EstimateOf(200'000, Reading::kHeld);
  {
    const auto first = gate.Enter(half);
    EXPECT_TRUE(first);
    EXPECT_FALSE(gate.Enter(most));
    EXPECT_FALSE(gate.Enter(more));
    EXPECT_TRUE(gate.Enter(EstimateOf(1'000, Reading::kHeld)));  // Less than an eighth.
  }
  EXPECT_TRUE(gate.Enter(more));
}

}  // namespace
}  // namespace hinomi::promql
