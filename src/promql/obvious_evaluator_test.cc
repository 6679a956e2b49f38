#include <gtest/gtest.h>

#include <map>

#include "base/seed_testing.h"
#include "metrics/histogram_testing.h"
#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "promql/differential_testing.h"
#include "promql/obvious_evaluator_testing.h"
#include "promql/parser.h"
#include "promql/random_query_testing.h"
#include "promql/random_series_testing.h"

namespace hinomi::promql {
namespace {

using Outcome = Comparison::Outcome;

/// Counts how the engine reads for its folds.
class WatchedStore : public MemoryQueryable {
 public:
  explicit WatchedStore(MemoryQueryable store) : MemoryQueryable(std::move(store)) {}

  Result<bool> VisitFloats(const std::vector<metrics::Matcher>& matchers, int64_t from_ms,
                           int64_t to_ms, const metrics::SelectLimits& limits,
                           const metrics::SeriesVisitor& visit,
                           const metrics::SeriesStepMaker& prepare) const override {
    Result<bool> floats =
        MemoryQueryable::VisitFloats(matchers, from_ms, to_ms, limits, visit, prepare);
    if (floats) ++(*floats ? streamed_ : joined_);
    return floats;
  }
  uint64_t streamed() const { return streamed_; }
  uint64_t joined() const { return joined_; }

 private:
  mutable uint64_t streamed_ = 0, joined_ = 0;
};

/// What a run of many comparisons met.
struct Tally {
  std::map<Outcome, uint64_t> outcomes;
  uint64_t answered = 0;
  uint64_t folded_tables = 0;
};

/// Whether the outermost node is a sum or its like over what only a table can hold.
bool FoldsTable(const Expr& expr) {
  const auto* aggregate = expr.As<Aggregate>();
  if (aggregate == nullptr || aggregate->op > AggregateOp::kStdvar) return false;
  const Expr& inner = Unparenthesised(*aggregate->inner);
  return inner.As<Binary>() != nullptr || inner.As<Aggregate>() != nullptr;
}

void CompareAndCount(const DifferentialCase& query, const metrics::Queryable& store,
                     uint64_t data_seed, uint64_t query_seed, Tally& tally) {
  const Comparison comparison = Compare(query, store);
  ++tally.outcomes[comparison.outcome];
  if (comparison.cells > 0) {
    ++tally.answered;
    if (FoldsTable(**Parse(query.text))) ++tally.folded_tables;
  }
  if (comparison.outcome == Outcome::kDiffer) {
    ADD_FAILURE() << "data of seed " << data_seed << ", query of seed " << query_seed << "\n"
                  << Explain(query);
  }
}

DifferentialCase RandomCase(Choices& choices, int64_t& start_ms) {
  start_ms = choices.Of<int64_t>({1'700'000'000'000, 0});
  return {RandomData(choices, start_ms), "", {}, false};
}

// Which queries a run takes is told by the seed; all are walked over time.
TEST(ObviousEvaluatorTest, TheEngineAnswersRandomQueriesAsItDoes) {
  constexpr uint64_t kQueriesPerData = 100;
  const uint64_t count = Soak() ? 1'000'000 : 10'000, first = FirstSeed() * count;
  Tally tally;
  uint64_t streamed = 0;
  for (uint64_t data_seed = first; data_seed != first + count; data_seed += kQueriesPerData) {
    Choices of_data(data_seed);
    int64_t start_ms = 0;
    DifferentialCase query = RandomCase(of_data, start_ms);
    const WatchedStore store(StoreOf(query));
    for (uint64_t seed = data_seed; seed != data_seed + kQueriesPerData; ++seed) {
      Choices choices(seed);
      query.text = RandomQuery(choices, start_ms);
      query.times = RandomTimesOfQuery(choices, start_ms);
      CompareAndCount(query, store, data_seed, seed, tally);
    }
    streamed += store.streamed();
  }
  EXPECT_GT(tally.answered, count / 3);
  EXPECT_GT(tally.outcomes[Outcome::kBothFail], count / 50);
  EXPECT_LT(tally.outcomes[Outcome::kLeftOpen], count / 200);
  EXPECT_GT(streamed, count / 20);
  EXPECT_GT(tally.folded_tables, count / 200);
}

/// A store of which half lies in blocks and half in the head, as chunks and cells.
std::unique_ptr<metrics::Tsdb> TsdbOf(const obvious::Data& data, metrics::FragileFiles& files,
                                      const Clock& clock, Log& log, Telemetry& telemetry) {
  metrics::TsdbOptions options;
  options.directory = "/metrics";
  auto store = metrics::Tsdb::Open(files, clock, log, telemetry, options).value();
  std::vector<metrics::WriteSeries> older, newer;
  for (const obvious::Series& series : data) {
    const auto middle = series.samples.begin() + static_cast<ptrdiff_t>(series.samples.size() / 2);
    older.push_back({series.labels, {series.samples.begin(), middle}, {}});
    newer.push_back({series.labels, {middle, series.samples.end()}, {}});
  }
  EXPECT_TRUE(store->Append(older));
  EXPECT_TRUE(store->CutAll());
  EXPECT_TRUE(store->Append(newer));
  return store;
}

TEST(ObviousEvaluatorTest, TheEngineAnswersAsItDoesFromTheStoreOnTheDiskToo) {
  ManualClock clock;
  NullLog log;
  Telemetry telemetry;
  Tally tally;
  const uint64_t first = FirstSeed() * 1'000'003;
  for (uint64_t round = 0; round < (Soak() ? 200 : 4); ++round) {
    Choices choices(first + round);
    int64_t start_ms = 0;
    DifferentialCase query = RandomCase(choices, start_ms);
    metrics::FragileFiles files;
    const auto store = TsdbOf(query.data, files, clock, log, telemetry);
    for (int i = 0; i < 100; ++i) {
      query.text = RandomQuery(choices, start_ms);
      query.times = RandomTimesOfQuery(choices, start_ms);
      CompareAndCount(query, *store, first + round, 0, tally);
    }
  }
  EXPECT_GT(tally.answered, 100u);
}

/// Asks for what histograms have no part in.
std::string RandomFoldOfNumbers(Choices& choices) {
  const std::string inner = choices.Of<const char*>(
      {"{job=\"api\"}", "max_over_time({job=\"api\"}[5m])", "{job=~\".+\"} offset 1m",
       "min_over_time({instance!=\"\"}[2m])", "stddev_over_time({job=\"db\"}[4m])"});
  const std::string op = choices.Of<const char*>({"min", "max", "stddev", "stdvar"});
  const std::string grouping =
      choices.Of<const char*>({"", " by (job)", " by (instance, code)", " without (instance)"});
  return op + grouping + " (" + inner + ")";
}

// Beside native histograms series are joined first and folded then. Those have no least and no
// greatest value: the answer is that of the numbers alone.
TEST(ObviousEvaluatorTest, TheEngineFoldsNumbersBesideHistogramsAsItDoes) {
  const uint64_t first = FirstSeed() * 1'000'003, rounds = Soak() ? 1'000 : 10;
  Tally tally;
  uint64_t joined = 0;
  for (uint64_t round = first; round != first + rounds; ++round) {
    Choices choices(round);
    int64_t start_ms = 0;
    DifferentialCase query = RandomCase(choices, start_ms);
    MemoryQueryable with_histograms = StoreOf(query);
    Random random(round);
    const auto histogram = metrics::Share(metrics::AnyHistogram(random));
    for (const char* job : {"api", "db"}) {
      const metrics::Labels labels({{"__name__", "sizes"}, {"job", job}, {"instance", "1"}});
      for (int64_t at_ms = start_ms; at_ms < start_ms + kRandomSeriesMs; at_ms += 60'000)
        with_histograms.Add(labels, at_ms, histogram);
    }
    const WatchedStore store(std::move(with_histograms));
    for (int i = 0; i < 20; ++i) {
      query.text = RandomFoldOfNumbers(choices);
      query.times = RandomTimesOfQuery(choices, start_ms);
      CompareAndCount(query, store, round, 0, tally);
    }
    joined += store.joined();
  }
  EXPECT_GT(tally.answered, rounds * 10);
  EXPECT_GT(joined, rounds * 10);
}

/// The counters among some series, without what no count is.
obvious::Data OnlyCounts(obvious::Data data) {
  std::erase_if(data, [](const obvious::Series& series) {
    return !series.labels.name().ends_with("_total");
  });
  for (obvious::Series& series : data) {
    std::erase_if(series.samples, [](const metrics::Sample& sample) {
      const bool count = sample.value == 0 || (sample.value > 1e-3 && sample.value < 1e9);
      return !count && !metrics::IsStaleMarker(sample.value);
    });
  }
  return data;
}

/// A query that makes histograms of histograms. Rates are those of counters, whose counts do not
/// fall below zero; `+` and `-` are left out, which a reset on one side makes empty.
std::string RandomQueryOfHistograms(Choices& choices, int depth) {
  const std::string name = choices.Of<const char*>(
      {"requests_total", "errors_total", "errors_total{code=\"500\"}", "{job=\"api\"}"});
  const std::string moved = choices.Of<const char*>({"", "", "", " offset 1m", " @ end()"});
  const std::string rate = choices.Of<const char*>({"rate", "increase", "irate"});
  const std::string function = choices.Of<const char*>(
      {"delta", "idelta", "last_over_time", "sum_over_time", "avg_over_time", "first_over_time"});
  const std::string range = choices.Of<const char*>({"5m", "2m", "10m", "61s"});
  const uint64_t kind = choices.Below(depth > 0 ? 8 : 3);
  if (kind == 0) return name + moved;
  if (kind <= 2)
    return (kind == 1 ? rate : function) + "(" + name + "[" + range + "]" + moved + ")";
  const std::string inner = RandomQueryOfHistograms(choices, depth - 1);
  if (kind == 3) return function + "((" + inner + ")[" + range + ":1m])";
  if (kind == 4) return "(" + inner + choices.Of<const char*>({" * 2)", " / 4)", " * -1)"});
  if (kind == 5) {
    const std::string other = RandomQueryOfHistograms(choices, depth - 1);
    return "(" + inner + choices.Of<const char*>({" and on (job) ", " or ", " unless "}) + other +
           ")";
  }
  const std::string grouping =
      choices.Of<const char*>({"", " by (job)", " by (instance, code)", " without (instance)"});
  return choices.Of<const char*>({"sum", "avg"}) + grouping + " (" + inner + ")";
}

TEST(ObviousEvaluatorTest, TheEngineGoesOnWithHistogramsAsWithTheirCounts) {
  const uint64_t rounds = Soak() ? 10'000 : 20, first = FirstSeed() * 1'000'003;
  Tally tally;
  for (uint64_t round = first; round != first + rounds; ++round) {
    Choices choices(round);
    int64_t start_ms = 0;
    DifferentialCase query = RandomCase(choices, start_ms);
    query.data = OnlyCounts(query.data);
    query.as_histograms = true;
    const MemoryQueryable store = StoreOf(query);
    for (int i = 0; i < 20; ++i) {
      query.text = RandomQueryOfHistograms(choices, 3);
      query.times = RandomTimesOfQuery(choices, start_ms);
      CompareAndCount(query, store, round, 0, tally);
    }
  }
  EXPECT_GT(tally.answered, rounds * 5);
  EXPECT_LT(tally.outcomes[Outcome::kLeftOpen], rounds);
}

}  // namespace
}  // namespace hinomi::promql
