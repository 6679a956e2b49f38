#include "metrics/tsdb/chunk.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "metrics/tsdb/chunk_testing.h"

namespace hinomi::metrics {
namespace {

constexpr size_t kLengths[] = {1,  2,  3,  4,   5,   8,   12,   16,   23,   24,   25,
                               63, 64, 65, 120, 199, 201, 1023, 1024, 2880, 4095, 4096};

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool SameDouble(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

void ExpectSummary(const ChunkSummary& expected, const Result<ChunkSummary>& read) {
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->samples, expected.samples);
  EXPECT_EQ(read->values, expected.values);
  EXPECT_EQ(read->resets, expected.resets);
  EXPECT_EQ(read->first_ms, expected.first_ms);
  EXPECT_EQ(read->last_ms, expected.last_ms);
  EXPECT_TRUE(SameDouble(read->first, expected.first)) << read->first << " " << expected.first;
  EXPECT_TRUE(SameDouble(read->last, expected.last)) << read->last << " " << expected.last;
  EXPECT_TRUE(SameDouble(read->min, expected.min)) << read->min << " " << expected.min;
  EXPECT_TRUE(SameDouble(read->max, expected.max)) << read->max << " " << expected.max;
  EXPECT_TRUE(SameDouble(read->sum, expected.sum)) << read->sum << " " << expected.sum;
}

// The last values, as many as are asked for.
void ExpectEnds(std::string_view bytes, const std::vector<double>& values) {
  for (const size_t wanted : {1u, 2u, 3u, 20u, 63u, 64u, 65u, 500u, 4095u, 4096u}) {
    const size_t count = std::min<size_t>(wanted, values.size());
    std::vector<double> end(count);
    ASSERT_TRUE(DecodeChunkValues(bytes, end)) << count;
    EXPECT_TRUE(SameBits(end, {values.end() - static_cast<ptrdiff_t>(count), values.end()}))
        << count;
  }
  std::vector<double> more(values.size() + 1);
  EXPECT_FALSE(DecodeChunkValues(bytes, more));
}

void ExpectRoundTrip(const ChunkSamples& samples, Effort effort) {
  SCOPED_TRACE(samples.what + ", " + std::to_string(samples.values.size()) + " samples" +
               (effort == Effort::kFast ? ", fast" : ""));
  std::string chunk = "before";
  EncodeChunk(samples.at_ms, samples.values, chunk, effort);
  ASSERT_EQ(chunk.substr(0, 6), "before");
  // What stands behind a chunk is not its own.
  for (const char* behind : {"", "behind it stands another one"}) {
    const std::string bytes = chunk.substr(6) + behind;
    ExpectSummary(Summarise(samples.at_ms, samples.values), ReadChunkSummary(bytes));
    std::vector<int64_t> at_ms(samples.at_ms.size());
    std::vector<double> values(samples.at_ms.size());
    ASSERT_TRUE(DecodeChunk(bytes, at_ms.data(), values.data()));
    EXPECT_EQ(at_ms, samples.at_ms);
    EXPECT_TRUE(SameBits(values, samples.values));
    std::fill(at_ms.begin(), at_ms.end(), 0);
    ASSERT_TRUE(DecodeChunkTimes(bytes, at_ms));
    EXPECT_EQ(at_ms, samples.at_ms);
    ExpectEnds(bytes, samples.values);
  }
}

TEST(ChunkTest, EveryKindOfValuesComesBackBitForBit) {
  for (const size_t count : kLengths) {
    for (const ChunkSamples& samples : ManyKindsOfSamples(count)) {
      ExpectRoundTrip(samples, Effort::kFull);
      ExpectRoundTrip(samples, Effort::kFast);
      if (HasFailure()) return;
    }
  }
}

TEST(ChunkTest, EveryLengthComesBack) {
  for (size_t count = 1; count <= 300; ++count) {
    const std::vector<ChunkSamples> kinds = ManyKindsOfSamples(count);
    ExpectRoundTrip(kinds[count % kinds.size()], count % 2 ? Effort::kFull : Effort::kFast);
    if (HasFailure()) return;
  }
}

TEST(ChunkTest, EveryKindOfTimesComesBack) {
  for (const size_t count : kLengths) {
    for (const std::vector<int64_t>& at_ms : ManyKindsOfTimes(count)) {
      const ChunkSamples samples{"times", at_ms, std::vector<double>(count, 1.0)};
      ExpectRoundTrip(samples, Effort::kFull);
      ExpectRoundTrip(samples, Effort::kFast);
      if (HasFailure()) return;
    }
  }
}

TEST(ChunkTest, TimesThatManySeriesShareStandApart) {
  for (const size_t count : kLengths) {
    for (const std::vector<int64_t>& at_ms : ManyKindsOfTimes(count)) {
      std::string times;
      EncodeTimes(at_ms, times);
      std::vector<int64_t> read(count);
      ASSERT_TRUE(DecodeTimes(times + "behind", read));
      EXPECT_EQ(read, at_ms);
      read.push_back(0);
      EXPECT_FALSE(DecodeTimes(times, read));

      for (const ChunkSamples& samples : ManyKindsOfSamples(count)) {
        SCOPED_TRACE(samples.what);
        std::string chunk;
        EncodeChunkApart(at_ms, samples.values, chunk, Effort::kFast);
        std::vector<double> values(count);
        ASSERT_TRUE(DecodeChunkValues(chunk, values));
        EXPECT_TRUE(SameBits(values, samples.values));
        ExpectEnds(chunk, samples.values);
        ExpectSummary(Summarise(at_ms, samples.values), ReadChunkSummary(chunk, times));
        EXPECT_FALSE(ReadChunkSummary(chunk));
        EXPECT_FALSE(DecodeChunkTimes(chunk, read));
        EXPECT_FALSE(DecodeChunk(chunk, read.data(), values.data()));
        if (HasFailure()) return;
      }
    }
  }
}

TEST(ChunkTest, ValuesAloneCanBeReadOfAChunkWithItsTimes) {
  for (const std::vector<int64_t>& at_ms : ManyKindsOfTimes(100)) {
    const ChunkSamples samples = ManyKindsOfSamples(100)[5];
    std::string chunk;
    EncodeChunk(at_ms, samples.values, chunk);
    std::vector<double> values(100);
    ASSERT_TRUE(DecodeChunkValues(chunk, values));
    EXPECT_TRUE(SameBits(values, samples.values));
  }
}

TEST(ChunkTest, TheEndOfABinnedColumnIsReadWithoutWhatIsBefore) {
  size_t binned = 0;
  for (const ChunkSamples& samples : ManyKindsOfSamples(4096)) {
    if (samples.what != "milliseconds as seconds" && samples.what != "pages of 4096") continue;
    SCOPED_TRACE(samples.what);
    std::string chunk;
    EncodeChunkApart(samples.at_ms, samples.values, chunk);
    // The places of the first values are missing.
    const std::string cut = chunk.substr(0, chunk.size() - chunk.size() / 8);
    std::vector<double> end(20);
    ASSERT_TRUE(DecodeChunkValues(cut, end));
    EXPECT_TRUE(SameBits(end, {samples.values.end() - 20, samples.values.end()}));
    std::vector<double> all(4096);
    EXPECT_FALSE(DecodeChunkValues(cut, all));
    ++binned;
  }
  EXPECT_EQ(binned, 2u);
}

// --- sizes: the point of it all ----------------------------------------------

size_t BytesOf(const char* what, size_t count, Effort effort = Effort::kFull) {
  for (const ChunkSamples& samples : ManyKindsOfSamples(count)) {
    if (samples.what != what) continue;
    std::string chunk;
    EncodeChunk(samples.at_ms, samples.values, chunk, effort);
    return chunk.size();
  }
  ADD_FAILURE() << what;
  return 0;
}

TEST(ChunkTest, WhatSaysLittleTakesLittle) {
  EXPECT_LE(BytesOf("constant", 4096), 40u);
  EXPECT_LE(BytesOf("line", 4096), 40u);
  EXPECT_LE(BytesOf("rare changes", 4096), 60u);
  EXPECT_LE(BytesOf("two values", 4096), 4096u / 8 + 60);
  EXPECT_LE(BytesOf("constant", 12), 24u);
  EXPECT_LE(BytesOf("line", 12), 20u);
}

TEST(ChunkTest, NoiseTakesLittleMoreThanItsEntropy) {
  const auto takes_bits = [](const char* what, double bits) {
    // A sixteenth more is given for columns that are read fast.
    EXPECT_LE(double(BytesOf(what, 4096)), 4096 * bits / 8 * 1.03 * 17 / 16) << what;
  };
  takes_bits("integer counter", 9.5);   // Four uniform numbers below 300 in one.
  takes_bits("decimal counter", 8.65);  // Uniform below 400.
  takes_bits("milliseconds as seconds", 5.5);
  takes_bits("microseconds as seconds", 16.5);
  takes_bits("pages of 4096", 7.95);
}

TEST(ChunkTest, FewOddValuesDoNotSpoilTheOthers) {
  std::vector<ChunkSamples> kinds = ManyKindsOfSamples(1000);
  const ChunkSamples& clean = kinds[6];
  ASSERT_EQ(clean.what, "decimal counter");
  std::string chunk;
  EncodeChunk(clean.at_ms, clean.values, chunk);
  const size_t before = chunk.size();
  ChunkSamples odd = clean;
  odd.values[100] = StaleMarker();
  odd.values[500] = StaleMarker();
  odd.values[501] = StaleMarker();
  chunk.clear();
  EncodeChunk(odd.at_ms, odd.values, chunk);
  EXPECT_LE(chunk.size(), before + 30);
  odd.values[700] = -0.0;
  odd.values[800] = 1.0 / 3;
  chunk.clear();
  EncodeChunk(odd.at_ms, odd.values, chunk);
  EXPECT_LE(chunk.size(), before + 110);
}

// --- damage ------------------------------------------------------------------

// Reads what may be anything, into space of exactly the promised size, so that
// AddressSanitizer sees every overrun.
void ReadAnything(std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  const std::string_view view(exact.data(), exact.size());
  const auto summary = ReadChunkSummary(view);
  if (!summary) return;
  ASSERT_GE(summary->samples, 1u);
  ASSERT_LE(summary->samples, kMaxChunkSamples);
  std::vector<int64_t> at_ms(summary->samples);
  std::vector<double> values(summary->samples);
  (void)DecodeChunk(view, at_ms.data(), values.data());
  (void)DecodeChunkTimes(view, at_ms);
  for (const size_t count : {values.size(), values.size() / 2, size_t{1}}) {
    std::vector<double> end(count);
    (void)DecodeChunkValues(view, end);
  }
}

TEST(ChunkTest, DamageIsAnErrorOrOtherSamplesButNothingWorse) {
  for (const size_t count : {1u, 12u, 64u, 130u, 1100u}) {
    for (const ChunkSamples& samples : ManyKindsOfSamples(count)) {
      std::string chunk;
      EncodeChunk(samples.at_ms, samples.values, chunk);
      const size_t stride = chunk.size() / 150 + 1;
      for (size_t i = 0; i < chunk.size(); i += i < 60 ? 1 : stride) {
        std::string damaged = chunk;
        for (const int flip : {0x01, 0x80, 0xFF}) {
          damaged[i] = static_cast<char>(chunk[i] ^ flip);
          ReadAnything(damaged);
        }
        ReadAnything(std::string_view(chunk).substr(0, i));
      }
    }
  }
}

TEST(ChunkTest, ACutChunkIsCorrupt) {
  for (const ChunkSamples& samples : ManyKindsOfSamples(200)) {
    std::string chunk;
    EncodeChunk(samples.at_ms, samples.values, chunk);
    std::vector<int64_t> at_ms(200);
    std::vector<double> values(200);
    for (size_t size = 0; size < chunk.size(); ++size) {
      const Status read =
          DecodeChunk(std::string_view(chunk).substr(0, size), at_ms.data(), values.data());
      ASSERT_FALSE(read) << samples.what << " cut to " << size << " of " << chunk.size();
      EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST(ChunkTest, AKindOfALaterVersionIsRefused) {
  std::string chunk;
  EncodeChunk(std::vector<int64_t>{1}, std::vector<double>{1}, chunk);
  chunk[0] = 2;
  EXPECT_FALSE(ReadChunkSummary(chunk));
}

}  // namespace
}  // namespace hinomi::metrics
