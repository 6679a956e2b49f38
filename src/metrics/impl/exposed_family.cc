#include "metrics/impl/exposed_family.h"

#include <bit>
#include <utility>

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

constexpr uint32_t Nested(uint32_t tag) {
  return tag_and_type(tag, pbf_wire_type::length_delimited);
}
constexpr uint32_t Varint(uint32_t tag) {
  return tag_and_type(tag, pbf_wire_type::varint);
}
constexpr uint32_t Double(uint32_t tag) {
  return tag_and_type(tag, pbf_wire_type::fixed64);
}

template <typename T>
void KeepRepeated(T value, std::vector<T>& out) {
  if (out.size() <= kMostRepeated) out.push_back(std::move(value));
}

/// Bit for bit: it may be a marker.
double GetDouble(pbf_reader& message) {
  return std::bit_cast<double>(message.get_fixed64());
}

Labels::Pair ReadLabelPair(pbf_reader message) {
  Labels::Pair pair;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Nested(1):
        pair.first = message.get_string();
        break;
      case Nested(2):
        pair.second = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return pair;
}

/// google.protobuf.Timestamp, to the millisecond below; wraps beyond 64 bits.
int64_t ReadTimestamp(pbf_reader message) {
  uint64_t millis = 0;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Varint(1):
        millis += static_cast<uint64_t>(message.get_int64()) * 1000;
        break;
      case Varint(2):
        millis += static_cast<uint64_t>(int64_t{message.get_int32() / 1'000'000});
        break;
      default:
        message.skip();
    }
  }
  return static_cast<int64_t>(millis);
}

ExemplarWire ReadExemplarWire(pbf_reader message) {
  ExemplarWire exemplar;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Nested(1):
        KeepRepeated(ReadLabelPair(message.get_message()), exemplar.labels);
        break;
      case Double(2):
        exemplar.value = GetDouble(message);
        break;
      case Nested(3):
        exemplar.at_ms = ReadTimestamp(message.get_message());
        break;
      default:
        message.skip();
    }
  }
  return exemplar;
}

/// A counter has an exemplar behind its value.
ValueWire ReadValue(pbf_reader message) {
  ValueWire read;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Double(1):
        read.value = GetDouble(message);
        break;
      case Nested(2):
        read.exemplar = ReadExemplarWire(message.get_message());
        break;
      default:
        message.skip();
    }
  }
  return read;
}

SummaryWire::Quantile ReadQuantile(pbf_reader message) {
  SummaryWire::Quantile quantile;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Double(1):
        quantile.quantile = GetDouble(message);
        break;
      case Double(2):
        quantile.value = GetDouble(message);
        break;
      default:
        message.skip();
    }
  }
  return quantile;
}

SummaryWire ReadSummary(pbf_reader message) {
  SummaryWire summary;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Varint(1):
        summary.count = static_cast<double>(message.get_uint64());
        break;
      case Double(2):
        summary.sum = GetDouble(message);
        break;
      case Nested(3):
        KeepRepeated(ReadQuantile(message.get_message()), summary.quantiles);
        break;
      default:
        message.skip();
    }
  }
  return summary;
}

BucketWire ReadBucket(pbf_reader message) {
  BucketWire bucket;
  double float_count = 0;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Varint(1):
        bucket.cumulative_count = static_cast<double>(message.get_uint64());
        break;
      case Double(2):
        bucket.upper_bound = GetDouble(message);
        break;
      case Nested(3):
        bucket.exemplar = ReadExemplarWire(message.get_message());
        break;
      case Double(4):
        float_count = GetDouble(message);
        break;
      default:
        message.skip();
    }
  }
  if (float_count > 0) bucket.cumulative_count = float_count;
  return bucket;
}

/// True if the field was one of spans or buckets.
bool ReadNativeField(pbf_reader& message, HistogramWire& wire) {
  const bool nested = message.wire_type() == pbf_wire_type::length_delimited;
  const bool whole = nested || message.wire_type() == pbf_wire_type::varint;
  const bool broken = nested || message.wire_type() == pbf_wire_type::fixed64;
  switch (message.tag()) {
    case 9:
      return nested && (AppendSpan(message.get_message(), wire.negative.spans), true);
    case 10:
      return whole && (AppendPacked(message, wire.negative.deltas), true);
    case 11:
      return broken && (AppendPacked(message, wire.negative.counts), true);
    case 12:
      return nested && (AppendSpan(message.get_message(), wire.positive.spans), true);
    case 13:
      return whole && (AppendPacked(message, wire.positive.deltas), true);
    case 14:
      return broken && (AppendPacked(message, wire.positive.counts), true);
    default:
      return false;
  }
}

HistogramMessage ReadHistogramMessage(pbf_reader message) {
  HistogramMessage read;
  HistogramWire& wire = read.native;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Varint(1):
        wire.count = message.get_uint64();
        break;
      case Double(2):
        wire.sum = GetDouble(message);
        break;
      case Nested(3):
        KeepRepeated(ReadBucket(message.get_message()), read.classic.buckets);
        break;
      case Double(4):
        wire.float_count = GetDouble(message);
        break;
      case Varint(5):
        wire.schema = message.get_sint32();
        break;
      case Double(6):
        wire.zero_threshold = GetDouble(message);
        break;
      case Varint(7):
        wire.zero_count = message.get_uint64();
        break;
      case Double(8):
        wire.float_zero_count = GetDouble(message);
        break;
      case Nested(16):
        KeepRepeated(ReadExemplarWire(message.get_message()), read.exemplars);
        break;
      default:
        if (!ReadNativeField(message, wire)) message.skip();
    }
  }
  wire.is_float = wire.float_count > 0 || wire.float_zero_count > 0;
  read.classic.count = wire.is_float ? wire.float_count : static_cast<double>(wire.count);
  read.classic.sum = wire.sum;
  return read;
}

MetricType TypeOnPage(int32_t type) {
  switch (type) {
    case 0:
      return MetricType::kCounter;
    case 1:
      return MetricType::kGauge;
    case 2:
      return MetricType::kSummary;
    case 4:
      return MetricType::kHistogram;
    case 5:
      return MetricType::kGaugeHistogram;
    default:
      return MetricType::kUnknown;
  }
}

}  // namespace

bool HistogramMessage::is_native() const {
  return !native.positive.spans.empty() || !native.negative.spans.empty() ||
         native.zero_threshold > 0 || native.zero_count > 0 || native.float_zero_count > 0;
}

MetricMessage ReadMetric(pbf_reader message) {
  MetricMessage metric;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Nested(1):
        KeepRepeated(ReadLabelPair(message.get_message()), metric.labels);
        break;
      case Nested(2):  // A gauge,
      case Nested(3):  // a counter,
      case Nested(5):  // or an untyped one.
        KeepRepeated(ReadValue(message.get_message()), metric.values);
        break;
      case Nested(4):
        metric.summary = ReadSummary(message.get_message());
        break;
      case Varint(6):
        metric.at_ms = message.get_int64();
        break;
      case Nested(7):
        metric.histogram = ReadHistogramMessage(message.get_message());
        break;
      default:
        message.skip();
    }
  }
  return metric;
}

FamilyMessage ReadFamily(pbf_reader message) {
  FamilyMessage family;
  family.metadata.type = MetricType::kCounter;  // What the protocol says of a type left out.
  while (message.next()) {
    switch (message.tag_and_type()) {
      case Nested(1):
        family.name = message.get_string();
        break;
      case Nested(2):
        family.metadata.help = message.get_string();
        break;
      case Varint(3):
        family.metadata.type = TypeOnPage(message.get_enum());
        break;
      case Nested(5):
        family.metadata.unit = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  return family;
}

}  // namespace hinomi::metrics
