#include "metrics/tsdb/codec/packed.h"

#include <algorithm>
#include <array>
#include <bit>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/codec/bits.h"
#include "metrics/tsdb/codec/guess.h"
#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics::codec {
namespace {

constexpr uint8_t kHasPatches = 0x80;
// About what a patch takes: its place and its value.
constexpr size_t kPatchBits = 40;

uint64_t Above(int64_t base, int64_t number) {
  return static_cast<uint64_t>(WrapSub(number, base));
}

// The distance from `middle`, in bits, beyond which patches are cheaper.
unsigned CommonBits(std::span<const int64_t> numbers, int64_t middle) {
  std::array<uint32_t, 65> count{};
  for (const int64_t number : numbers) ++count[DistanceBits(number, middle)];
  unsigned best = 64;
  size_t best_cost = SIZE_MAX;
  size_t beyond = 0;
  for (unsigned bits = 65; bits-- > 0;) {
    const size_t cost = numbers.size() * bits + beyond * kPatchBits;
    if (cost < best_cost) {
      best_cost = cost;
      best = bits;
    }
    beyond += count[bits];
  }
  return best;
}

struct Frame {
  int64_t base;
  unsigned width;
};

Frame FrameOf(int64_t least, int64_t most) {
  return {least, static_cast<unsigned>(std::bit_width(Above(least, most)))};
}

Frame ChooseFrame(std::span<const int64_t> numbers) {
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  const Frame all = FrameOf(*low, *high);
  const int64_t middle = MedianOfThree(numbers);
  // Noise has no outliers: then there is nothing to look for.
  if (all.width * numbers.size() <= SumOfBits(numbers, middle) * 3 / 2 + kPatchBits) return all;
  const unsigned bits = CommonBits(numbers, middle);
  int64_t least = middle;
  int64_t most = middle;
  for (const int64_t number : numbers) {
    if (DistanceBits(number, middle) > bits) continue;
    least = std::min(least, number);
    most = std::max(most, number);
  }
  return FrameOf(least, most);
}

size_t CountPatches(std::span<const int64_t> numbers, Frame frame) {
  const uint64_t limit = LowBits(frame.width);
  return static_cast<size_t>(std::count_if(numbers.begin(), numbers.end(), [&](int64_t number) {
    return Above(frame.base, number) > limit;
  }));
}

void WritePatches(std::span<const int64_t> numbers, Frame frame, ByteWriter& writer) {
  const uint64_t limit = LowBits(frame.width);
  size_t next = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint64_t distance = Above(frame.base, numbers[i]);
    if (distance <= limit) continue;
    writer.Varint(i - next);
    writer.Zigzag(static_cast<int64_t>(distance));
    next = i + 1;
  }
}

// Patches of `count` numbers, of which the last are `numbers`.
bool ReadPatches(ByteReader reader, uint64_t patches, int64_t base, size_t count,
                 std::span<int64_t> numbers) {
  const size_t first = count - numbers.size();
  size_t at = 0;
  for (uint64_t k = 0; k < patches; ++k) {
    const uint64_t gap = reader.Varint();
    if (at >= count || gap >= count - at) return false;
    at += gap;
    const int64_t number = WrapAdd(base, reader.Zigzag());
    if (at >= first) numbers[at - first] = number;
    ++at;
  }
  return true;
}

}  // namespace

void EncodePacked(std::span<const int64_t> numbers, std::string& out) {
  const Frame frame = ChooseFrame(numbers);
  const uint64_t limit = LowBits(frame.width);
  const size_t patches = CountPatches(numbers, frame);
  ByteWriter writer(out);
  writer.Zigzag(frame.base);
  writer.Byte(static_cast<uint8_t>(frame.width | (patches > 0 ? kHasPatches : 0)));
  if (patches > 0) {
    writer.Varint(patches);
    WritePatches(numbers, frame, writer);
  }
  BitWriter bits(out);
  for (const int64_t number : numbers) {
    const uint64_t distance = Above(frame.base, number);
    bits.Put(distance <= limit ? distance : 0, frame.width);
  }
  bits.Finish();
}

size_t PackedBytes(std::span<const int64_t> numbers) {
  const Frame frame = ChooseFrame(numbers);
  return 2 * CountPatches(numbers, frame) + (numbers.size() * frame.width + 7) / 8;
}

bool DecodePacked(std::string_view bytes, size_t count, std::span<int64_t> numbers) {
  ByteReader reader(bytes);
  const int64_t base = reader.Zigzag();
  const uint8_t head = reader.Byte();
  const unsigned width = head & 0x7Fu;
  if (width > 64) return false;
  const uint64_t patch_count = head & kHasPatches ? reader.Varint() : 0;
  if (patch_count > count) return false;
  const ByteReader patches = reader;
  for (uint64_t i = 0; i < 2 * patch_count; ++i) reader.Varint();
  if (reader.failed()) return false;

  const size_t first = count - numbers.size();
  const auto take = [&](size_t i, uint64_t bits) {
    numbers[i - first] = WrapAdd(base, static_cast<int64_t>(bits));
  };
  return ForEachOfWidth(reader.Rest(), width, first, count, take) &&
         ReadPatches(patches, patch_count, base, count, numbers);
}

}  // namespace hinomi::metrics::codec
