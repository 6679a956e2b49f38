#include "metrics/tsdb/head_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "base/random.h"
#include "metrics/tsdb/log_values.h"

namespace hinomi::metrics {
namespace {

TEST(HeadLogTest, SamplesComeBackBitForBit) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    LoggedSamples samples;
    for (uint64_t i = 1 + random.Below(300); i-- > 0;) {
      const bool follows = !samples.ids.empty() && random.Percent(80);
      samples.ids.push_back(follows ? samples.ids.back() + 1
                                    : static_cast<SeriesId>(random.Below(kNoSeries - 400)));
      samples.at_ms.push_back(follows ? samples.at_ms.back() : static_cast<int64_t>(random.Next()));
      samples.values.push_back(std::bit_cast<double>(random.Next()));
    }
    std::string payload;
    AppendSamplesPayload(samples.ids, samples.at_ms, samples.values, payload);
    LoggedBatch batch;
    ASSERT_TRUE(ReadBatchPayload(payload, batch));
    ASSERT_EQ(batch.samples.ids, samples.ids);
    ASSERT_EQ(batch.samples.at_ms, samples.at_ms);
    for (size_t i = 0; i < samples.size(); ++i)
      ASSERT_EQ(std::bit_cast<uint64_t>(batch.samples.values[i]),
                std::bit_cast<uint64_t>(samples.values[i]));
    for (size_t size = 1; size < payload.size(); ++size)
      ASSERT_FALSE(ReadBatchPayload(payload.substr(0, size), batch)) << size;
  }
}

TEST(HeadLogTest, ValuesComeBackBitForBitInTheBytesThatTheyNeed) {
  const auto bytes_of = [](double value) {
    std::string bytes;
    AppendLogValues(std::span(&value, 1), bytes);
    ByteReader in(bytes);
    double read = 1;
    ReadLogValues(in, std::span(&read, 1));
    EXPECT_EQ(std::bit_cast<uint64_t>(read), std::bit_cast<uint64_t>(value)) << value;
    EXPECT_TRUE(!in.failed() && in.remaining() == 0) << value;
    return bytes.size();
  };
  EXPECT_EQ(bytes_of(0), 1u);
  EXPECT_EQ(bytes_of(-0.0), 2u);
  EXPECT_EQ(bytes_of(1), 2u);
  EXPECT_EQ(bytes_of(-255), 2u);
  EXPECT_EQ(bytes_of(0.3), 2u);
  EXPECT_EQ(bytes_of(-12.25), 3u);
  EXPECT_EQ(bytes_of(123456.789), 5u);
  EXPECT_EQ(bytes_of(0.000001), 2u);
  EXPECT_EQ(bytes_of(0x1p300), 3u);
  EXPECT_EQ(bytes_of(0x1p48), 3u);
  EXPECT_EQ(bytes_of(0x1p48 - 1), 7u);
  EXPECT_EQ(bytes_of(std::sqrt(2.0)), 9u);
  EXPECT_EQ(bytes_of(INFINITY), 3u);
  bytes_of(StaleMarker());
  bytes_of(5e-324);
  Random random(3);
  for (int i = 0; i < 100'000; ++i) {
    bytes_of(std::bit_cast<double>(random.Next()));
    const double whole = static_cast<double>(random.Next() >> random.Below(64));
    bytes_of(whole / std::pow(10, static_cast<double>(random.Below(9))));
  }
}

TEST(HeadLogTest, AScrapeTakesTheBytesOfItsDigitsAndAFew) {
  LoggedSamples samples;
  for (SeriesId id = 1000; id < 2000; ++id) {
    samples.ids.push_back(id);
    samples.at_ms.push_back(1'700'000'000'000);
    samples.values.push_back(100.5);
  }
  std::string payload;
  AppendSamplesPayload(samples.ids, samples.at_ms, samples.values, payload);
  EXPECT_LT(payload.size(), 3 * 1000 + 30u);
}

TEST(HeadLogTest, SeriesAndMetadataComeBack) {
  SeriesTable written(5);
  SeriesPayload payload(written);
  std::vector<std::string> labels;
  for (const char* value : {"a", "b", "c"}) {
    labels.push_back(LabelBytesOf(Labels({{"__name__", "up"}, {"i", value}, {"job", "x"}})));
    written.CreateAs(static_cast<SeriesId>(labels.size() * 2), labels.back());
    payload.Add(static_cast<SeriesId>(labels.size() * 2));
  }
  const std::string bytes = payload.Take();
  EXPECT_LT(bytes.size(), labels[0].size() + 40u);
  SeriesTable table(1);
  ASSERT_TRUE(ReadSeriesPayload(bytes, table));
  EXPECT_EQ(table.next_id(), 7u);
  for (SeriesId id = 0; id < 7; ++id) EXPECT_EQ(table.Exists(id), id >= 2 && id % 2 == 0);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(table.Find(labels[i]), static_cast<SeriesId>((i + 1) * 2));
  for (size_t size = 1; size < bytes.size(); ++size) {
    SeriesTable part(1);
    (void)ReadSeriesPayload(bytes.substr(0, size), part).has_value();
    EXPECT_LT(part.Matching({}).size(), 3u);
  }
  std::string other;
  AppendMetadataPayload("up", {MetricType::kGauge, "Is it?", "s"}, other);
  LoggedBatch batch;
  ASSERT_TRUE(ReadBatchPayload(other, batch));
  ASSERT_EQ(batch.metadata.size(), 1u);
  EXPECT_EQ(batch.metadata[0].second.help, "Is it?");
  EXPECT_EQ(batch.metadata[0].second.type, MetricType::kGauge);
}

}  // namespace
}  // namespace hinomi::metrics
