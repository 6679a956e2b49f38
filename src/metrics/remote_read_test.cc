#include "metrics/remote_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/digest.h"
#include "metrics/xor_chunk_testing.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A request for [10, 20] of up{job!~"a.*"}, with hints, and so accepted answers.
std::string ReadMessage(const std::vector<int32_t>& accepted) {
  std::string bytes;
  pbf_writer request(bytes);
  {
    pbf_writer query(request, 1);
    query.add_int64(1, 10);
    query.add_int64(2, 20);
    for (const auto& [type, name, value] :
         {std::tuple(0, "__name__", "up"), std::tuple(3, "job", "a.*")}) {
      pbf_writer matcher(query, 3);
      if (type != 0) matcher.add_enum(1, type);  // proto3 leaves zeros out.
      matcher.add_string(2, name);
      matcher.add_string(3, value);
    }
    pbf_writer hints(query, 4);
    hints.add_int64(1, 15'000);
    hints.add_string(2, "rate");
  }
  if (!accepted.empty()) request.add_packed_enum(2, accepted.begin(), accepted.end());
  return bytes;
}

std::string PackedBody(const std::string& message) {
  std::string body;
  snappy::Compress(message.data(), message.size(), &body);
  return body;
}

TEST(RemoteReadTest, ARequestIsItsQueriesAndTheAnswerItAccepts) {
  const auto request = DecodeRemoteRead(PackedBody(ReadMessage({})), {});
  ASSERT_TRUE(request.has_value()) << request.error().message;
  ASSERT_EQ(request->queries.size(), 1u);
  EXPECT_EQ(request->queries[0].from_ms, 10);
  EXPECT_EQ(request->queries[0].to_ms, 20);
  EXPECT_THAT(request->queries[0].matchers,
              ElementsAre(Matcher{"__name__", MatchType::kEqual, "up"},
                          Matcher{"job", MatchType::kNotRegex, "a.*"}));
  EXPECT_EQ(request->answer, RemoteReadAnswer::kSamples);
}

TEST(RemoteReadTest, TheFirstKnownAnswerIsTaken) {
  const struct {
    std::vector<int32_t> accepted;
    RemoteReadAnswer answer;
  } cases[] = {{{0}, RemoteReadAnswer::kSamples},
               {{1, 0}, RemoteReadAnswer::kStreamedXorChunks},
               {{0, 1}, RemoteReadAnswer::kSamples},
               {{7, 1}, RemoteReadAnswer::kStreamedXorChunks}};
  for (const auto& c : cases)
    EXPECT_EQ(DecodeReadRequest(ReadMessage(c.accepted), {})->answer, c.answer);
  // Not packed, as an older sender writes it.
  std::string bytes;
  pbf_writer(bytes).add_enum(2, 1);
  EXPECT_EQ(DecodeReadRequest(bytes, {})->answer, RemoteReadAnswer::kStreamedXorChunks);
  EXPECT_THAT(DecodeReadRequest(ReadMessage({7, 8}), {}).error().message,
              HasSubstr("accepts none"));
}

std::string MessageWithMatcher(int32_t type, const std::string& name, const std::string& value) {
  std::string bytes;
  pbf_writer request(bytes);
  pbf_writer query(request, 1);
  pbf_writer matcher(query, 3);
  matcher.add_enum(1, type);
  matcher.add_string(2, name);
  matcher.add_string(3, value);
  return bytes;
}

TEST(RemoteReadTest, GarbageIsRefusedWithAReason) {
  const std::string whole = ReadMessage({1});
  const struct {
    std::string body;
    ErrorCode code;
    const char* message;
  } cases[] = {
      {"", ErrorCode::kInvalidArgument, "is not snappy"},
      {"GET / HTTP/1.1", ErrorCode::kInvalidArgument, "snappy"},
      {PackedBody(whole).substr(0, 20), ErrorCode::kInvalidArgument, "cut or damaged"},
      {PackedBody(whole.substr(0, whole.size() - 1)), ErrorCode::kInvalidArgument, "malformed"},
      {PackedBody("\xFF\xFF\xFF"), ErrorCode::kInvalidArgument, "malformed"},
      {PackedBody(MessageWithMatcher(4, "a", "b")), ErrorCode::kInvalidArgument, "the type 4"},
      {PackedBody(MessageWithMatcher(-1, "a", "b")), ErrorCode::kInvalidArgument, "the type -1"},
      {PackedBody(MessageWithMatcher(0, "", "b")), ErrorCode::kInvalidArgument, "names no label"},
      {PackedBody(MessageWithMatcher(0, "a", "\xC3")), ErrorCode::kInvalidArgument, "UTF-8"},
      {std::string(2u << 20, 'x'), ErrorCode::kExhausted, "the limit is 1048576"},
      {PackedBody(std::string(5u << 20, 'x')), ErrorCode::kExhausted, "unpacks to 5242880"},
  };
  for (const auto& c : cases) {
    const auto request = DecodeRemoteRead(c.body, {});
    ASSERT_FALSE(request.has_value()) << c.message;
    EXPECT_EQ(request.error().code, c.code) << request.error().message;
    EXPECT_THAT(request.error().message, HasSubstr(c.message));
  }
}

TEST(RemoteReadTest, LimitsAreNamed) {
  std::string three;
  for (int i = 0; i < 3; ++i) three += ReadMessage({});
  RemoteReadLimits limits;
  limits.max_queries = 2;
  EXPECT_THAT(DecodeReadRequest(three, limits).error().message, HasSubstr("more than 2 queries"));
  limits.max_queries = 3;
  EXPECT_EQ(DecodeReadRequest(three, limits)->queries.size(), 3u);
  limits.max_matchers = 1;
  EXPECT_THAT(DecodeReadRequest(three, limits).error().message, HasSubstr("more than 1 matchers"));
}

SeriesColumns UpColumns(size_t samples) {
  SeriesColumns series;
  series.labels = Labels({{"__name__", "up"}, {"job", "a"}});
  for (size_t i = 0; i < samples; ++i) {
    series.at_ms.push_back(static_cast<int64_t>(i) * 15'000 - 30'000);
    series.values.push_back(static_cast<double>(i) / 4);
  }
  return series;
}

std::vector<Labels::Pair> WireLabelsOf(pbf_reader series) {
  std::vector<Labels::Pair> out;
  while (series.next(1)) {
    pbf_reader label = series.get_message();
    Labels::Pair& pair = out.emplace_back();
    while (label.next()) {
      std::string& part = label.tag() == 1 ? pair.first : pair.second;
      part = label.get_string();
    }
  }
  return out;
}

TEST(RemoteReadTest, SamplesComeByQueryAndSeries) {
  SeriesColumns series = UpColumns(3);
  series.values[2] = StaleMarker();
  std::string response;
  AppendReadResult(response, {series});
  AppendReadResult(response, {});
  const std::string packed = PackReadResponse(response);
  std::string unpacked;
  ASSERT_TRUE(snappy::Uncompress(packed.data(), packed.size(), &unpacked));

  pbf_reader results(unpacked);
  ASSERT_TRUE(results.next(1));
  pbf_reader result = results.get_message();
  ASSERT_TRUE(result.next(1));
  pbf_reader message = result.get_message();
  EXPECT_THAT(WireLabelsOf(message),
              ElementsAre(Labels::Pair{"__name__", "up"}, Labels::Pair{"job", "a"}));
  std::vector<int64_t> times;
  std::vector<double> values;
  while (message.next(2)) {
    pbf_reader sample = message.get_message();
    while (sample.next())
      if (sample.tag() == 1)
        values.push_back(sample.get_double());
      else
        times.push_back(sample.get_int64());
  }
  EXPECT_THAT(times, ElementsAre(-30'000, -15'000, 0));
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[1], 0.25);
  EXPECT_TRUE(IsStaleMarker(values[2]));
  EXPECT_FALSE(result.next());
  ASSERT_TRUE(results.next(1));  // The second query found nothing, and says so.
  EXPECT_EQ(results.get_view().size(), 0u);
  EXPECT_FALSE(results.next());
}

struct ReadChunk {
  int64_t min_ms = 0, max_ms = 0;
  int32_t encoding = 0;
  std::vector<Sample> samples;
};
struct ReadFrame {
  int64_t query = -1;
  std::vector<Labels::Pair> labels;
  std::vector<ReadChunk> chunks;
};

ReadChunk ChunkFrom(pbf_reader message) {
  ReadChunk chunk;
  while (message.next()) {
    switch (message.tag()) {
      case 1:
        chunk.min_ms = message.get_int64();
        break;
      case 2:
        chunk.max_ms = message.get_int64();
        break;
      case 3:
        chunk.encoding = message.get_enum();
        break;
      default:
        chunk.samples = DecodeXorChunk(message.get_string()).value();
    }
  }
  return chunk;
}

/// Takes a stream apart as a receiver does; fails the test on a wrong checksum.
std::vector<ReadFrame> FramesOf(const std::string& stream) {
  std::vector<ReadFrame> frames;
  const char* at = stream.data();
  const char* const end = at + stream.size();
  while (at != end) {
    const uint64_t length = protozero::decode_varint(&at, end);
    uint32_t crc = 0;
    for (int i = 0; i < 4; ++i) crc = crc << 8 | static_cast<uint8_t>(*at++);
    const std::string_view bytes(at, length);
    EXPECT_EQ(crc, Crc32cByTables(bytes));
    at += length;
    ReadFrame& frame = frames.emplace_back();
    pbf_reader message(bytes.data(), bytes.size());
    while (message.next()) {
      if (message.tag() == 2) {
        frame.query = message.get_int64();
        continue;
      }
      pbf_reader series = message.get_message();
      frame.labels = WireLabelsOf(series);
      while (series.next())
        if (series.tag() == 2)
          frame.chunks.push_back(ChunkFrom(series.get_message()));
        else
          series.skip();
    }
  }
  return frames;
}

TEST(RemoteReadTest, ASeriesStreamsAsChunksOf120Samples) {
  const SeriesColumns series = UpColumns(250);
  std::string stream;
  AppendReadFrames(stream, 3, series);
  const std::vector<ReadFrame> frames = FramesOf(stream);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].query, 3);
  EXPECT_EQ(frames[0].labels, series.labels.pairs());
  ASSERT_EQ(frames[0].chunks.size(), 3u);
  size_t i = 0;
  for (const ReadChunk& chunk : frames[0].chunks) {
    EXPECT_EQ(chunk.encoding, 1);
    EXPECT_EQ(chunk.samples.size(), i < 240 ? 120u : 10u);
    EXPECT_EQ(chunk.min_ms, chunk.samples.front().at_ms);
    EXPECT_EQ(chunk.max_ms, chunk.samples.back().at_ms);
    for (const Sample& sample : chunk.samples) {
      ASSERT_EQ(sample.at_ms, series.at_ms[i]);
      ASSERT_EQ(sample.value, series.values[i]);
      ++i;
    }
  }
  EXPECT_EQ(i, 250u);
}

TEST(RemoteReadTest, AFrameThatIsFullEndsAndTheNextTellsTheLabelsAgain) {
  std::string stream;
  AppendReadFrames(stream, 0, UpColumns(600), 300);
  const std::vector<ReadFrame> frames = FramesOf(stream);
  EXPECT_GT(frames.size(), 1u);
  size_t samples = 0;
  for (const ReadFrame& frame : frames) {
    EXPECT_EQ(frame.labels.size(), 2u);
    EXPECT_EQ(frame.query, 0);
    for (const ReadChunk& chunk : frame.chunks) samples += chunk.samples.size();
  }
  EXPECT_EQ(samples, 600u);
}

TEST(RemoteReadTest, NativeHistogramsAreLeftOut) {
  SeriesColumns series = UpColumns(3);
  series.histograms = {nullptr, std::make_shared<const NativeHistogram>(), nullptr};
  std::string stream;
  AppendReadFrames(stream, 0, series);
  const std::vector<ReadFrame> frames = FramesOf(stream);
  ASSERT_EQ(frames.size(), 1u);
  ASSERT_EQ(frames[0].chunks[0].samples.size(), 2u);
  EXPECT_EQ(frames[0].chunks[0].samples[1].at_ms, 0);
  std::string nothing;
  series.histograms.assign(3, std::make_shared<const NativeHistogram>());
  AppendReadFrames(nothing, 0, series);
  EXPECT_EQ(nothing, "");
}

}  // namespace
}  // namespace hinomi::metrics
