#include "metrics/tsdb/chunk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "metrics/impl/byte_codec.h"
#include "metrics/model.h"
#include "metrics/tsdb/codec/choice.h"
#include "metrics/tsdb/codec/column.h"
#include "metrics/tsdb/codec/exceptions.h"
#include "metrics/tsdb/codec/summary.h"
#include "metrics/tsdb/codec/times.h"
#include "metrics/tsdb/codec/wrap.h"

namespace hinomi::metrics {

namespace {

// Everything but the times.
void SummariseValues(std::span<const double> values, ChunkSummary& summary) {
  summary.samples = static_cast<uint32_t>(values.size());
  for (const double value : values) {
    if (IsStaleMarker(value)) continue;
    if (summary.values++ == 0) {
      summary.first = summary.min = summary.max = value;
    } else {
      if (value < summary.last) ++summary.resets;
      if (value < summary.min || std::isnan(summary.min)) summary.min = value;
      if (value > summary.max || std::isnan(summary.max)) summary.max = value;
    }
    summary.last = value;
    summary.sum += value;
  }
}

}  // namespace

ChunkSummary Summarise(std::span<const int64_t> at_ms, std::span<const double> values) {
  ChunkSummary summary;
  SummariseValues(values, summary);
  summary.first_ms = at_ms.front();
  summary.last_ms = at_ms.back();
  return summary;
}

namespace codec {
namespace {

// The first byte; kept on disk. The low half is the kind of what was sampled:
// 2 and on are free for native histograms.
constexpr uint8_t kFloatSamples = 0x01;
constexpr uint8_t kHasSummary = 0x10;
constexpr uint8_t kTimesApart = 0x20;
// The byte before the column of values: its scale, and
constexpr uint8_t kScaleMask = 0x07;
constexpr uint8_t kHasStep = 0x08;
constexpr uint8_t kHasExceptions = 0x10;

// So few samples are decoded as quickly as a summary is read.
constexpr size_t kFewSamples = 64;

Error DamagedChunk() {
  return Corrupt("a chunk of samples is cut or damaged");
}

// All of a chunk that stands before its summary.
struct ChunkHead {
  bool summary = false;
  bool times_apart = false;
  bool exceptions = false;
  uint32_t samples = 0;
  TimesHead times;
  ValueHead values;
};

void WriteValueHead(const ChunkHead& head, ByteWriter& writer) {
  const ValueHead& values = head.values;
  writer.Byte(static_cast<uint8_t>(static_cast<uint8_t>(values.scaling.scale) |
                                   (values.step != 1 ? kHasStep : 0) |
                                   (head.exceptions ? kHasExceptions : 0)));
  if (values.scaling.scale > Scale::kInteger) writer.Varint(values.scaling.exponent);
  if (values.step != 1) {
    writer.Varint(static_cast<uint64_t>(values.step));
    writer.Varint(static_cast<uint64_t>(values.offset));
  }
  WriteColumnHead(values.column, writer);
}

void ReadValueHead(ByteReader& reader, ChunkHead& head) {
  ValueHead& values = head.values;
  values.samples = head.samples;
  const uint8_t byte = reader.Byte();
  values.scaling.scale = static_cast<Scale>(byte & kScaleMask);
  head.exceptions = byte & kHasExceptions;
  if (values.scaling.scale > Scale::kInteger)
    values.scaling.exponent = static_cast<uint16_t>(std::min<uint64_t>(reader.Varint(), 0xFFFF));
  if (byte & kHasStep) {
    values.step = static_cast<int64_t>(reader.Varint());
    values.offset = static_cast<int64_t>(reader.Varint());
  }
  if (byte >= kHasExceptions * 2 || !IsValid(values.scaling)) reader.Fail();
  values.column = ReadColumnHead(reader);
}

/// What stands first, up to the count.
ChunkHead ReadChunkKind(ByteReader& reader) {
  ChunkHead head;
  const uint8_t kind = reader.Byte();
  if ((kind & ~(kHasSummary | kTimesApart)) != kFloatSamples) reader.Fail();
  head.summary = kind & kHasSummary;
  head.times_apart = kind & kTimesApart;
  const uint64_t samples = reader.Varint();
  if (samples == 0 || samples > kMaxChunkSamples) reader.Fail();
  head.samples = static_cast<uint32_t>(samples);
  return head;
}

ChunkHead ReadChunkHead(ByteReader& reader) {
  ChunkHead head = ReadChunkKind(reader);
  if (!head.times_apart) head.times = ReadTimesHead(reader, head.samples);
  ReadValueHead(reader, head);
  return head;
}

// The times inside a chunk, behind its summary; `at_ms` may be null.
bool ReadTimes(const ChunkHead& head, ByteReader& reader, int64_t* at_ms) {
  if (head.times_apart) return at_ms == nullptr;
  const ColumnHead& column = head.times.column;
  const std::string_view body = column.form != Form::kNone ? reader.String() : std::string_view();
  if (reader.failed()) return false;
  return at_ms == nullptr || DecodeColumn(column, body, {at_ms, head.samples});
}

void ReadNumbers(const ValueHead& head, std::span<int64_t> numbers, double* values) {
  if (head.step != 1) {
    for (int64_t& number : numbers)
      number =
          static_cast<int64_t>(static_cast<uint64_t>(number) * static_cast<uint64_t>(head.step) +
                               static_cast<uint64_t>(head.offset));
  }
  ToDoubles(head.scaling, numbers, values);
}

// The last values. `last`: the last number of their column, where it is known.
bool ReadValues(const ChunkHead& head, std::optional<int64_t> last, ByteReader& reader,
                std::span<double> values) {
  ByteReader exceptions(head.exceptions ? reader.String() : std::string_view());
  if (reader.failed()) return false;
  const ColumnHead& column = head.values.column;
  if (column.form == Form::kNone && column.transform == Transform::kPlain) {
    std::fill(values.begin(), values.end(), ValueOf(head.values, column.start.origin));
  } else {
    std::array<int64_t, kMaxChunkSamples> space;
    const std::span<int64_t> numbers(space.data(), values.size());
    if (!DecodeColumnEnd(column, reader.Rest(), head.samples, last, numbers)) return false;
    ReadNumbers(head.values, numbers, values.data());
  }
  if (head.exceptions) ReadExceptions(exceptions, head.samples, values);
  return !exceptions.failed();
}

// All times, unless `at_ms` is null, and the last values.
Status DecodeSamples(std::string_view bytes, int64_t* at_ms, std::span<double> values) {
  ByteReader reader(bytes);
  const ChunkHead head = ReadChunkHead(reader);
  std::optional<int64_t> last;
  if (!reader.failed() && head.summary) last = ReadLastNumber(head.values, head.exceptions, reader);
  if (reader.failed() || values.empty() || values.size() > head.samples ||
      !ReadTimes(head, reader, at_ms) || !ReadValues(head, last, reader, values))
    return DamagedChunk();
  return {};
}

// The summary, save for the times where those are apart.
Result<ChunkSummary> ReadSummaryOf(std::string_view bytes, bool times_apart) {
  ByteReader reader(bytes);
  const ChunkHead head = ReadChunkHead(reader);
  if (reader.failed() || head.times_apart != times_apart) return DamagedChunk();
  ChunkSummary summary;
  if (head.summary) {
    summary = ReadSummary(head.values, reader);
    if (reader.failed()) return DamagedChunk();
  } else {
    std::array<double, kFewSamples> values;
    if (head.samples > kFewSamples) return DamagedChunk();
    HN_TRY_VOID(DecodeSamples(bytes, nullptr, {values.data(), head.samples}));
    SummariseValues({values.data(), head.samples}, summary);
  }
  summary.first_ms = head.times.first_ms();
  summary.last_ms = head.times.last_ms;
  return summary;
}

void EncodeSamples(std::span<const int64_t> at_ms, std::span<const double> values, std::string& out,
                   Effort effort, bool times_apart) {
  const Forms forms = effort == Effort::kFast ? Forms::kFast : Forms::kAll;
  const ScaledValues scaled = ScaleValues(values, effort);
  const EncodedColumn numbers = EncodeColumn(scaled.numbers, forms);
  const auto samples = static_cast<uint32_t>(values.size());
  ChunkHead head;
  head.summary = samples > kFewSamples;
  head.exceptions = !scaled.exceptions.empty();
  head.values = {samples, scaled.scaling, scaled.step, scaled.offset, numbers.head};

  ByteWriter writer(out);
  writer.Byte(static_cast<uint8_t>(kFloatSamples | (head.summary ? kHasSummary : 0) |
                                   (times_apart ? kTimesApart : 0)));
  writer.Varint(samples);
  EncodedColumn times;
  if (!times_apart) {
    times = EncodeColumn(at_ms, forms);
    WriteTimesHead(times.head, at_ms, writer);
  }
  WriteValueHead(head, writer);
  if (head.summary) WriteSummary(Summarise(at_ms, values), head.values, scaled, writer);
  if (times.head.form != Form::kNone) writer.String(times.body);
  if (head.exceptions) {
    std::string exceptions;
    WriteExceptions(scaled.exceptions, values, forms, exceptions);
    writer.String(exceptions);
  }
  out += numbers.body;
}

}  // namespace
}  // namespace codec

void EncodeChunk(std::span<const int64_t> at_ms, std::span<const double> values, std::string& out,
                 Effort effort) {
  codec::EncodeSamples(at_ms, values, out, effort, false);
}

void EncodeChunkApart(std::span<const int64_t> at_ms, std::span<const double> values,
                      std::string& out, Effort effort) {
  codec::EncodeSamples(at_ms, values, out, effort, true);
}

Result<ChunkShape> ReadChunkShape(std::string_view bytes) {
  ByteReader reader(bytes);
  const codec::ChunkHead head = codec::ReadChunkKind(reader);
  if (reader.failed()) return codec::DamagedChunk();
  return ChunkShape{head.samples, head.times_apart};
}

Result<ChunkSummary> ReadChunkSummary(std::string_view bytes) {
  return codec::ReadSummaryOf(bytes, false);
}

Result<ChunkSummary> ReadChunkSummary(std::string_view bytes, std::string_view times) {
  HN_TRY(ChunkSummary summary, codec::ReadSummaryOf(bytes, true));
  ByteReader reader(times);
  const uint64_t count = reader.Varint();
  const codec::TimesHead head = codec::ReadTimesHead(reader, count);
  if (reader.failed() || count != summary.samples) return codec::DamagedChunk();
  summary.first_ms = head.first_ms();
  summary.last_ms = head.last_ms;
  return summary;
}

Status DecodeChunk(std::string_view bytes, int64_t* at_ms, double* values) {
  HN_TRY(const ChunkShape shape, ReadChunkShape(bytes));
  return codec::DecodeSamples(bytes, at_ms, {values, shape.samples});
}

Status DecodeChunkValues(std::string_view bytes, std::span<double> values) {
  return codec::DecodeSamples(bytes, nullptr, values);
}

Status DecodeChunkTimes(std::string_view bytes, std::span<int64_t> at_ms) {
  ByteReader reader(bytes);
  const codec::ChunkHead head = codec::ReadChunkHead(reader);
  if (!reader.failed() && head.summary) codec::ReadLastNumber(head.values, head.exceptions, reader);
  if (reader.failed() || head.samples != at_ms.size() ||
      !codec::ReadTimes(head, reader, at_ms.data()))
    return codec::DamagedChunk();
  return {};
}

void EncodeTimes(std::span<const int64_t> at_ms, std::string& out, Effort effort) {
  const codec::EncodedColumn times = codec::EncodeColumn(
      at_ms, effort == Effort::kFast ? codec::Forms::kFast : codec::Forms::kAll);
  ByteWriter writer(out);
  writer.Varint(at_ms.size());
  codec::WriteTimesHead(times.head, at_ms, writer);
  out += times.body;
}

Status DecodeTimes(std::string_view bytes, std::span<int64_t> at_ms) {
  ByteReader reader(bytes);
  if (at_ms.empty() || at_ms.size() > kMaxChunkSamples || reader.Varint() != at_ms.size())
    return codec::DamagedChunk();
  const codec::TimesHead head = codec::ReadTimesHead(reader, at_ms.size());
  if (reader.failed() || !codec::DecodeColumn(head.column, reader.Rest(), at_ms))
    return codec::DamagedChunk();
  return {};
}

}  // namespace hinomi::metrics
