#include "metrics/impl/histogram_wire.h"

#include <bit>
#include <limits>
#include <string>
#include <string_view>

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;
using Buckets = std::vector<NativeHistogram::Bucket>;

// One more than allowed is enough to refuse the histogram.
constexpr size_t kMostKept = kMostHistogramBuckets + 1;

template <typename T>
void Keep(T value, std::vector<T>& out) {
  if (out.size() < kMostKept) out.push_back(value);
}

/// The index of each bucket.
Result<std::vector<int32_t>> IndexesOf(std::string_view side,
                                       const std::vector<HistogramWire::Span>& spans,
                                       size_t buckets) {
  uint64_t wanted = 0;
  for (const HistogramWire::Span& span : spans) wanted += span.length;
  if (wanted != buckets)
    return InvalidArgument("its " + std::string(side) + " spans are of " + std::to_string(wanted) +
                           " buckets, but it has " + std::to_string(buckets));
  std::vector<int32_t> indexes;
  int64_t next = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0)
      return InvalidArgument("its " + std::string(side) + " span " + std::to_string(i) +
                             " goes back by " + std::to_string(-int64_t{spans[i].offset}) +
                             "; expected an offset of 0 or more");
    next += spans[i].offset;
    for (uint32_t k = 0; k < spans[i].length; ++k, ++next) {
      if (next > std::numeric_limits<int32_t>::max())
        return InvalidArgument("its " + std::string(side) + " buckets have indexes beyond 32 bits");
      indexes.push_back(static_cast<int32_t>(next));
    }
  }
  return indexes;
}

Status AddWholeBuckets(std::string_view side, const std::vector<int32_t>& indexes,
                       const std::vector<int64_t>& deltas, Buckets& out) {
  int64_t count = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (__builtin_add_overflow(count, deltas[i], &count) || count < 0)
      return InvalidArgument("its " + std::string(side) + " bucket " + std::to_string(indexes[i]) +
                             " has a count below 0 or beyond 64 bits");
    if (count != 0) out.push_back({indexes[i], static_cast<double>(count)});
  }
  return {};
}

Status AddSide(std::string_view name, const HistogramWire::Side& side, bool is_float,
               Buckets& out) {
  const size_t buckets = is_float ? side.counts.size() : side.deltas.size();
  if (buckets > kMostHistogramBuckets || side.spans.size() > kMostHistogramBuckets)
    return InvalidArgument("it has more than " + std::to_string(kMostHistogramBuckets) + ' ' +
                           std::string(name) + " buckets; send a lower schema");
  HN_TRY(const std::vector<int32_t> indexes, IndexesOf(name, side.spans, buckets));
  if (!is_float) return AddWholeBuckets(name, indexes, side.deltas, out);
  for (size_t i = 0; i < indexes.size(); ++i)
    if (side.counts[i] != 0) out.push_back({indexes[i], side.counts[i]});
  return {};
}

}  // namespace

Result<NativeHistogram> FromWire(const HistogramWire& wire) {
  NativeHistogram histogram;
  histogram.schema = wire.schema;
  histogram.sum = wire.sum;
  histogram.zero_threshold = wire.zero_threshold;
  histogram.custom_values = wire.custom_values;
  if (wire.reset_hint >= 0 && wire.reset_hint <= 3)
    histogram.reset_hint = static_cast<NativeHistogram::ResetHint>(wire.reset_hint);
  HN_TRY_VOID(AddSide("negative", wire.negative, wire.is_float, histogram.negative));
  HN_TRY_VOID(AddSide("positive", wire.positive, wire.is_float, histogram.positive));
  if (wire.is_float) {
    histogram.count = wire.float_count;
    histogram.zero_count = wire.float_zero_count;
  } else {
    histogram.count = static_cast<double>(wire.count);
    histogram.zero_count = static_cast<double>(wire.zero_count);
  }
  HN_TRY_VOID(CheckHistogram(histogram));
  return histogram;
}

void AppendPacked(pbf_reader& message, std::vector<int64_t>& zigzag) {
  if (message.wire_type() != pbf_wire_type::length_delimited)
    return Keep(message.get_sint64(), zigzag);
  for (const int64_t value : message.get_packed_sint64()) Keep(value, zigzag);
}

void AppendPacked(pbf_reader& message, std::vector<double>& doubles) {
  if (message.wire_type() != pbf_wire_type::length_delimited)
    return Keep(message.get_double(), doubles);
  for (const double value : message.get_packed_double()) Keep(value, doubles);
}

void AppendSpan(pbf_reader message, std::vector<HistogramWire::Span>& spans) {
  HistogramWire::Span span;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::varint):
        span.offset = message.get_sint32();
        break;
      case tag_and_type(2, pbf_wire_type::varint):
        span.length = message.get_uint32();
        break;
      default:
        message.skip();
    }
  }
  Keep(span, spans);
}

namespace {

/// Of fields with many numbers: whether this one has a wire type that they may have.
bool IsRepeated(const pbf_reader& message, pbf_wire_type alone) {
  return message.wire_type() == alone || message.wire_type() == pbf_wire_type::length_delimited;
}

/// True if the field was one of the buckets'.
bool ReadBucketField(pbf_reader& message, HistogramWire& wire) {
  const bool whole = IsRepeated(message, pbf_wire_type::varint);
  const bool broken = IsRepeated(message, pbf_wire_type::fixed64);
  const bool nested = message.wire_type() == pbf_wire_type::length_delimited;
  switch (message.tag()) {
    case 8:
      return nested && (AppendSpan(message.get_message(), wire.negative.spans), true);
    case 9:
      return whole && (AppendPacked(message, wire.negative.deltas), true);
    case 10:
      return broken && (AppendPacked(message, wire.negative.counts), true);
    case 11:
      return nested && (AppendSpan(message.get_message(), wire.positive.spans), true);
    case 12:
      return whole && (AppendPacked(message, wire.positive.deltas), true);
    case 13:
      return broken && (AppendPacked(message, wire.positive.counts), true);
    case 16:
      return broken && (AppendPacked(message, wire.custom_values), true);
    default:
      return false;
  }
}

}  // namespace

WriteHistogram ReadWriteHistogram(pbf_reader message) {
  WriteHistogram read;
  HistogramWire& wire = read.wire;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::varint):
        wire.count = message.get_uint64();
        wire.is_float = false;
        break;
      case tag_and_type(2, pbf_wire_type::fixed64):
        wire.float_count = message.get_double();
        wire.is_float = true;
        break;
      case tag_and_type(3, pbf_wire_type::fixed64):
        // Bit for bit: it may be the stale marker.
        wire.sum = std::bit_cast<double>(message.get_fixed64());
        break;
      case tag_and_type(4, pbf_wire_type::varint):
        wire.schema = message.get_sint32();
        break;
      case tag_and_type(5, pbf_wire_type::fixed64):
        wire.zero_threshold = message.get_double();
        break;
      case tag_and_type(6, pbf_wire_type::varint):
        wire.zero_count = message.get_uint64();
        break;
      case tag_and_type(7, pbf_wire_type::fixed64):
        wire.float_zero_count = message.get_double();
        break;
      case tag_and_type(14, pbf_wire_type::varint):
        wire.reset_hint = message.get_enum();
        break;
      case tag_and_type(15, pbf_wire_type::varint):
        read.at_ms = message.get_int64();
        break;
      default:
        if (!ReadBucketField(message, wire)) message.skip();
    }
  }
  return read;
}

}  // namespace hinomi::metrics
