#include <bit>
#include <protozero/pbf_reader.hpp>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "metrics/impl/write_request.h"
#include "metrics/remote_write.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// Far more texts than a request has series.
constexpr size_t kMostSymbols = 1'000'000;

constexpr auto kNestedField = pbf_wire_type::length_delimited;

/// A request of io.prometheus.write.v2: texts stand once, as symbols, and are referred to
/// by number.
class SymbolRequestDecoder {
 public:
  explicit SymbolRequestDecoder(const RemoteWriteLimits& limits) : limits_(limits) {}

  Result<RemoteWriteBatch> Decode(std::string bytes) {
    batch_.message = std::make_shared<const std::string>(std::move(bytes));
    pbf_reader symbols(batch_.message->data(), batch_.message->size());
    while (symbols.next(4, kNestedField)) {
      const auto symbol = symbols.get_view();
      symbols_.emplace_back(symbol.data(), symbol.size());
      if (symbols_.size() > kMostSymbols)
        return Exhausted("more than " + std::to_string(kMostSymbols) +
                         " symbols in one request; send smaller ones");
    }
    pbf_reader series(batch_.message->data(), batch_.message->size());
    while (series.next(5, kNestedField)) HN_TRY_VOID(Series(series.get_message()));
    return FinishedWrite(std::move(batch_), limits_);
  }

 private:
  using References = std::vector<uint32_t>;

  Status Series(pbf_reader message) {
    // The labels may stand behind what they are of.
    References references;
    for (pbf_reader labels = message; labels.next();) {
      if (labels.tag() == 1)
        HN_TRY_VOID(AddReferences(labels, references));
      else
        labels.skip();
    }
    HN_TRY(const std::string_view label_bytes, Gather(references));
    RawBatch& raw = batch_.raw;
    RawBatch::Series series;
    series.label_bytes = label_bytes;
    series.first = static_cast<uint32_t>(raw.samples.size());
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(2, kNestedField):
          raw.samples.push_back(ReadWriteSample(message.get_message()));
          break;
        case tag_and_type(3, kNestedField):
          TakeWriteHistogram(label_bytes, message.get_message(), batch_);
          break;
        case tag_and_type(4, kNestedField):
          HN_TRY_VOID(Exemplar(label_bytes, message.get_message()));
          break;
        case tag_and_type(5, kNestedField):
          HN_TRY_VOID(ReadMetadata(FindLabel(label_bytes, "__name__"), message.get_message()));
          break;
        default:
          message.skip();
      }
      HN_TRY_VOID(CheckWriteSize(batch_, limits_));
    }
    series.count = static_cast<uint32_t>(raw.samples.size()) - series.first;
    if (series.count > 0) raw.series.push_back(series);
    return {};
  }

  Status AddReferences(pbf_reader& message, References& references) const {
    const auto add = [&](uint32_t reference) {
      // One more than allowed is refused with the others.
      if (references.size() <= 2 * limits_.max_labels_per_series) references.push_back(reference);
    };
    if (message.wire_type() == kNestedField) {
      for (const uint32_t reference : message.get_packed_uint32()) add(reference);
    } else if (message.wire_type() == pbf_wire_type::varint) {
      add(message.get_uint32());
    } else {
      message.skip();
    }
    if (references.size() <= 2 * limits_.max_labels_per_series) return {};
    return InvalidArgument("a series has more than " +
                           std::to_string(limits_.max_labels_per_series) + " labels");
  }

  Result<std::string_view> Symbol(uint32_t reference) const {
    if (reference < symbols_.size()) return symbols_[reference];
    return InvalidArgument("the remote write message refers to symbol " +
                           std::to_string(reference) + " of " + std::to_string(symbols_.size()));
  }

  /// Label bytes, kept with the batch.
  Result<std::string_view> Gather(const References& references) {
    if (references.size() % 2 != 0)
      return InvalidArgument("a label of the remote write message has a name and no value");
    std::string label_bytes;
    for (size_t i = 0; i < references.size(); i += 2) {
      HN_TRY(const std::string_view name, Symbol(references[i]));
      HN_TRY(const std::string_view value, Symbol(references[i + 1]));
      if (name.size() > limits_.max_label_bytes || value.size() > limits_.max_label_bytes)
        return InvalidArgument("a label has more than " + std::to_string(limits_.max_label_bytes) +
                               " bytes");
      AppendLabel(name, value, label_bytes);
    }
    gathered_bytes_ += label_bytes.size();
    if (gathered_bytes_ > limits_.max_decompressed_bytes)
      return Exhausted("the labels of one request unpack to more than " +
                       std::to_string(limits_.max_decompressed_bytes) +
                       " bytes; send smaller ones");
    batch_.gathered.push_back(std::move(label_bytes));
    return std::string_view(batch_.gathered.back());
  }

  Status Exemplar(std::string_view series, pbf_reader message) {
    RawBatch::Exemplar exemplar;
    exemplar.series = series;
    References references;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(2, pbf_wire_type::fixed64):
          exemplar.sample.value = std::bit_cast<double>(message.get_fixed64());
          break;
        case tag_and_type(3, pbf_wire_type::varint):
          exemplar.sample.at_ms = message.get_int64();
          break;
        default:
          if (message.tag() == 1)
            HN_TRY_VOID(AddReferences(message, references));
          else
            message.skip();
      }
    }
    HN_TRY(exemplar.labels, Gather(references));
    if (batch_.raw.exemplars.size() >= limits_.max_samples) return TooManyWriteSamples(limits_);
    batch_.raw.exemplars.push_back(exemplar);
    return {};
  }

  Status ReadMetadata(std::string_view metric, pbf_reader message) {
    Metadata metadata;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::varint):
          metadata.type = WriteMetricType(message.get_enum());
          break;
        case tag_and_type(3, pbf_wire_type::varint): {
          HN_TRY(metadata.help, Symbol(message.get_uint32()));
          break;
        }
        case tag_and_type(4, pbf_wire_type::varint): {
          HN_TRY(metadata.unit, Symbol(message.get_uint32()));
          break;
        }
        default:
          message.skip();
      }
    }
    const bool says_something = metadata != Metadata();
    const bool readable =
        IsValidUtf8(metric) && IsValidUtf8(metadata.help) && IsValidUtf8(metadata.unit);
    // Each series of a metric repeats it.
    const bool is_new = batch_.metadata.empty() || batch_.metadata.back().first != metric ||
                        batch_.metadata.back().second != metadata;
    if (says_something && readable && is_new && !metric.empty())
      batch_.metadata.emplace_back(metric, std::move(metadata));
    return {};
  }

  const RemoteWriteLimits& limits_;
  std::vector<std::string_view> symbols_;
  size_t gathered_bytes_ = 0;
  RemoteWriteBatch batch_;
};

}  // namespace

Result<RemoteWriteBatch> DecodeSymbolWriteRequest(std::string message,
                                                  const RemoteWriteLimits& limits) {
  return SymbolRequestDecoder(limits).Decode(std::move(message));
}

}  // namespace hinomi::metrics
