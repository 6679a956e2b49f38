#include "metrics/protobuf_exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "metrics/histogram_testing.h"
#include "metrics/scrape_page.h"
#include "metrics/testing.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Writes protobuf by the letter of its encoding, apart from the library that reads it.
class WireBytes {
 public:
  WireBytes& Varint(unsigned field, uint64_t value) {
    Number(field << 3);
    Number(value);
    return *this;
  }
  WireBytes& Zigzag(unsigned field, int64_t value) {
    return Varint(field, (static_cast<uint64_t>(value) << 1) ^ (value < 0 ? ~0ull : 0));
  }
  WireBytes& Double(unsigned field, double value) {
    Number(field << 3 | 1);
    for (int i = 0; i < 8; ++i)
      bytes_ += static_cast<char>(std::bit_cast<uint64_t>(value) >> (8 * i));
    return *this;
  }
  WireBytes& Text(unsigned field, std::string_view text) {
    Number(field << 3 | 2);
    Number(text.size());
    bytes_ += text;
    return *this;
  }
  WireBytes& Message(unsigned field, const WireBytes& message) {
    return Text(field, message.bytes_);
  }
  /// As a page has it: behind its length.
  std::string Delimited() const {
    WireBytes length;
    length.Number(bytes_.size());
    return length.bytes_ + bytes_;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void Number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  std::string bytes_;
};

WireBytes Pair(std::string_view name, std::string_view value) {
  return WireBytes().Text(1, name).Text(2, value);
}
Labels OneLabel(const char* name, const char* value) {
  return Labels(std::vector<Labels::Pair>{{name, value}});
}
WireBytes Value(double value) {
  return WireBytes().Double(1, value);
}
WireBytes Span(int64_t offset, uint64_t length) {
  return WireBytes().Zigzag(1, offset).Varint(2, length);
}
WireBytes ExemplarOf(std::string_view trace, double value, int64_t seconds) {
  return WireBytes()
      .Message(1, Pair("trace_id", trace))
      .Double(2, value)
      .Message(3, WireBytes().Varint(1, static_cast<uint64_t>(seconds)).Varint(2, 500'000'000));
}
enum Type : uint8_t {
  kTypeCounter,
  kTypeGauge,
  kTypeSummary,
  kTypeUntyped,
  kTypeHistogram,
  kTypeGaugeHistogram
};
WireBytes Family(std::string_view name, Type type) {
  return WireBytes().Text(1, name).Text(2, "Help.").Varint(3, type);
}

/// A counter with an exemplar, a gauge with a time, a summary, an untyped value.
std::string SimplePage() {
  return Family("requests_total", kTypeCounter)
             .Message(4, WireBytes()
                             .Message(1, Pair("code", "200"))
                             .Message(3, Value(7)
                                             .Message(2, ExemplarOf("a", 1, 3))
                                             .Message(3, WireBytes().Varint(1, 1'700'000'000))))
             .Delimited() +
         Family("temperature", kTypeGauge)
             .Message(4, WireBytes().Message(2, Value(-1.5)).Varint(6, 1234))
             .Delimited() +
         Family("latency", kTypeSummary)
             .Message(4, WireBytes().Message(
                             4, WireBytes()
                                    .Varint(1, 5)
                                    .Double(2, 2.5)
                                    .Message(3, WireBytes().Double(1, 0.5).Double(2, 0.1))
                                    .Message(3, WireBytes().Double(1, 1).Double(2, 0.9))))
             .Delimited() +
         Family("thing", kTypeUntyped)
             .Text(5, "things")
             .Message(4, WireBytes().Message(5, Value(1)))
             .Delimited();
}

WireBytes ClassicHistogram() {
  return WireBytes()
      .Varint(1, 3)
      .Double(2, 4.5)
      .Message(3, WireBytes().Varint(1, 1).Double(2, 1).Message(3, ExemplarOf("x", 0.5, 1)))
      .Message(3, WireBytes().Varint(1, 2).Double(2, 1e6));
}

WireBytes NativeFields(WireBytes histogram) {
  return histogram.Zigzag(5, 3)
      .Double(6, 0.001)
      .Varint(7, 1)
      .Message(9, Span(-2, 1))
      .Zigzag(10, 1)
      .Message(12, Span(4, 2))
      .Zigzag(13, 1)
      .Zigzag(13, -1)
      .Message(16, ExemplarOf("n", 0.25, 2));
}

std::vector<std::string> LinesOf(const Exposition& page) {
  std::vector<std::string> lines;
  for (const ExposedSample& sample : page.samples)
    lines.push_back(Render({{sample.labels, {sample.at_ms.value_or(0)}, {sample.value}, {}}})[0]);
  for (const ExposedHistogram& sample : page.histograms)
    lines.push_back(
        Render({{sample.labels, {sample.at_ms.value_or(0)}, {0}, {sample.histogram}}})[0]);
  return lines;
}

TEST(ProtobufExpositionTest, FamiliesBecomeWhatTheirTextWouldBe) {
  const auto page = ParseProtobufExposition(SimplePage(), HistogramForm::kNative);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(LinesOf(*page),
              ElementsAre("requests_total{code=\"200\"} 7@0", "temperature -1.5@1234",
                          "latency{quantile=\"0.5\"} 0.1@0", "latency{quantile=\"1.0\"} 0.9@0",
                          "latency_sum 2.5@0", "latency_count 5@0", "thing 1@0"));
  EXPECT_EQ(page->metadata.at("requests_total").type, MetricType::kCounter);
  EXPECT_EQ(page->metadata.at("latency").type, MetricType::kSummary);
  EXPECT_EQ(page->metadata.at("thing").type, MetricType::kUnknown);
  EXPECT_EQ(page->metadata.at("thing").unit, "things");
  EXPECT_EQ(page->metadata.at("thing").help, "Help.");
  ASSERT_EQ(page->exemplars.size(), 1u);
  EXPECT_EQ(page->exemplars[0].sample, 0u);
  EXPECT_EQ(page->exemplars[0].labels, OneLabel("trace_id", "a"));
  EXPECT_EQ(page->exemplars[0].at_ms, 3500);
}

TEST(ProtobufExpositionTest, AHistogramIsTakenInTheFormAskedFor) {
  const std::string bytes =
      Family("h", kTypeHistogram)
          .Message(4, WireBytes().Message(7, NativeFields(ClassicHistogram())))
          .Delimited();
  const auto native = ParseProtobufExposition(bytes, HistogramForm::kNative);
  ASSERT_TRUE(native) << native.error().message;
  EXPECT_THAT(LinesOf(*native),
              ElementsAre("h {schema=3 count=3 sum=4.5 zero=1/0.001 n-2:1 p4:1}@0"));
  ASSERT_EQ(native->histogram_exemplars.size(), 2u);
  EXPECT_EQ(native->histogram_exemplars[0].labels, OneLabel("trace_id", "n"));
  EXPECT_EQ(native->histogram_exemplars[1].labels, OneLabel("trace_id", "x"));
  EXPECT_EQ(native->metadata.at("h").type, MetricType::kHistogram);
  const auto classic = ParseProtobufExposition(bytes, HistogramForm::kClassic);
  ASSERT_TRUE(classic);
  EXPECT_THAT(LinesOf(*classic),
              ElementsAre("h_bucket{le=\"1.0\"} 1@0", "h_bucket{le=\"1e+06\"} 2@0",
                          "h_bucket{le=\"+Inf\"} 3@0", "h_sum 4.5@0", "h_count 3@0"));
  EXPECT_EQ(classic->exemplars[0].sample, 0u);
}

TEST(ProtobufExpositionTest, FloatAndGaugeHistogramsAreKnownAsSuch) {
  const auto histogram =
      WireBytes().Double(4, 2.5).Double(2, 1).Zigzag(5, 0).Message(12, Span(0, 1)).Double(14, 2.5);
  const auto page = ParseProtobufExposition(
      Family("g", kTypeGaugeHistogram).Message(4, WireBytes().Message(7, histogram)).Delimited(),
      HistogramForm::kNative);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(LinesOf(*page), ElementsAre("g {schema=0 count=2.5 sum=1 p0:2.5 hint=3}@0"));
}

TEST(ProtobufExpositionTest, BoundsAreWrittenAsPrometheusWritesThem) {
  const std::pair<double, const char*> cases[] = {{0, "0.0"},
                                                  {-2, "-2.0"},
                                                  {0.005, "0.005"},
                                                  {100'000, "100000.0"},
                                                  {1e6, "1e+06"},
                                                  {1e-4, "0.0001"},
                                                  {1.5e-5, "1.5e-05"},
                                                  {123456.5, "123456.5"},
                                                  {1234567.5, "1.2345675e+06"}};
  for (const auto& [bound, text] : cases) {
    const auto page = ParseProtobufExposition(
        Family("h", kTypeHistogram)
            .Message(4, WireBytes().Message(7, WireBytes().Varint(1, 1).Message(
                                                   3, WireBytes().Varint(1, 1).Double(2, bound))))
            .Delimited(),
        HistogramForm::kNative);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->samples[0].labels.Get("le"), text);
  }
}

TEST(ProtobufExpositionTest, ErrorsNameTheFamily) {
  const auto metric = [](const WireBytes& message) {
    return Family("f", kTypeGauge).Message(4, message).Delimited();
  };
  const auto bad_native = WireBytes().Varint(1, 9).Message(12, Span(0, 3)).Zigzag(13, 1);
  const struct {
    std::string page;
    const char* message;
  } cases[] = {
      {WireBytes().Text(2, "Help.").Delimited(), "a metric family has no name"},
      {WireBytes().Text(1, "\xff").Delimited(), "a name that is not UTF-8"},
      {metric(WireBytes()), "family f has a metric without a value, or with several"},
      {metric(WireBytes().Message(2, Value(1)).Message(3, Value(1))), "or with several"},
      {metric(
           WireBytes().Message(1, Pair("a", "1")).Message(1, Pair("a", "2")).Message(2, Value(1))),
       "with a label twice"},
      {metric(WireBytes().Message(1, Pair("a", "\xff")).Message(2, Value(1))), "not UTF-8"},
      {metric(WireBytes().Message(1, Pair("__name__", "x")).Message(2, Value(1))),
       "has a label __name__"},
      {metric(WireBytes().Message(7, bad_native)),
       "family f has a native histogram that cannot be: its positive spans are of 3 buckets"},
      {std::string("\x05\x0a\x03", 3), "cut or malformed near byte 1"},
  };
  for (const auto& c : cases) {
    const auto page = ParseProtobufExposition(c.page, HistogramForm::kNative);
    ASSERT_FALSE(page) << c.message;
    EXPECT_EQ(page.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(page.error().message, HasSubstr(c.message));
  }
  EXPECT_EQ(ParseProtobufExposition(SimplePage(), HistogramForm::kNative, 6).error().code,
            ErrorCode::kExhausted);
  EXPECT_TRUE(ParseProtobufExposition(SimplePage(), HistogramForm::kNative, 7));
}

TEST(ProtobufExpositionTest, WhatIsCutIsNeverReadInPart) {
  const std::string page = SimplePage();
  size_t whole = 0;
  for (size_t size = 0; size < page.size(); ++size)
    whole += ParseProtobufExposition(page.substr(0, size), HistogramForm::kNative) ? 1 : 0;
  EXPECT_EQ(whole, 4u);  // Between the families, and nothing.
}

TEST(ProtobufExpositionTest, ItIsKnownByItsContentType) {
  EXPECT_EQ(ExpositionFormatOf("application/vnd.google.protobuf; "
                               "proto=io.prometheus.client.MetricFamily; encoding=delimited"),
            ExpositionFormat::kProtobuf);
}

std::vector<std::string> BatchLines(const RawBatch& batch) {
  RecordingAppender appender;
  EXPECT_TRUE(appender.AppendRaw(batch));
  return appender.TakeLines();
}

TEST(ProtobufPageTest, SeriesThatVanishEndAsTheyWere) {
  PageOptions options;
  options.target = OneLabel("job", "app");
  options.native_histograms = true;
  PageReader reader(options);
  const std::string page =
      Family("h", kTypeHistogram)
          .Message(4, WireBytes().Message(7, NativeFields(ClassicHistogram())))
          .Delimited() +
      Family("g", kTypeGauge)
          .Message(4, WireBytes().Message(1, Pair("__histogram__", "count")).Message(2, Value(1)))
          .Delimited();
  auto samples = reader.Read(page, ExpositionFormat::kProtobuf, Instant::FromMillis(1000));
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(samples->scraped, 2u);
  EXPECT_EQ(samples->added, 2u);
  ASSERT_EQ(samples->batch.exemplars.size(), 2u);
  EXPECT_EQ(samples->batch.exemplars[0].series, LabelBytesOf(MakeLabels("h", {{"job", "app"}})));
  EXPECT_THAT(
      BatchLines(samples->batch),
      ElementsAre("g{exported___histogram__=\"count\",job=\"app\"} 1@1000",
                  "h{job=\"app\"} {schema=3 count=3 sum=4.5 zero=1/0.001 n-2:1 p4:1}@1000"));
  reader.Stored();
  samples = reader.Read("", ExpositionFormat::kProtobuf, Instant::FromMillis(2000));
  ASSERT_TRUE(samples);
  const auto ends = ElementsAre("g{exported___histogram__=\"count\",job=\"app\"} stale@2000",
                                "h{job=\"app\"} {schema=0 count=0 sum=stale}@2000");
  EXPECT_THAT(BatchLines(samples->batch), ends);
  reader.NotStored();
  samples = reader.Read("", ExpositionFormat::kProtobuf, Instant::FromMillis(2000));
  EXPECT_THAT(BatchLines(samples->batch), ends);
  reader.Stored();
  EXPECT_THAT(BatchLines(reader.End(Instant::FromMillis(3000)).batch), IsEmpty());
}

}  // namespace
}  // namespace hinomi::metrics
