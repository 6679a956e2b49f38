#include "metrics/impl/write_request.h"

#include <bit>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "metrics/impl/histogram_wire.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

/// Labels in any form that protobuf allows.
std::vector<Labels::Pair> ReadLabels(std::string_view bytes) {
  std::vector<Labels::Pair> pairs;
  pbf_reader series(bytes.data(), bytes.size());
  while (series.next(1)) {
    pbf_reader message = series.get_message();
    Labels::Pair& pair = pairs.emplace_back();
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          pair.first = message.get_string();
          break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
          pair.second = message.get_string();
          break;
        default:
          message.skip();
      }
    }
  }
  return pairs;
}

/// Whether they are in their form already, as nearly all senders write them, with nothing to
/// refuse. Not the shortest form of a length makes the reader fail.
bool AreInForm(const RemoteWriteLimits& limits, std::string_view bytes) {
  size_t count = 0;
  bool named = false;
  std::string_view last;
  LabelBytesReader reader(bytes);
  while (const auto label = reader.Next()) {
    const auto& [name, value] = *label;
    const bool good = ++count <= limits.max_labels_per_series && name > last && !value.empty() &&
                      name.size() <= limits.max_label_bytes &&
                      value.size() <= limits.max_label_bytes && IsValidUtf8(name) &&
                      IsValidUtf8(value);
    if (!good) return false;
    named |= name == "__name__";
    last = name;
  }
  return named && !reader.failed();
}

}  // namespace

Error MalformedWrite(const protozero::exception& broken) {
  return InvalidArgument(std::string("the remote write message is malformed: ") + broken.what());
}

Result<std::string> CanonicalWriteLabels(const RemoteWriteLimits& limits, std::string_view bytes) {
  if (AreInForm(limits, bytes)) return std::string(bytes);
  std::vector<Labels::Pair> pairs;
  LabelBytesReader reader(bytes);
  while (const auto label = reader.Next()) pairs.emplace_back(label->name, label->value);
  if (reader.failed()) {
    try {
      pairs = ReadLabels(bytes);
    } catch (const protozero::exception& broken) {
      return MalformedWrite(broken);
    }
  }
  const auto refuse = [&](std::string_view why) {
    const std::string series = Labels(pairs).ToString();
    std::string message = "the series ";
    message += IsValidUtf8(series) ? series.substr(0, 400) : "(not UTF-8)";
    message += ' ';
    message += why;
    return InvalidArgument(std::move(message));
  };
  if (pairs.size() > limits.max_labels_per_series)
    return refuse("has more than " + std::to_string(limits.max_labels_per_series) + " labels");
  bool named = false;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& [name, value] = pairs[i];
    if (name.empty()) return refuse("has a label without a name");
    if (name.size() > limits.max_label_bytes || value.size() > limits.max_label_bytes)
      return refuse("has a label of more than " + std::to_string(limits.max_label_bytes) +
                    " bytes");
    if (!IsValidUtf8(name) || !IsValidUtf8(value)) return refuse("has a label that is not UTF-8");
    if (i > 0 && pairs[i - 1].first == name) return refuse("has the label " + name + " twice");
    if (i > 0 && pairs[i - 1].first > name)
      return refuse("has unsorted labels: " + name + " comes after " + pairs[i - 1].first);
    named |= name == "__name__" && !value.empty();
  }
  if (!named) return refuse("has no name (label __name__)");
  return LabelBytesOf(Labels(std::move(pairs)));
}

std::string WriteSeriesName(std::string_view label_bytes) {
  const std::string name = Labels(ReadLabels(label_bytes)).ToString();
  return IsValidUtf8(name) ? name : "(not UTF-8)";
}

MetricType WriteMetricType(int32_t type) {
  switch (type) {
    case 1:
      return MetricType::kCounter;
    case 2:
      return MetricType::kGauge;
    case 3:
      return MetricType::kHistogram;
    case 4:
      return MetricType::kGaugeHistogram;
    case 5:
      return MetricType::kSummary;
    case 6:
      return MetricType::kInfo;
    case 7:
      return MetricType::kStateset;
    default:
      return MetricType::kUnknown;
  }
}

Sample ReadWriteSample(pbf_reader message) {
  Sample sample;
  while (message.next()) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, pbf_wire_type::fixed64):
        sample.value = std::bit_cast<double>(message.get_fixed64());
        break;
      case tag_and_type(2, pbf_wire_type::varint):
        sample.at_ms = message.get_int64();
        break;
      default:
        message.skip();
    }
  }
  return sample;
}

void TakeWriteHistogram(std::string_view label_bytes, pbf_reader message, RemoteWriteBatch& batch) {
  const WriteHistogram read = ReadWriteHistogram(message);
  auto histogram = FromWire(read.wire);
  if (!histogram) {
    if (batch.refused_histograms++ == 0)
      batch.refused_why = WriteSeriesName(label_bytes) + ": " + histogram.error().message;
    return;
  }
  constexpr size_t kPartsOfAll = 16;  // What it takes in memory without any buckets.
  batch.histogram_parts += kPartsOfAll + histogram->positive.size() + histogram->negative.size() +
                           histogram->custom_values.size();
  batch.raw.histograms.push_back(
      {label_bytes, read.at_ms, std::make_shared<const NativeHistogram>(*std::move(histogram))});
}

Error TooManyWriteSamples(const RemoteWriteLimits& limits) {
  return Exhausted("more than " + std::to_string(limits.max_samples) +
                   " samples in one request; send smaller ones");
}

Status CheckWriteSize(const RemoteWriteBatch& batch, const RemoteWriteLimits& limits) {
  if (batch.raw.samples.size() + batch.histogram_parts <= limits.max_samples) return {};
  return TooManyWriteSamples(limits);
}

RemoteWriteBatch FinishedWrite(RemoteWriteBatch batch, const RemoteWriteLimits& limits) {
  batch.samples = batch.raw.samples.size() + batch.raw.histograms.size();
  batch.raw.sender = "remote_write";
  batch.raw.canonical = [limits](std::string_view label_bytes) {
    return CanonicalWriteLabels(limits, label_bytes);
  };
  return batch;
}

}  // namespace hinomi::metrics
