#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <cmath>
#include <limits>
#include <protozero/pbf_writer.hpp>

#include "base/random.h"
#include "metrics/histogram_testing.h"
#include "metrics/remote_write.h"
#include "metrics/testing.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_writer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct WireSpan {
  int32_t offset;
  uint32_t length;
};

/// A histogram as a sender writes it, field by field: also one that nobody should.
struct Sent {
  bool is_float = false;
  double count = 0;
  double sum = 0;
  int32_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  std::vector<WireSpan> negative_spans, positive_spans;
  std::vector<double> negative, positive;  ///< Deltas of whole ones, else counts.
  std::vector<double> custom_values;
  int hint = 0;
  int64_t at_ms = 0;
  bool packed = true;
};

void AddSpans(pbf_writer& to, uint32_t tag, const std::vector<WireSpan>& spans) {
  for (const WireSpan& span : spans) {
    pbf_writer message(to, tag);
    message.add_sint32(1, span.offset);
    message.add_uint32(2, span.length);
  }
}

void AddCounts(pbf_writer& to, uint32_t deltas_tag, const Sent& sent,
               const std::vector<double>& values) {
  if (sent.is_float) {
    if (sent.packed) return to.add_packed_double(deltas_tag + 1, values.begin(), values.end());
    for (const double value : values) to.add_double(deltas_tag + 1, value);
    return;
  }
  std::vector<int64_t> deltas;
  for (const double value : values) deltas.push_back(static_cast<int64_t>(value));
  if (sent.packed) return to.add_packed_sint64(deltas_tag, deltas.begin(), deltas.end());
  for (const int64_t delta : deltas) to.add_sint64(deltas_tag, delta);
}

void AddHistogram(pbf_writer& series, const Sent& sent) {
  pbf_writer message(series, 4);
  if (sent.is_float) {
    message.add_double(2, sent.count);
    message.add_double(7, sent.zero_count);
  } else {
    message.add_uint64(1, static_cast<uint64_t>(sent.count));
    message.add_uint64(6, static_cast<uint64_t>(sent.zero_count));
  }
  message.add_double(3, sent.sum);
  message.add_sint32(4, sent.schema);
  message.add_double(5, sent.zero_threshold);
  AddSpans(message, 8, sent.negative_spans);
  AddCounts(message, 9, sent, sent.negative);
  AddSpans(message, 11, sent.positive_spans);
  AddCounts(message, 12, sent, sent.positive);
  message.add_enum(14, sent.hint);
  message.add_int64(15, sent.at_ms);
  message.add_packed_double(16, sent.custom_values.begin(), sent.custom_values.end());
}

std::string Request(const std::vector<Sent>& histograms) {
  std::string bytes;
  pbf_writer request(bytes);
  const auto add_name = [](pbf_writer& series, const char* name) {
    pbf_writer label(series, 1);
    label.add_string(1, "__name__");
    label.add_string(2, name);
  };
  {
    pbf_writer series(request, 1);
    add_name(series, "f");
    pbf_writer sample(series, 2);
    sample.add_double(1, 7);
    sample.add_int64(2, 1000);
  }
  for (const Sent& sent : histograms) {
    pbf_writer series(request, 1);
    add_name(series, "h");
    AddHistogram(series, sent);
  }
  return bytes;
}

/// Spans and values of buckets, with empty buckets between them here and there.
void SendSide(Random& random, const std::vector<NativeHistogram::Bucket>& buckets, bool is_float,
              std::vector<WireSpan>& spans, std::vector<double>& values) {
  int64_t next = 0;
  double before = 0;
  const auto add = [&](int64_t index, double count) {
    if (spans.empty() || index != next) spans.push_back({static_cast<int32_t>(index - next), 0});
    ++spans.back().length;
    values.push_back(is_float ? count : count - before);
    before = count;
    next = index + 1;
  };
  for (const auto& [index, count] : buckets) {
    while (!spans.empty() && next < index && index - next < 3 && random.Percent(50)) add(next, 0);
    add(index, count);
  }
}

class RemoteWriteHistogramTest : public testing::Test {
 protected:
  Status Write(const std::string& message) {
    std::string body;
    snappy::Compress(message.data(), message.size(), &body);
    return RemoteWriteReceiver(appender_, telemetry_).Write(body);
  }
  RecordingAppender appender_;
  Telemetry telemetry_;
};

TEST_F(RemoteWriteHistogramTest, HistogramsComeAsTheyWereSent) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    NativeHistogram histogram = AnyHistogram(random);
    Sent sent;
    const auto is_whole = [](double value) { return value == std::floor(value); };
    sent.is_float = !is_whole(histogram.count) || !is_whole(histogram.zero_count);
    double all = histogram.zero_count;
    for (const auto* side : {&histogram.positive, &histogram.negative})
      for (const auto& [index, count] : *side) {
        sent.is_float |= !is_whole(count);
        all += count;
      }
    if (!sent.is_float) histogram.count = all;
    sent.count = histogram.count;
    sent.sum = histogram.sum;
    sent.schema = histogram.schema;
    sent.zero_threshold = histogram.zero_threshold;
    sent.zero_count = histogram.zero_count;
    sent.custom_values = histogram.custom_values;
    sent.hint = static_cast<int>(histogram.reset_hint);
    sent.at_ms = i;
    sent.packed = random.Percent(50);
    SendSide(random, histogram.positive, sent.is_float, sent.positive_spans, sent.positive);
    SendSide(random, histogram.negative, sent.is_float, sent.negative_spans, sent.negative);
    ASSERT_TRUE(Write(Request({sent})));
    EXPECT_THAT(appender_.TakeLines(), ElementsAre("f 7@1000", "h " + RenderHistogram(histogram) +
                                                                   '@' + std::to_string(i)));
  }
}

TEST_F(RemoteWriteHistogramTest, GarbageCostsItselfAndIsTold) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Sent good{.count = 3, .positive_spans = {{0, 2}}, .positive = {1, 1}, .at_ms = 5};
  const struct {
    Sent sent;
    const char* message;
  } cases[] = {
      {{.positive_spans = {{0, 3}}, .positive = {1}},
       "positive spans are of 3 buckets, but it has 1"},
      {{.negative_spans = {}, .negative = {1}}, "negative spans are of 0 buckets, but it has 1"},
      {{.positive_spans = {{0, 4'000'000'000}}}, "positive spans are of 4000000000 buckets"},
      {{.positive_spans = {{0, 1}, {-2, 1}}, .positive = {1, 1}}, "span 1 goes back by 2"},
      {{.positive_spans = {{0, 2}}, .positive = {1, -2}}, "positive bucket 1 has a count below 0"},
      {{.schema = 9}, "its schema is 9"},
      {{.is_float = true, .count = kNan}, "its count is NaN"},
      {{.is_float = true, .positive_spans = {{7, 1}}, .positive = {-0.5}},
       "positive bucket 7 is -0.5"},
      {{.schema = -53, .positive_spans = {{2, 1}}, .positive = {0}, .custom_values = {2, 1}},
       "its bound 1 is 1"},
      {{.positive_spans = {{std::numeric_limits<int32_t>::max(), 2}}, .positive = {0, 0}},
       "indexes beyond 32 bits"},
  };
  double refused = 0;
  for (const auto& c : cases) {
    const Status status = Write(Request({good, c.sent, good}));
    ASSERT_FALSE(status) << c.message;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(status.error().message,
                HasSubstr("1 native histograms were left out, everything else is stored"));
    EXPECT_THAT(status.error().message, HasSubstr("is of h: "));
    EXPECT_THAT(status.error().message, HasSubstr(c.message));
    EXPECT_EQ(appender_.TakeLines().size(), 3u);
    EXPECT_EQ(
        telemetry_.Counter("hinomi_remote_write_skipped_total", {{"kind", "histogram"}}).value(),
        ++refused);
  }
}

TEST_F(RemoteWriteHistogramTest, BucketsThatDoNotAddUpToTheCountAreKeptAsTheyAre) {
  ASSERT_TRUE(
      Write(Request({{.count = 5, .positive_spans = {{0, 1}}, .positive = {1}, .at_ms = 3},
                     {.count = 0, .positive_spans = {{0, 1}}, .positive = {2}, .at_ms = 4}})));
  EXPECT_THAT(appender_.TakeLines(), ElementsAre("f 7@1000", "h {schema=0 count=5 sum=0 p0:1}@3",
                                                 "h {schema=0 count=0 sum=0 p0:2}@4"));
}

TEST_F(RemoteWriteHistogramTest, EveryCutIsAMalformedMessageAndChangesNothing) {
  const std::string message = Request(
      {{.count = 2, .positive_spans = {{0, 1}}, .positive = {2}, .custom_values = {}, .at_ms = 5}});
  for (size_t size = message.size() - 20; size < message.size(); ++size)
    EXPECT_FALSE(Write(message.substr(0, size))) << size;
  EXPECT_THAT(appender_.TakeLines(), IsEmpty());
}

TEST_F(RemoteWriteHistogramTest, BucketsCountTowardsTheLimitOfARequest) {
  const std::string message =
      Request({{.count = 20, .positive_spans = {{0, 2}}, .positive = {10, 0}}});
  EXPECT_TRUE(DecodeWriteRequest(message, {.max_samples = 19}));
  const auto refused = DecodeWriteRequest(message, {.max_samples = 18});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
}

TEST_F(RemoteWriteHistogramTest, MoreBucketsThanAllowedAreNotEvenKept) {
  Sent many{.count = 0, .positive_spans = {{0, 1'000'000}}};
  many.positive.assign(1'000'000, 0);
  const auto batch = DecodeWriteRequest(Request({many}), {});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->refused_histograms, 1u);
  EXPECT_THAT(batch->refused_why, HasSubstr("more than 4096 positive buckets"));
}

}  // namespace
}  // namespace hinomi::metrics
