#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <protozero/pbf_writer.hpp>

#include "metrics/histogram_testing.h"
#include "metrics/remote_write.h"
#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_writer;
using testing::ElementsAre;
using testing::HasSubstr;

Result<RemoteWriteBatch> Decode(const std::string& message, const RemoteWriteLimits& limits = {}) {
  return DecodeWriteRequest(message, limits, nullptr, RemoteWriteVersion::k2);
}

void AddReferences(pbf_writer& to, std::vector<uint32_t> references) {
  to.add_packed_uint32(1, references.begin(), references.end());
}

void AddSymbols(pbf_writer& request, const std::vector<std::string>& symbols) {
  for (const std::string& symbol : symbols) request.add_string(4, symbol);
}

void AddPoint(pbf_writer& series, double value, int64_t at_ms) {
  pbf_writer sample(series, 2);
  sample.add_double(1, value);
  sample.add_int64(2, at_ms);
}

/// A series of `up`, with a float, an exemplar, its metadata and a created time.
std::string OneOfEach() {
  std::string message;
  pbf_writer request(message);
  AddSymbols(request, {"", "__name__", "up", "job", "a", "trace_id", "t", "Help.", "seconds"});
  {
    pbf_writer series(request, 5);
    AddReferences(series, {1, 2, 3, 4});
    AddPoint(series, 1.5, 1000);
    {
      pbf_writer exemplar(series, 4);
      AddReferences(exemplar, {5, 6});
      exemplar.add_double(2, 0.25);
      exemplar.add_int64(3, 999);
    }
    {
      pbf_writer metadata(series, 5);
      metadata.add_enum(1, 2);
      metadata.add_uint32(3, 7);
      metadata.add_uint32(4, 8);
    }
    series.add_int64(6, 5);
  }
  {
    pbf_writer series(request, 5);
    {
      pbf_writer histogram(series, 3);  // In front of its labels, which is allowed.
      histogram.add_uint64(1, 4);
      histogram.add_uint64(6, 4);
      histogram.add_int64(15, 2000);
    }
    AddReferences(series, {1, 2, 3, 8});
  }
  return message;
}

TEST(RemoteWriteV2Test, ARequestIsWhatItsSymbolsSay) {
  const auto batch = Decode(OneOfEach());
  ASSERT_TRUE(batch) << batch.error().message;
  EXPECT_EQ(batch->samples, 2u);
  RecordingAppender appender;
  ASSERT_TRUE(appender.AppendRaw(batch->raw));
  EXPECT_THAT(appender.TakeLines(),
              ElementsAre("up{job=\"a\"} 1.5@1000",
                          "up{job=\"seconds\"} {schema=0 count=4 sum=0 zero=4/0}@2000"));
  ASSERT_EQ(batch->raw.exemplars.size(), 1u);
  const RawBatch::Exemplar& exemplar = batch->raw.exemplars[0];
  EXPECT_EQ(exemplar.series, LabelBytesOf(MakeLabels("up", {{"job", "a"}})));
  EXPECT_EQ(exemplar.sample.at_ms, 999);
  ASSERT_EQ(batch->metadata.size(), 1u);
  EXPECT_EQ(batch->metadata[0].first, "up");
  EXPECT_EQ(batch->metadata[0].second.type, MetricType::kGauge);
  EXPECT_EQ(batch->metadata[0].second.help, "Help.");
  EXPECT_EQ(batch->metadata[0].second.unit, "seconds");
}

TEST(RemoteWriteV2Test, MalformedRequestsAreRefusedSayingWhy) {
  const auto with = [](std::vector<uint32_t> references) {
    std::string message;
    pbf_writer request(message);
    AddSymbols(request, {"", "__name__", "up"});
    pbf_writer series(request, 5);
    AddReferences(series, std::move(references));
    AddPoint(series, 1, 1);
    return message;
  };
  EXPECT_TRUE(Decode(with({1, 2})));
  EXPECT_THAT(Decode(with({1, 7})).error().message, HasSubstr("refers to symbol 7 of 3"));
  EXPECT_THAT(Decode(with({1})).error().message, HasSubstr("has a name and no value"));
  EXPECT_THAT(Decode(with(std::vector<uint32_t>(300, 1))).error().message,
              HasSubstr("more than 128 labels"));
  const auto twice = Decode(with({1, 2, 1, 2}));
  ASSERT_TRUE(twice);
  EXPECT_THAT(Expand(twice->raw).error().message, HasSubstr("has the label __name__ twice"));
  const std::string whole = OneOfEach();
  for (size_t size = whole.size() - 8; size < whole.size(); ++size)
    EXPECT_FALSE(Decode(whole.substr(0, size))) << size;
}

TEST(RemoteWriteV2Test, ASymbolCannotBeMadeManyTimesItsSize) {
  std::string message;
  pbf_writer request(message);
  AddSymbols(request, {"", "__name__", std::string(60'000, 'x')});
  for (int i = 0; i < 100; ++i) {
    pbf_writer series(request, 5);
    AddReferences(series, {1, 2});
  }
  EXPECT_TRUE(Decode(message));
  const auto refused = Decode(message, {.max_decompressed_bytes = 1'000'000});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("labels of one request unpack to more"));
}

}  // namespace
}  // namespace hinomi::metrics
