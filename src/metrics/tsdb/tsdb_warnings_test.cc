#include "metrics/tsdb/tsdb_warnings.h"

#include <gmock/gmock.h>

#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class RememberingLog : public Log {
 public:
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (level != LogLevel::kWarning) return;
    std::string& line = lines.emplace_back(message);
    for (const LogField& field : fields)
      line += " " + std::string(field.key) + "=" + std::string(field.value);
  }
  std::vector<std::string> lines;
};

class TsdbWarningsTest : public testing::Test {
 protected:
  TsdbWarningsTest() {
    TsdbOptions options;
    options.directory = "/metrics";
    // So that what has ended leaves the memory soon.
    options.head.flush_bytes = 1;
    options.head.flush_bytes_per_series = 0;
    store_ = *Tsdb::Open(files_, clock_, log_, telemetry_, std::move(options));
  }
  double Metric(const char* name, Telemetry::Labels labels) {
    return telemetry_.Gauge(name, std::move(labels)).value();
  }
  int64_t now_ms() const { return clock_.Now().millis(); }

  /// Ten minutes in which `pods` pods with `each` series report, beside what stays.
  void TenMinutes(int64_t first_pod, int64_t pods, int64_t each) {
    std::vector<WriteSeries> batch;
    for (int64_t pod = first_pod; pod < first_pod + pods; ++pod)
      for (int64_t path = 0; path < each; ++path)
        batch.push_back({MakeLabels("requests", {{"path", "/p" + std::to_string(path)},
                                                 {"pod", "pod-" + std::to_string(pod)},
                                                 {"region", "r" + std::to_string(pod % 3)}}),
                         {{now_ms(), 1}}});
    for (int64_t host = 0; host < 400; ++host)
      batch.push_back({MakeLabels("up", {{"host", std::to_string(host)}}), {{now_ms(), 1}}});
    ASSERT_TRUE(store_->Append(batch));
    clock_.Advance(Duration::Minutes(10));
    ASSERT_TRUE(store_->Maintain());
  }

  FaultFiles files_;
  ManualClock clock_;
  RememberingLog log_;
  Telemetry telemetry_;
  std::unique_ptr<Tsdb> store_;
};

TEST_F(TsdbWarningsTest, ATimeThatHasNotComeIsStoredCountedAndToldOnceInAWhile) {
  RawBatch batch;
  const std::string labels = LabelBytesOf(MakeLabels("m", {{"i", "1"}}));
  batch.series = {{labels, 0, 3}};
  batch.samples = {{now_ms(), 1}, {now_ms() + kHourMs, 2}, {now_ms() + kHourMs + 1, 3}};
  batch.sender = "remote_write";
  ASSERT_TRUE(store_->AppendRaw(batch));
  ASSERT_TRUE(store_->AppendRaw(batch));
  const auto count = [&](const char* sender) {
    return telemetry_.Counter("hinomi_tsdb_future_samples_total", {{"sender", sender}}).value();
  };
  EXPECT_EQ(count("remote_write"), 2);
  ASSERT_THAT(log_.lines, SizeIs(1));
  EXPECT_THAT(log_.lines[0], HasSubstr("series=m{i=\"1\"} sender=remote_write time=2023-11-14T23"));
  EXPECT_EQ((*store_->Select({}, 0, INT64_MAX, {}))[0].at_ms.size(), 3u);
  clock_.Advance(Duration::Minutes(10));
  // In the future also from then on, by another sender.
  ASSERT_TRUE(store_->Append({{MakeLabels("n"), {{now_ms() + 2 * kHourMs, 1}}}}));
  EXPECT_EQ(count("collector"), 1);
  ASSERT_THAT(log_.lines, SizeIs(2));
  EXPECT_THAT(log_.lines[1], HasSubstr("sender=collector"));
}

TEST_F(TsdbWarningsTest, WhatIsInTimeIsNotLookedAt) {
  ASSERT_TRUE(store_->Append({{MakeLabels("m"), {{now_ms() + kHourMs, 1}, {5, 1}}}}));
  EXPECT_THAT(log_.lines, SizeIs(0));
}

TEST_F(TsdbWarningsTest, ChurnNamesJustTheLabelThatDoesIt) {
  // Each pod lives for ten minutes: within an hour ten times as many series as are live.
  for (int64_t step = 0; step < 6; ++step) TenMinutes(step * 20, 20, 40);
  ASSERT_TRUE(store_->churn().has_value());
  const Churn churn = *store_->churn();
  EXPECT_EQ(churn.label, "pod");
  EXPECT_EQ(churn.metric, "requests");
  EXPECT_THAT(churn.example, HasSubstr("pod-"));
  EXPECT_EQ(churn.live, 1200u);
  EXPECT_EQ(churn.ended, 2400u);
  EXPECT_GE(churn.new_values, 60u);
  EXPECT_EQ(Metric("hinomi_tsdb_churned_series", {{"label", "pod"}}), 2400);
  ASSERT_THAT(log_.lines, SizeIs(1));  // However long it lasts.
  EXPECT_THAT(log_.lines[0], HasSubstr("label=pod example=pod-"));
  EXPECT_THAT(log_.lines[0], HasSubstr("metric=requests"));
  // It is over once nothing has come for an hour.
  for (int64_t step = 0; step < 9; ++step) TenMinutes(100, 20, 40);
  EXPECT_FALSE(store_->churn().has_value());
  EXPECT_EQ(Metric("hinomi_tsdb_churned_series", {{"label", "pod"}}), 0);
}

TEST_F(TsdbWarningsTest, GrowthIsNoChurn) {
  // A rollout: ever more pods, all of which live on.
  for (int64_t step = 1; step < 9; ++step) TenMinutes(0, step * 30, 40);
  EXPECT_FALSE(store_->churn().has_value());
  EXPECT_THAT(log_.lines, SizeIs(0));
}

TEST_F(TsdbWarningsTest, ARedeploymentAloneIsNoChurn) {
  for (int64_t step = 0; step < 4; ++step) TenMinutes(0, 30, 40);
  for (int64_t step = 0; step < 8; ++step) TenMinutes(1000, 30, 40);
  EXPECT_FALSE(store_->churn().has_value());
  EXPECT_THAT(log_.lines, SizeIs(0));
}

TEST_F(TsdbWarningsTest, WhatFillsTheMemoryIsNamedOnceInAWhile) {
  TenMinutes(0, 30, 40);
  TsdbSettings settings;
  settings.head_memory_bytes = 1000;
  store_->Use(settings);
  for (int batch = 0; batch < 3; ++batch)
    EXPECT_FALSE(store_->Append({{MakeLabels("m"), {{1, 1}}}}));
  ASSERT_THAT(log_.lines, SizeIs(1));
  EXPECT_THAT(log_.lines[0], HasSubstr("series=1600 label_with_most_values=host its_values=400 "
                                       "largest_metric=requests its_series=1200"));
}

TEST_F(TsdbWarningsTest, WhatMakesSeriesManyIsCounted) {
  ASSERT_TRUE(store_->Append({{MakeLabels("a", {{"host", "x"}}), {{5, 1}}},
                              {MakeLabels("a", {{"host", "yy"}}), {{7, 1}}},
                              {MakeLabels("b", {{"host", "x"}}), {{6, 1}}}}));
  using Counts = Cardinality::Counts;
  for (int flushed = 0; flushed < 2; ++flushed) {
    const Cardinality count = store_->head()->CountCardinality(2);
    EXPECT_EQ(count.series, 3u);
    EXPECT_EQ(count.labels, 4u);
    EXPECT_EQ(count.min_ms, 5);
    EXPECT_EQ(count.max_ms, 7);
    EXPECT_EQ(count.series_by_metric, (Counts{{"a", 2}, {"b", 1}}));
    EXPECT_EQ(count.values_by_label, (Counts{{"__name__", 2}, {"host", 2}}));
    EXPECT_EQ(count.series_by_pair, (Counts{{"__name__=a", 2}, {"host=x", 2}}));
    EXPECT_EQ(count.bytes_by_label.size(), 2u);
    ASSERT_TRUE(store_->Maintain());
  }
}

}  // namespace
}  // namespace hinomi::metrics
