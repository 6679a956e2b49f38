// modules: hn_metrics
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "metrics/tsdb/chunk.h"

namespace {

using namespace hinomi::metrics;

void Decode(std::string_view bytes) {
  const auto summary = ReadChunkSummary(bytes);
  const size_t samples = summary ? summary->samples : kMaxChunkSamples;
  std::vector<int64_t> at_ms(samples);
  std::vector<double> values(samples);
  (void)DecodeChunk(bytes, at_ms.data(), values.data());
  if (!summary) return;
  // As many of the last ones as the bytes say themselves.
  (void)DecodeChunkValues(bytes, std::span(values).first(1 + bytes.size() % samples));
  (void)DecodeChunkValues(bytes, values);
  (void)DecodeChunkTimes(bytes, at_ms);
  (void)DecodeTimes(bytes, at_ms);
  (void)ReadChunkSummary(bytes, bytes);
}

// Eight bytes are a value, and how far on its time is.
void RoundTrip(std::string_view bytes, Effort effort) {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
  int64_t at = -1000;
  for (; bytes.size() >= 8 && values.size() < kMaxChunkSamples; bytes.remove_prefix(8)) {
    double value;
    std::memcpy(&value, bytes.data(), sizeof value);
    values.push_back(value);
    at_ms.push_back(at += 1 + static_cast<uint8_t>(bytes[0]));
  }
  if (values.empty()) return;
  std::string chunk;
  EncodeChunk(at_ms, values, chunk, effort);
  std::vector<int64_t> read_ms(at_ms.size());
  std::vector<double> read(values.size());
  HN_CHECK(DecodeChunk(chunk, read_ms.data(), read.data()).has_value());
  HN_CHECK(read_ms == at_ms);
  HN_CHECK(std::memcmp(read.data(), values.data(), values.size() * sizeof(double)) == 0);
  HN_CHECK(DecodeChunkTimes(chunk, read_ms).has_value() && read_ms == at_ms);
  const size_t first = static_cast<uint8_t>(chunk.back()) % values.size();
  const std::span<double> end = std::span(read).subspan(first);
  std::fill(end.begin(), end.end(), 0.0);
  HN_CHECK(DecodeChunkValues(chunk, end).has_value());
  HN_CHECK(std::memcmp(end.data(), &values[first], end.size_bytes()) == 0);
  HN_CHECK(ReadChunkSummary(chunk)->samples == values.size());
}

}  // namespace

// The first byte: 0, the rest is a chunk; 1 or 2, it is samples.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 0) {
    Decode(bytes);
  } else {
    RoundTrip(bytes, data[0] % 3 == 1 ? Effort::kFull : Effort::kFast);
  }
  return 0;
}
