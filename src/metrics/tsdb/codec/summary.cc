#include "metrics/tsdb/codec/summary.h"

#include <bit>
#include <cmath>

#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics::codec {
namespace {

// The first byte says what follows; kept on disk.
constexpr uint8_t kHasStale = 0x01;     // staleness marks: how many
constexpr uint8_t kHasResets = 0x02;    // how many
constexpr uint8_t kHasFirst = 0x04;     // from the column's origin; else it is that
constexpr uint8_t kHasExtremes = 0x08;  // below first, above last; else those are the extremes
constexpr uint8_t kHasLast = 0x10;      // from the first; else it is that
constexpr uint8_t kRawNumbers = 0x20;   // first, last, min, max are doubles instead
constexpr uint8_t kRawSum = 0x40;       // the sum is a double, else see SumOf

constexpr uint8_t kLastFlag = kRawSum;

struct Numbers {
  int64_t first = 0;
  int64_t last = 0;
  int64_t min = 0;
  int64_t max = 0;
};

std::optional<Numbers> ToNumbers(const ChunkSummary& summary, const ScaledValues& scaled) {
  Numbers numbers;
  if (!scaled.ToNumber(summary.first, numbers.first) ||
      !scaled.ToNumber(summary.last, numbers.last) || !scaled.ToNumber(summary.min, numbers.min) ||
      !scaled.ToNumber(summary.max, numbers.max))
    return std::nullopt;
  return numbers;
}

// The sum that `total`, that of the numbers less the origin each, stands for.
// Adding up doubles rounds at every step, so this is off by some last digits.
std::optional<double> SumOf(const ValueHead& head, uint32_t values, int64_t total) {
  int64_t sum;
  int64_t offsets;
  if (head.scaling.scale == Scale::kBits ||
      __builtin_mul_overflow(head.column.start.origin, int64_t{values}, &sum) ||
      __builtin_add_overflow(sum, total, &sum) || __builtin_mul_overflow(sum, head.step, &sum) ||
      __builtin_mul_overflow(head.offset, int64_t{values}, &offsets) ||
      __builtin_add_overflow(sum, offsets, &sum))
    return std::nullopt;
  return ToDouble(head.scaling, sum);
}

struct WrittenSum {
  int64_t total = 0;
  int64_t digits = 0;  // What the last digits of the sum are off by.
};

std::optional<WrittenSum> ToSum(const ChunkSummary& summary, const ValueHead& head,
                                const ScaledValues& scaled) {
  WrittenSum written;
  size_t exception = 0;
  for (size_t i = 0; i < scaled.numbers.size(); ++i) {
    if (exception < scaled.exceptions.size() && scaled.exceptions[exception] == i) {
      ++exception;
      continue;
    }
    int64_t distance;
    if (__builtin_sub_overflow(scaled.numbers[i], head.column.start.origin, &distance) ||
        __builtin_add_overflow(written.total, distance, &written.total))
      return std::nullopt;
  }
  const std::optional<double> sum = SumOf(head, summary.values, written.total);
  if (!sum) return std::nullopt;
  written.digits = WrapSub(OrderedBits(summary.sum), OrderedBits(*sum));
  constexpr int64_t kMost = int64_t{1} << 20;
  if (written.digits < -kMost || written.digits > kMost) return std::nullopt;
  return written;
}

// Of staleness marks and resets; returns the flags.
uint8_t ReadCounts(const ValueHead& head, ByteReader& reader, ChunkSummary& summary) {
  const uint8_t flags = reader.Byte();
  if (flags > kLastFlag * 2 - 1) reader.Fail();
  summary.samples = head.samples;
  const uint64_t stale = flags & kHasStale ? reader.Varint() : 0;
  if (stale > summary.samples) reader.Fail();
  summary.values = summary.samples - static_cast<uint32_t>(stale);
  if (flags & kHasResets) summary.resets = static_cast<uint32_t>(reader.Varint());
  if (summary.resets > summary.values) reader.Fail();
  return flags;
}

Numbers ReadSummaryNumbers(const ValueHead& head, uint8_t flags, ByteReader& reader) {
  Numbers numbers;
  numbers.first = head.column.start.origin;
  if (flags & kHasFirst) numbers.first = WrapAdd(numbers.first, reader.Zigzag());
  numbers.last = flags & kHasLast ? WrapAdd(numbers.first, reader.Zigzag()) : numbers.first;
  numbers.min = flags & kHasExtremes ? WrapSub(numbers.first, reader.Zigzag()) : numbers.first;
  numbers.max = flags & kHasExtremes ? WrapAdd(numbers.last, reader.Zigzag()) : numbers.last;
  return numbers;
}

}  // namespace

double ValueOf(const ValueHead& head, int64_t number) {
  return ToDouble(head.scaling, WrapAdd(WrapMul(number, head.step), head.offset));
}

void WriteSummary(const ChunkSummary& summary, const ValueHead& head, const ScaledValues& scaled,
                  ByteWriter& writer) {
  const std::optional<Numbers> numbers = ToNumbers(summary, scaled);
  const std::optional<WrittenSum> sum = ToSum(summary, head, scaled);
  const auto mark = [](bool condition, uint8_t bit) { return condition ? bit : uint8_t{0}; };
  const Numbers n = numbers.value_or(Numbers{});
  const int64_t origin = head.column.start.origin;
  const auto flags = static_cast<uint8_t>(
      mark(summary.values != summary.samples, kHasStale) | mark(summary.resets > 0, kHasResets) |
      mark(!numbers, kRawNumbers) | mark(!sum, kRawSum) |
      mark(numbers && n.first != origin, kHasFirst) | mark(numbers && n.last != n.first, kHasLast) |
      mark(numbers && (n.min != n.first || n.max != n.last), kHasExtremes));
  writer.Byte(flags);
  if (flags & kHasStale) writer.Varint(summary.samples - summary.values);
  if (flags & kHasResets) writer.Varint(summary.resets);
  if (flags & kRawNumbers) {
    for (const double value : {summary.first, summary.last, summary.min, summary.max})
      writer.Fixed64(std::bit_cast<uint64_t>(value));
  }
  if (flags & kHasFirst) writer.Zigzag(WrapSub(n.first, origin));
  if (flags & kHasLast) writer.Zigzag(WrapSub(n.last, n.first));
  if (flags & kHasExtremes) {
    writer.Zigzag(WrapSub(n.first, n.min));
    writer.Zigzag(WrapSub(n.max, n.last));
  }
  if (flags & kRawSum) {
    writer.Fixed64(std::bit_cast<uint64_t>(summary.sum));
  } else {
    writer.Zigzag(sum->total);
    writer.Zigzag(sum->digits);
  }
}

ChunkSummary ReadSummary(const ValueHead& head, ByteReader& reader) {
  ChunkSummary summary;
  const uint8_t flags = ReadCounts(head, reader, summary);
  if (flags & kRawNumbers) {
    for (double* value : {&summary.first, &summary.last, &summary.min, &summary.max})
      *value = std::bit_cast<double>(reader.Fixed64());
  } else {
    const Numbers numbers = ReadSummaryNumbers(head, flags, reader);
    summary.first = ValueOf(head, numbers.first);
    summary.last = ValueOf(head, numbers.last);
    summary.min = ValueOf(head, numbers.min);
    summary.max = ValueOf(head, numbers.max);
  }
  if (flags & kRawSum) {
    summary.sum = std::bit_cast<double>(reader.Fixed64());
  } else {
    const int64_t total = reader.Zigzag();
    const int64_t digits = reader.Zigzag();
    const std::optional<double> sum = SumOf(head, summary.values, total);
    if (!sum) reader.Fail();
    summary.sum = FromOrderedBits(WrapAdd(OrderedBits(sum.value_or(0)), digits));
  }
  return summary;
}

std::optional<int64_t> ReadLastNumber(const ValueHead& head, bool exceptions, ByteReader& reader) {
  ChunkSummary summary;
  const uint8_t flags = ReadCounts(head, reader, summary);
  std::optional<int64_t> last;
  if (flags & kRawNumbers) {
    reader.Bytes(4 * sizeof(uint64_t));
  } else {
    last = ReadSummaryNumbers(head, flags, reader).last;
  }
  if (flags & kRawSum) {
    reader.Bytes(sizeof(uint64_t));
  } else {
    reader.Varint();
    reader.Varint();
  }
  // A summary passes over staleness marks, the column over exceptions: of NaNs of several kinds
  // both are wrong about the other.
  const bool stale = summary.values != summary.samples;
  if (last && ((stale && !exceptions) || !std::isfinite(ValueOf(head, *last)))) last.reset();
  return last;
}

}  // namespace hinomi::metrics::codec
