#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "base/strings.h"
#include "metrics/tsdb/chunk.h"

// Chunks as earlier releases wrote them: they are read for ever. A line of
// testdata/chunks.txt is a chunk (or a column of times), how many samples it
// holds, the CRC-32C of those, its bytes, and what it is an example of. Lines
// are added when encoders change, never taken away.
namespace hinomi::metrics {
namespace {

struct GoldenChunk {
  std::string type;
  size_t samples = 0;
  std::string crc;
  std::string bytes;
  std::string what;
};

std::vector<GoldenChunk> GoldenChunks() {
  std::ifstream file(HN_SOURCE_DIR "/src/metrics/testdata/chunks.txt");
  std::vector<GoldenChunk> chunks;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    GoldenChunk chunk;
    std::string hex;
    fields >> chunk.type >> chunk.samples >> chunk.crc >> hex;
    std::getline(fields, chunk.what);
    const auto bytes = HexDecode(hex);
    EXPECT_TRUE(bytes.has_value()) << chunk.what;
    if (bytes) chunk.bytes.assign(bytes->begin(), bytes->end());
    chunks.push_back(chunk);
  }
  return chunks;
}

// Little-endian, times first.
std::string CrcOf(const std::vector<int64_t>& at_ms, const std::vector<double>& values) {
  std::string bytes(reinterpret_cast<const char*>(at_ms.data()), at_ms.size() * sizeof at_ms[0]);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof values[0]);
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(Crc32c(bytes)));
  return text;
}

TEST(ChunkGoldenTest, WhatWasWrittenOnceIsReadForEver) {
  const std::vector<GoldenChunk> chunks = GoldenChunks();
  ASSERT_GE(chunks.size(), 70u);
  for (const GoldenChunk& chunk : chunks) {
    SCOPED_TRACE(chunk.type + " of" + chunk.what);
    std::vector<int64_t> at_ms(chunk.samples);
    std::vector<double> values(chunk.samples);
    if (chunk.type == "times") {
      ASSERT_TRUE(DecodeTimes(chunk.bytes, at_ms));
    } else if (chunk.type == "apart") {
      ASSERT_TRUE(DecodeChunkValues(chunk.bytes, values));
    } else {
      const auto summary = ReadChunkSummary(chunk.bytes);
      ASSERT_TRUE(summary);
      ASSERT_EQ(summary->samples, chunk.samples);
      ASSERT_TRUE(DecodeChunk(chunk.bytes, at_ms.data(), values.data()));
    }
    EXPECT_EQ(CrcOf(at_ms, values), chunk.crc);
    if (chunk.type == "times") continue;
    std::vector<double> end(chunk.samples / 2);
    ASSERT_TRUE(DecodeChunkValues(chunk.bytes, end));
    EXPECT_EQ(std::memcmp(end.data(), values.data() + values.size() - end.size(),
                          end.size() * sizeof end[0]),
              0);
  }
}

}  // namespace
}  // namespace hinomi::metrics
