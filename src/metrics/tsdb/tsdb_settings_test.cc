#include <gmock/gmock.h>

#include "metrics/testing.h"
#include "metrics/tsdb/tsdb.h"
#include "os/testing.h"

namespace hinomi::metrics {
namespace {

using testing::HasSubstr;

/// Its monotonic time goes on whenever somebody looks.
class RestlessClock : public ManualClock {
 public:
  Duration Monotonic() const override {
    looks_ += 1;
    return Duration::Millis(1500 * looks_);
  }

 private:
  mutable int64_t looks_ = 0;
};

class TsdbSettingsTest : public testing::Test {
 protected:
  std::unique_ptr<Tsdb> Open(const Clock& clock, const TsdbSettings& settings) {
    TsdbOptions options;
    options.directory = "/metrics";
    options.settings = settings;
    auto opened = Tsdb::Open(files_, clock, log_, telemetry_, std::move(options));
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return *std::move(opened);
  }
  static Status Put(Tsdb& store, const std::string& name, int64_t at_ms, size_t series = 1) {
    std::vector<WriteSeries> batch;
    for (size_t i = 0; i < series; ++i)
      batch.push_back({MakeLabels(name, {{"i", std::to_string(i)}}), {{at_ms, 1}}});
    return store.Append(batch);
  }
  static size_t SamplesOf(const Tsdb& store) {
    size_t samples = 0;
    const auto selected = store.Select({}, INT64_MIN, INT64_MAX, {});
    for (const SeriesColumns& series : *selected) samples += series.at_ms.size();
    return samples;
  }

  FaultFiles files_;
  ManualClock clock_;
  NullLog log_;
  Telemetry telemetry_;
};

TEST_F(TsdbSettingsTest, ANewRetentionCountsFromTheNextUpkeepOn) {
  const auto store = Open(clock_, {});
  for (int64_t day = 0; day < 4; ++day) ASSERT_TRUE(Put(*store, "m", day * kDayMs));
  ASSERT_TRUE(store->CutAll());
  ASSERT_TRUE(store->Maintain());
  EXPECT_EQ(SamplesOf(*store), 4u);
  TsdbSettings small;
  small.retention.max_bytes = 1;
  store->Use(small);
  ASSERT_TRUE(store->Maintain());
  EXPECT_EQ(SamplesOf(*store), 1u);
}

TEST_F(TsdbSettingsTest, ANewMemoryLimitIsNamedByItsKeyAndMayBeRaised) {
  const auto store = Open(clock_, {});
  ASSERT_TRUE(Put(*store, "m", 1));
  TsdbSettings settings;
  settings.head_memory_bytes = 1000;
  store->Use(settings);
  const Status refused = Put(*store, "m", 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("metrics.head_memory"));
  settings.head_memory_bytes = 1u << 30;
  store->Use(settings);
  EXPECT_TRUE(Put(*store, "m", 2));
}

TEST_F(TsdbSettingsTest, ByIntervalAnAnswerMayBeLostUntilTheNextSync) {
  TsdbSettings settings;
  settings.durability = Durability::kInterval;
  auto store = Open(clock_, settings);
  ASSERT_TRUE(Put(*store, "m", 1));
  clock_.Advance(Duration::Seconds(2));
  ASSERT_TRUE(store->Maintain());
  ASSERT_TRUE(Put(*store, "m", 2));
  ASSERT_TRUE(store->Maintain());  // The interval is not over.
  store.reset();
  files_.PowerCut();
  store = Open(clock_, settings);
  EXPECT_EQ(SamplesOf(*store), 1u);
  // And back: what is answered stands.
  store->Use({});
  ASSERT_TRUE(Put(*store, "m", 3));
  store.reset();
  files_.PowerCut();
  EXPECT_EQ(SamplesOf(*Open(clock_, {})), 2u);
}

TEST_F(TsdbSettingsTest, ALongMergeDoesNotDelayTheSync) {
  TsdbSettings settings;
  settings.durability = Durability::kInterval;
  const RestlessClock clock;
  auto store = Open(clock, settings);
  // So many series that the merge looks around at least once.
  for (int64_t window = 0; window < 3; ++window) {
    ASSERT_TRUE(Put(*store, "m", window * kCutMs, 3000));
    ASSERT_TRUE(store->CutAll());
  }
  ASSERT_TRUE(Put(*store, "late", 1));
  const uint64_t blocks = store->blocks().stats().blocks;
  const uint64_t before = SamplesOf(*store);
  ASSERT_TRUE(store->Maintain());  // The interval is over in the middle of the merge.
  EXPECT_LT(store->blocks().stats().blocks, blocks);
  store.reset();
  files_.PowerCut();
  EXPECT_EQ(SamplesOf(*Open(clock_, {})), before);
}

}  // namespace
}  // namespace hinomi::metrics
