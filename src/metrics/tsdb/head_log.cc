#include "metrics/tsdb/head_log.h"

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/log_values.h"

namespace hinomi::metrics {
namespace {

constexpr uint8_t kMetadataPart = 2;
constexpr uint8_t kSamplesPart = 3;
// No record is longer (kWalMaxRecordBytes), so no honest count is higher.
constexpr uint64_t kMostLogged = 64u << 20;

/// Calls `run(first, length)` for each run of values that grow by `step`.
template <typename T, typename Run>
void EachRun(std::span<const T> values, T step, Run run) {
  for (size_t begin = 0; begin < values.size();) {
    size_t end = begin + 1;
    while (end < values.size() && values[end] == static_cast<T>(values[end - 1] + step)) ++end;
    run(values[begin], end - begin);
    begin = end;
  }
}

int64_t Difference(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t Added(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

bool ReadIds(ByteReader& in, size_t count, std::vector<SeriesId>& ids) {
  int64_t expected = 0;
  while (ids.size() < count) {
    const int64_t first = Added(expected, in.Zigzag());
    const uint64_t length = in.Varint();
    if (in.failed() || length == 0 || length > count - ids.size()) return false;
    if (first < 0 || first >= kNoSeries || length > static_cast<uint64_t>(kNoSeries - first))
      return false;
    for (uint64_t i = 0; i < length; ++i)
      ids.push_back(static_cast<SeriesId>(static_cast<uint64_t>(first) + i));
    expected = first + static_cast<int64_t>(length);
  }
  return true;
}

bool ReadTimes(ByteReader& in, size_t count, std::vector<int64_t>& at_ms) {
  int64_t last = 0;
  while (at_ms.size() < count) {
    last = Added(last, in.Zigzag());
    const uint64_t length = in.Varint();
    if (in.failed() || length == 0 || length > count - at_ms.size()) return false;
    at_ms.insert(at_ms.end(), length, last);
  }
  return true;
}

bool ReadSamples(ByteReader& in, LoggedSamples& samples) {
  const uint64_t more = in.Varint();
  // Each sample has a byte of value: a count beyond that lies.
  if (in.failed() || more == 0 || more > in.remaining() || more > kMostLogged) return false;
  LoggedSamples part;
  part.ids.reserve(more);
  part.at_ms.reserve(more);
  if (!ReadIds(in, more, part.ids) || !ReadTimes(in, more, part.at_ms)) return false;
  const size_t before = samples.values.size();
  samples.values.resize(before + more);
  ReadLogValues(in, std::span(samples.values).last(more));
  if (in.failed()) return false;
  samples.ids.insert(samples.ids.end(), part.ids.begin(), part.ids.end());
  samples.at_ms.insert(samples.at_ms.end(), part.at_ms.begin(), part.at_ms.end());
  return true;
}

bool ReadMetadata(ByteReader& in, std::pair<std::string, Metadata>& out) {
  out.first = in.String();
  const uint8_t type = in.Byte();
  out.second.help = in.String();
  out.second.unit = in.String();
  if (in.failed() || type > static_cast<uint8_t>(MetricType::kGaugeHistogram)) return false;
  out.second.type = static_cast<MetricType>(type);
  return true;
}

}  // namespace

void AppendSamplesPayload(std::span<const SeriesId> ids, std::span<const int64_t> at_ms,
                          std::span<const double> values, std::string& out) {
  ByteWriter writer(out);
  writer.Byte(kSamplesPart);
  writer.Varint(ids.size());
  int64_t expected = 0;
  EachRun<SeriesId>(ids, 1, [&](SeriesId first, size_t length) {
    writer.Zigzag(int64_t{first} - expected);
    writer.Varint(length);
    expected = int64_t{first} + static_cast<int64_t>(length);
  });
  int64_t last = 0;
  EachRun<int64_t>(at_ms, 0, [&](int64_t at, size_t length) {
    writer.Zigzag(Difference(at, last));
    writer.Varint(length);
    last = at;
  });
  AppendLogValues(values, out);
}

void AppendMetadataPayload(const std::string& metric, const Metadata& metadata, std::string& out) {
  ByteWriter writer(out);
  writer.Byte(kMetadataPart);
  writer.String(metric);
  writer.Byte(static_cast<uint8_t>(metadata.type));
  writer.String(metadata.help);
  writer.String(metadata.unit);
}

Status ReadBatchPayload(std::string_view payload, LoggedBatch& batch) {
  batch.samples.Clear();
  batch.metadata.clear();
  ByteReader in(payload);
  while (in.remaining() > 0) {
    const uint8_t kind = in.Byte();
    const bool good = kind == kSamplesPart ? ReadSamples(in, batch.samples)
                                           : kind == kMetadataPart &&
                                                 ReadMetadata(in, batch.metadata.emplace_back());
    if (!good) return Corrupt("a record of the samples' log has an unknown form");
  }
  return {};
}

void SeriesPayload::Add(SeriesId id) {
  ByteWriter out(payload_);
  out.Varint(id - next_);
  next_ = id + 1;
  const std::span<const LabelPool::Pair> pairs = table_.PairsOf(id);
  out.Varint(pairs.size());
  for (const LabelPool::Pair pair : pairs) {
    const auto [at, fresh] = written_.try_emplace(pair, written_.size() + 1);
    out.Varint(fresh ? 0 : at->second);
    if (fresh) out.String(table_.labels().Bytes(pair));
  }
}

std::string SeriesPayload::Take() {
  next_ = 0;
  written_.clear();
  return std::exchange(payload_, {});
}

namespace {

/// A label that a record has written out.
struct KnownLabel {
  std::string_view name;
  LabelPool::Pair pair;
};

std::optional<KnownLabel> ReadLabel(ByteReader& in, LabelPool& pool) {
  const std::string_view message = in.String();
  LabelBytesReader reader(message);
  const auto label = reader.Next();
  if (in.failed() || !label || reader.left() > 0 || label->name.empty() || label->value.empty())
    return std::nullopt;
  return KnownLabel{label->name, pool.Intern(message)};
}

}  // namespace

Status ReadSeriesPayload(std::string_view payload, SeriesTable& table) {
  const Error damaged = Corrupt("a record of the series' log has an unknown form");
  std::vector<KnownLabel> labels;
  std::vector<LabelPool::Pair> pairs;
  ByteReader in(payload);
  uint64_t next = 0;
  while (in.remaining() > 0) {
    next += in.Varint();
    const uint64_t count = in.Varint();
    if (in.failed() || next >= kNoSeries || count == 0 || count > in.remaining()) return damaged;
    pairs.clear();
    std::string_view last_name;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t known = in.Varint();
      if (in.failed() || known > labels.size()) return damaged;
      if (known == 0) {
        const auto label = ReadLabel(in, table.labels());
        if (!label) return damaged;
        labels.push_back(*label);
        known = labels.size();
      }
      const KnownLabel& label = labels[known - 1];
      if (i > 0 && label.name <= last_name) return damaged;
      last_name = label.name;
      pairs.push_back(label.pair);
    }
    if (next < table.next_id() || next - table.next_id() > kMostIdsLeftOut) return damaged;
    table.CreateAs(static_cast<SeriesId>(next++), pairs);
  }
  return {};
}

}  // namespace hinomi::metrics
