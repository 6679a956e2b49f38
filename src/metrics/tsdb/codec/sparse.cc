#include "metrics/tsdb/codec/sparse.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/codec/column.h"

namespace hinomi::metrics::codec {
namespace {

// The number that more than half of all are, if there is one (Boyer
// and Moore's vote).
std::optional<int64_t> Majority(std::span<const int64_t> numbers) {
  int64_t leader = 0;
  size_t votes = 0;
  for (const int64_t number : numbers) {
    if (votes == 0) leader = number;
    votes += number == leader ? 1 : size_t{0} - 1;
  }
  const auto count = std::count(numbers.begin(), numbers.end(), leader);
  if (static_cast<size_t>(count) * 2 <= numbers.size()) return std::nullopt;
  return leader;
}

}  // namespace

bool EncodeSparse(std::span<const int64_t> numbers, std::string& out) {
  const std::optional<int64_t> usual = Majority(numbers);
  if (!usual) return false;
  std::vector<int64_t> gaps;
  std::vector<int64_t> others;
  size_t next = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == *usual) continue;
    gaps.push_back(static_cast<int64_t>(i - next));
    others.push_back(numbers[i]);
    next = i + 1;
  }
  ByteWriter writer(out);
  writer.Zigzag(*usual);
  writer.Varint(others.size());
  if (others.empty()) return true;
  WriteColumn(gaps, Forms::kNoSparse, out);
  WriteColumn(others, Forms::kNoSparse, out);
  return true;
}

bool DecodeSparse(std::string_view bytes, size_t count, std::span<int64_t> numbers) {
  ByteReader reader(bytes);
  std::fill(numbers.begin(), numbers.end(), reader.Zigzag());
  const uint64_t odd = reader.Varint();
  if (reader.failed() || odd > count) return false;
  if (odd == 0) return true;
  std::array<int64_t, kMaxChunkSamples> gap_space;
  std::array<int64_t, kMaxChunkSamples> other_space;
  const std::span<int64_t> gaps(gap_space.data(), odd);
  const std::span<int64_t> others(other_space.data(), odd);
  ReadColumn(reader, Forms::kNoSparse, gaps);
  ReadColumn(reader, Forms::kNoSparse, others);
  if (reader.failed()) return false;
  const size_t first = count - numbers.size();
  size_t at = 0;
  for (size_t k = 0; k < odd; ++k) {
    const auto gap = static_cast<uint64_t>(gaps[k]);
    if (at >= count || gap >= count - at) return false;
    at += gap;
    if (at >= first) numbers[at - first] = others[k];
    ++at;
  }
  return true;
}

}  // namespace hinomi::metrics::codec
