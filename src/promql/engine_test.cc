#include "promql/engine.h"

#include <gtest/gtest.h>

#include "promql/testing.h"

namespace hinomi::promql {
namespace {

metrics::Labels Named(const std::string& name, const std::string& instance) {
  return metrics::Labels({{"__name__", name}, {"instance", instance}});
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    for (int i = 0; i <= 60; ++i) {
      store_.Add(Named("requests_total", "a"), i * 15'000, i * 30.0);
      store_.Add(Named("requests_total", "b"), i * 15'000, i * 60.0);
    }
  }
  MemoryQueryable store_;
};

TEST_F(EngineTest, ALimitThatIsReachedIsNamed) {
  QueryLimits limits;
  limits.max_samples = 50;
  const auto result = RangeQuery(store_, "rate(requests_total[5m])", 0, 900'000, 15'000, limits);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kExhausted);
  limits = {};
  limits.max_series = 1;
  EXPECT_EQ(InstantQuery(store_, "requests_total", 60'000, limits).error().code,
            ErrorCode::kExhausted);
}

TEST_F(EngineTest, ASubqueryOfTooManyStepsIsRefusedBeforeItStarts) {
  const auto result = InstantQuery(store_, "sum_over_time(vector(1)[100y:1ms])", 0, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kExhausted);
}

TEST_F(EngineTest, StopsAtTheDeadlineAndWhenCancelled) {
  ManualClock clock;
  QueryLimits limits;
  limits.clock = &clock;
  limits.deadline = clock.Monotonic() + Duration::Seconds(1);
  EXPECT_TRUE(InstantQuery(store_, "requests_total", 60'000, limits));
  clock.Advance(Duration::Seconds(1));
  EXPECT_EQ(InstantQuery(store_, "requests_total", 60'000, limits).error().code,
            ErrorCode::kTimeout);
  std::atomic<bool> cancelled = true;
  limits = {};
  limits.cancelled = &cancelled;
  EXPECT_EQ(InstantQuery(store_, "requests_total", 60'000, limits).error().code,
            ErrorCode::kCancelled);
}

TEST_F(EngineTest, RemarksThatAGaugeIsNoCounter) {
  store_.Add(Named("temperature", "a"), 0, 1);
  store_.Add(Named("temperature", "a"), 15'000, 2);
  const auto result = InstantQuery(store_, "rate(temperature[1m])", 30'000, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->infos, std::vector<std::string>{
                               "PromQL info: metric might not be a counter, name does not end in "
                               "_total/_sum/_count/_bucket: \"temperature\" (1:6)"});
}

TEST_F(EngineTest, NamesBothSeriesOfAnAmbiguousMatch) {
  const auto result = InstantQuery(store_, "requests_total / on() requests_total", 60'000, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(
      result.error().message,
      "found duplicate series for the match group {} on the right hand-side of the operation: "
      "[{__name__=\"requests_total\", instance=\"b\"}, {__name__=\"requests_total\", "
      "instance=\"a\"}];"
      "many-to-many matching not allowed: matching labels must be unique on one side");
}

TEST_F(EngineTest, ARangeVectorIsNoRangeQuery) {
  const auto result = RangeQuery(store_, "requests_total[5m]", 0, 60'000, 15'000, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(
      result.error().message,
      "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
}

TEST_F(EngineTest, TheSamplesOfARangeAreLeftOpen) {
  const auto result = InstantQuery(store_, "requests_total{instance=\"a\"}[30s]", 60'000, {});
  ASSERT_TRUE(result);
  const auto& matrix = std::get<Matrix>(result->value);
  ASSERT_EQ(matrix.size(), 1u);
  ASSERT_EQ(matrix[0].samples.size(), 2u);
  EXPECT_EQ(matrix[0].samples[0].at_ms, 45'000);
  EXPECT_EQ(matrix[0].samples[1].at_ms, 60'000);
}

TEST_F(EngineTest, DatesAreUtc) {
  const struct {
    const char* query;
    double value;
  } cases[] = {
      {"year(vector(1136239445))", 2006},
      {"month(vector(1136239445))", 1},
      {"day_of_month(vector(1136239445))", 2},
      {"day_of_week(vector(1136239445))", 1},
      {"day_of_year(vector(1483142400))", 366},
      {"days_in_month(vector(1454284800))", 29},
      {"hour(vector(1136239445))", 22},
      {"minute(vector(1136239445))", 4},
      {"year(vector(-1))", 1969},
      {"hour(vector(-1))", 23},
  };
  for (const auto& c : cases) {
    const auto result = InstantQuery(store_, c.query, 0, {});
    ASSERT_TRUE(result) << c.query;
    EXPECT_EQ(std::get<Vector>(result->value)[0].value, c.value) << c.query;
  }
}

}  // namespace
}  // namespace hinomi::promql
