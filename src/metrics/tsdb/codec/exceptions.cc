#include "metrics/tsdb/codec/exceptions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "metrics/model.h"

namespace hinomi::metrics::codec {
namespace {

// What the exceptions are; kept on disk.
constexpr uint8_t kAllStale = 0;
constexpr uint8_t kOwnBits = 1;

}  // namespace

void WriteExceptions(std::span<const uint16_t> places, std::span<const double> values, Forms forms,
                     std::string& out) {
  const bool all_stale = std::all_of(places.begin(), places.end(),
                                     [&](uint16_t place) { return IsStaleMarker(values[place]); });
  std::vector<int64_t> gaps;
  std::vector<int64_t> bits;
  size_t next = 0;
  for (const uint16_t place : places) {
    gaps.push_back(static_cast<int64_t>(place - next));
    bits.push_back(std::bit_cast<int64_t>(values[place]));
    next = place + size_t{1};
  }
  ByteWriter writer(out);
  writer.Varint(places.size() << 1 | (all_stale ? kAllStale : kOwnBits));
  WriteColumn(gaps, forms, out);
  if (!all_stale) WriteColumn(bits, forms, out);
}

void ReadExceptions(ByteReader& reader, size_t count, std::span<double> values) {
  const uint64_t head = reader.Varint();
  const uint64_t exceptions = head >> 1;
  if (exceptions == 0 || exceptions > count) {
    reader.Fail();
    return;
  }
  std::array<int64_t, kMaxChunkSamples> gap_space;
  std::array<int64_t, kMaxChunkSamples> bit_space;
  const std::span<int64_t> gaps(gap_space.data(), exceptions);
  const std::span<int64_t> bits(bit_space.data(), exceptions);
  ReadColumn(reader, Forms::kAll, gaps);
  if ((head & 1) == kOwnBits) {
    ReadColumn(reader, Forms::kAll, bits);
  } else {
    std::fill(bits.begin(), bits.end(), static_cast<int64_t>(kStaleNanBits));
  }
  if (reader.failed()) return;
  const size_t first = count - values.size();
  size_t at = 0;
  for (size_t k = 0; k < exceptions; ++k) {
    const auto gap = static_cast<uint64_t>(gaps[k]);
    if (at >= count || gap >= count - at) {
      reader.Fail();
      return;
    }
    at += gap;
    if (at >= first) values[at - first] = std::bit_cast<double>(bits[k]);
    ++at;
  }
}

}  // namespace hinomi::metrics::codec
