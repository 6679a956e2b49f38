#include "metrics/remote_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <protozero/pbf_writer.hpp>

#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct WireSeries {
  std::vector<Labels::Pair> labels;
  std::vector<Sample> samples;
};

std::string Message(const std::vector<WireSeries>& series) {
  std::string bytes;
  protozero::pbf_writer request(bytes);
  for (const WireSeries& one : series) {
    protozero::pbf_writer message(request, 1);
    for (const auto& [name, value] : one.labels) {
      protozero::pbf_writer label(message, 1);
      label.add_string(1, name);
      label.add_string(2, value);
    }
    for (const Sample& sample : one.samples) {
      protozero::pbf_writer point(message, 2);
      point.add_fixed64(1, std::bit_cast<uint64_t>(sample.value));
      point.add_int64(2, sample.at_ms);
    }
  }
  return bytes;
}

std::string Compressed(const std::string& message) {
  std::string body;
  snappy::Compress(message.data(), message.size(), &body);
  return body;
}

class RemoteWriteTest : public testing::Test {
 protected:
  double Rejected(const std::string& reason) {
    return telemetry_.Counter("hinomi_remote_write_rejected_total", {{"reason", reason}}).value();
  }
  RecordingAppender appender_;
  Telemetry telemetry_;
};

TEST_F(RemoteWriteTest, ARequestBecomesSeriesWithAllTheirBits) {
  RemoteWriteReceiver receiver(appender_, telemetry_);
  ASSERT_TRUE(receiver.Write(Compressed(Message({
      {{{"__name__", "up"}, {"job", "app"}}, {{0, 1}, {-1, 2}, {1'700'000'000'000, StaleMarker()}}},
      {{{"__name__", "empty"}}, {}},
      {{{"__name__", "utf8.name"}, {"場所", "東京"}, {"空", ""}}, {{5, 0.5}}},
  }))));
  ASSERT_EQ(appender_.series().size(), 2u);
  EXPECT_EQ(appender_.series()[0].labels.ToString(), "up{job=\"app\"}");
  ASSERT_EQ(appender_.series()[0].samples.size(), 3u);
  EXPECT_EQ(appender_.series()[0].samples[1].at_ms, -1);
  EXPECT_TRUE(IsStaleMarker(appender_.series()[0].samples[2].value));
  EXPECT_EQ(appender_.series()[1].labels.ToString(), "utf8.name{場所=\"東京\"}");
}

TEST_F(RemoteWriteTest, MetadataIsKeptAndUnknownFieldsAreSkipped) {
  std::string message;
  {
    protozero::pbf_writer request(message);
    request.add_uint64(99, 7);
    request.add_fixed64(1, 7);  // A known field of another wire type.
    protozero::pbf_writer metadata(request, 3);
    metadata.add_enum(1, 4);
    metadata.add_string(2, "sizes");
    metadata.add_string(4, "Sizes.");
    metadata.add_string(5, "bytes");
  }
  RemoteWriteReceiver receiver(appender_, telemetry_);
  ASSERT_TRUE(receiver.Write(Compressed(message)));
  ASSERT_TRUE(appender_.metadata().contains("sizes"));
  EXPECT_EQ(appender_.metadata()["sizes"].type, MetricType::kGaugeHistogram);
  EXPECT_EQ(appender_.metadata()["sizes"].help, "Sizes.");
  EXPECT_EQ(appender_.metadata()["sizes"].unit, "bytes");
}

TEST_F(RemoteWriteTest, ExemplarsComeWithTheirSeries) {
  std::string message;
  {
    protozero::pbf_writer request(message);
    protozero::pbf_writer series(request, 1);
    const auto add_label = [](protozero::pbf_writer& to, const char* name, const char* value) {
      protozero::pbf_writer label(to, 1);
      label.add_string(1, name);
      label.add_string(2, value);
    };
    add_label(series, "__name__", "h");
    for (int i = 0; i < 2; ++i) {
      protozero::pbf_writer exemplar(series, 3);
      add_label(exemplar, "trace_id", i == 0 ? "a" : "b");
      exemplar.add_double(2, 0.25);
      exemplar.add_int64(3, 1000 + i);
      add_label(exemplar, "span_id", "s");
    }
  }
  const auto batch = DecodeWriteRequest(message, {}).value();
  ASSERT_EQ(batch.raw.exemplars.size(), 2u);
  const RawBatch::Exemplar& second = batch.raw.exemplars[1];
  EXPECT_EQ(second.series, LabelBytesOf(MakeLabels("h", {})));
  std::string labels;
  AppendLabel("trace_id", "b", labels);
  AppendLabel("span_id", "s", labels);
  EXPECT_EQ(second.labels, labels);
  EXPECT_EQ(second.sample.at_ms, 1001);
  EXPECT_EQ(second.sample.value, 0.25);
  EXPECT_TRUE(second.own_time);
}

TEST_F(RemoteWriteTest, BadLabelsAreRefusedNamingTheSeriesAndNothingIsKept) {
  const struct {
    std::vector<Labels::Pair> labels;
    const char* message;
  } cases[] = {
      {{{"job", "a"}, {"__name__", "up"}},
       "up{job=\"a\"} has unsorted labels: __name__ comes after"},
      {{{"__name__", "up"}, {"a", "1"}, {"a", "2"}}, "has the label a twice"},
      {{{"job", "a"}}, "{job=\"a\"} has no name"},
      {{{"__name__", ""}, {"job", "a"}}, "has no name"},
      {{{"", "x"}, {"__name__", "up"}}, "has a label without a name"},
      {{{"__name__", "up"}, {"a", "\xff"}}, "has a label that is not UTF-8"},
      {{{"__name__", "up"}, {"a", std::string(70'000, 'x')}}, "of more than 65536 bytes"},
  };
  RemoteWriteReceiver receiver(appender_, telemetry_);
  double count = 0;
  for (const auto& c : cases) {
    const Status status = receiver.Write(
        Compressed(Message({{{{"__name__", "good"}}, {{1, 1}}}, {c.labels, {{1, 1}}}})));
    ASSERT_FALSE(status) << c.message;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message, HasSubstr(c.message));
    EXPECT_EQ(Rejected("labels"), ++count);
  }
  EXPECT_TRUE(appender_.series().empty());
}

TEST_F(RemoteWriteTest, TruncatedBodiesAreRefusedAtEveryLength) {
  const std::string message =
      Message({{{{"__name__", "up"}, {"job", "app"}}, {{1'700'000'000'000, 1}}}});
  const std::string body = Compressed(message);
  RemoteWriteReceiver receiver(appender_, telemetry_);
  for (size_t size = 0; size < body.size(); ++size) {
    const Status status = receiver.Write(std::string_view(body).substr(0, size));
    ASSERT_FALSE(status) << size;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(Rejected("snappy"), static_cast<double>(body.size()));
  for (size_t size = 1; size < message.size(); ++size)
    EXPECT_FALSE(receiver.Write(Compressed(message.substr(0, size)))) << size;
  EXPECT_EQ(Rejected("protobuf"), static_cast<double>(message.size() - 1));
  EXPECT_TRUE(appender_.series().empty());
}

TEST_F(RemoteWriteTest, BombsAndOversizedBodiesAreRefusedBeforeUnpacking) {
  RemoteWriteLimits limits;
  limits.max_compressed_bytes = 1000;
  limits.max_decompressed_bytes = 10'000;
  RemoteWriteReceiver receiver(appender_, telemetry_, limits);
  Status status = receiver.Write(std::string(1001, 'x'));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(status.error().message, HasSubstr("has 1001 bytes, the limit is 1000"));
  // 11,000 equal bytes pack into some 500.
  status = receiver.Write(Compressed(std::string(11'000, '\0')));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(status.error().message, HasSubstr("unpacks to 11000 bytes"));
  EXPECT_EQ(Rejected("too_large"), 2);
  // A length of 4 GiB - 1, then nothing.
  RemoteWriteReceiver generous(appender_, telemetry_, {.max_decompressed_bytes = SIZE_MAX});
  status = generous.Write("\xff\xff\xff\xff\x0f");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("lies about its length"));
}

TEST_F(RemoteWriteTest, TooManySamplesAreRefused) {
  RemoteWriteReceiver receiver(appender_, telemetry_, {.max_samples = 2});
  const std::string message = Message({{{{"__name__", "up"}}, {{1, 1}, {2, 2}, {3, 3}}}});
  const Status status = receiver.Write(Compressed(message));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kExhausted);
  EXPECT_THAT(status.error().message, HasSubstr("more than 2 samples"));
}

TEST_F(RemoteWriteTest, AFullStoreIsToldToTheSenderAndCounted) {
  appender_.SetFull(true);
  RemoteWriteReceiver receiver(appender_, telemetry_);
  const Status status = receiver.Write(Compressed(Message({{{{"__name__", "up"}}, {{1, 1}}}})));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kExhausted);
  EXPECT_EQ(Rejected("storage"), 1);
}

}  // namespace
}  // namespace hinomi::metrics
