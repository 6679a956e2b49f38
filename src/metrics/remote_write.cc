#include "metrics/remote_write.h"

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/strings.h"
#include "metrics/impl/snappy_body.h"
#include "metrics/impl/write_request.h"
#include "metrics/tsdb/label_bytes.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

std::string_view ToView(const protozero::data_view& view) {
  return {view.data(), view.size()};
}

// Field 1 of prompb.TimeSeries, length-delimited.
constexpr char kLabelTag = '\x0A';

/// Field numbers are those of prompb/remote.proto and types.proto. Fields that
/// are unknown, or of another wire type, are skipped as protobuf asks.
class RequestDecoder {
 public:
  explicit RequestDecoder(const RemoteWriteLimits& limits) : limits_(limits) {}

  Result<RemoteWriteBatch> Decode(std::string bytes) {
    batch_.message = std::make_shared<const std::string>(std::move(bytes));
    pbf_reader message(batch_.message->data(), batch_.message->size());
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          HN_TRY_VOID(Series(message.get_view()));
          break;
        case tag_and_type(3, pbf_wire_type::length_delimited):
          ReadMetadata(message.get_message());
          break;
        default:
          message.skip();
      }
    }
    return FinishedWrite(std::move(batch_), limits_);
  }

 private:
  Status Series(const protozero::data_view& bytes) {
    RawBatch& raw = batch_.raw;
    RawBatch::Series series;
    series.first = static_cast<uint32_t>(raw.samples.size());
    // Every sender writes the labels first. They are stepped over, not read.
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end && *at == kLabelTag) {
      const char* next = at + 1;
      const uint64_t length = protozero::decode_varint(&next, end);
      if (length > static_cast<uint64_t>(end - next)) throw protozero::end_of_buffer_exception();
      at = next + length;
    }
    series.label_bytes = {bytes.data(), static_cast<size_t>(at - bytes.data())};
    pbf_reader rest(at, static_cast<size_t>(end - at));
    std::string gathered;
    std::vector<pbf_reader> exemplars;
    std::vector<pbf_reader> histograms;
    while (rest.next()) {
      switch (rest.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited): {
          // A label behind a sample: allowed, though nobody writes it so.
          if (gathered.empty()) gathered = series.label_bytes;
          const auto label = rest.get_view();
          protozero::pbf_writer(gathered).add_message(1, label.data(), label.size());
          break;
        }
        case tag_and_type(2, pbf_wire_type::length_delimited):
          raw.samples.push_back(ReadWriteSample(rest.get_message()));
          break;
        case tag_and_type(3, pbf_wire_type::length_delimited):
          exemplars.push_back(rest.get_message());
          break;
        case tag_and_type(4, pbf_wire_type::length_delimited):
          histograms.push_back(rest.get_message());
          if (histograms.size() > limits_.max_samples) return TooManyWriteSamples(limits_);
          break;
        default:
          rest.skip();
      }
    }
    if (!gathered.empty()) {
      batch_.gathered.push_back(std::move(gathered));
      series.label_bytes = batch_.gathered.back();
    }
    series.count = static_cast<uint32_t>(raw.samples.size()) - series.first;
    for (const pbf_reader& histogram : histograms)
      TakeWriteHistogram(series.label_bytes, histogram, batch_);
    HN_TRY_VOID(CheckWriteSize(batch_, limits_));
    if (series.count > 0) raw.series.push_back(series);
    for (const pbf_reader& exemplar : exemplars) ReadExemplar(series.label_bytes, exemplar);
    return {};
  }

  void ReadExemplar(std::string_view series, pbf_reader message) {
    RawBatch::Exemplar exemplar;
    exemplar.series = series;
    std::string labels;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited): {
          const auto label = message.get_view();
          protozero::pbf_writer(labels).add_message(1, label.data(), label.size());
          break;
        }
        case tag_and_type(2, pbf_wire_type::fixed64):
          exemplar.sample.value = std::bit_cast<double>(message.get_fixed64());
          break;
        case tag_and_type(3, pbf_wire_type::varint):
          exemplar.sample.at_ms = message.get_int64();
          break;
        default:
          message.skip();
      }
    }
    batch_.gathered.push_back(std::move(labels));
    exemplar.labels = batch_.gathered.back();
    batch_.raw.exemplars.push_back(exemplar);
  }

  void ReadMetadata(pbf_reader message) {
    std::string name;
    Metadata metadata;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::varint):
          metadata.type = WriteMetricType(message.get_int32());
          break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
          name = ToView(message.get_view());
          break;
        case tag_and_type(4, pbf_wire_type::length_delimited):
          metadata.help = ToView(message.get_view());
          break;
        case tag_and_type(5, pbf_wire_type::length_delimited):
          metadata.unit = ToView(message.get_view());
          break;
        default:
          message.skip();
      }
    }
    const bool readable =
        IsValidUtf8(name) && IsValidUtf8(metadata.help) && IsValidUtf8(metadata.unit);
    if (!name.empty() && readable) batch_.metadata.emplace_back(std::move(name), metadata);
  }

  const RemoteWriteLimits& limits_;
  RemoteWriteBatch batch_;
};

void Tell(RemoteWriteRefusal* out, RemoteWriteRefusal refusal) {
  if (out != nullptr) *out = refusal;
}

}  // namespace

std::string_view RemoteWriteRefusalName(RemoteWriteRefusal refusal) {
  switch (refusal) {
    case RemoteWriteRefusal::kNone:
      return "none";
    case RemoteWriteRefusal::kTooLarge:
      return "too_large";
    case RemoteWriteRefusal::kSnappy:
      return "snappy";
    case RemoteWriteRefusal::kProtobuf:
      return "protobuf";
    case RemoteWriteRefusal::kLabels:
      return "labels";
    case RemoteWriteRefusal::kStorage:
      return "storage";
  }
  return "none";
}

Result<RemoteWriteBatch> DecodeWriteRequest(std::string message, const RemoteWriteLimits& limits,
                                            RemoteWriteRefusal* refusal,
                                            RemoteWriteVersion version) {
  Tell(refusal, RemoteWriteRefusal::kNone);
  try {
    auto batch = version == RemoteWriteVersion::k1
                     ? RequestDecoder(limits).Decode(std::move(message))
                     : DecodeSymbolWriteRequest(std::move(message), limits);
    if (!batch)
      Tell(refusal, batch.error().code == ErrorCode::kExhausted ? RemoteWriteRefusal::kTooLarge
                                                                : RemoteWriteRefusal::kProtobuf);
    return batch;
  } catch (const protozero::exception& broken) {
    Tell(refusal, RemoteWriteRefusal::kProtobuf);
    return MalformedWrite(broken);
  }
}

Result<RemoteWriteBatch> DecodeRemoteWrite(std::string_view body, const RemoteWriteLimits& limits,
                                           RemoteWriteRefusal* refusal,
                                           RemoteWriteVersion version) {
  auto message = UnpackSnappy("remote write", body, limits.max_compressed_bytes,
                              limits.max_decompressed_bytes);
  if (message) return DecodeWriteRequest(*std::move(message), limits, refusal, version);
  const bool too_large = message.error().code == ErrorCode::kExhausted;
  Tell(refusal, too_large ? RemoteWriteRefusal::kTooLarge : RemoteWriteRefusal::kSnappy);
  return message.error();
}

RemoteWriteReceiver::RemoteWriteReceiver(Appender& appender, Telemetry& telemetry,
                                         RemoteWriteLimits limits)
    : appender_(appender), telemetry_(telemetry), limits_(limits) {}

Status RemoteWriteReceiver::Write(std::string_view body, RemoteWriteVersion version,
                                  RemoteWritten* written) {
  if (written != nullptr) *written = {};
  RemoteWriteRefusal refusal = RemoteWriteRefusal::kNone;
  const auto batch = DecodeRemoteWrite(body, limits_, &refusal, version);
  Status status = batch ? appender_.AppendRaw(batch->raw) : Status(batch.error());
  if (batch && !status)
    refusal = status.error().code == ErrorCode::kInvalidArgument ? RemoteWriteRefusal::kLabels
                                                                 : RemoteWriteRefusal::kStorage;
  if (!status) {
    telemetry_
        .Counter("hinomi_remote_write_rejected_total",
                 {{"reason", std::string(RemoteWriteRefusalName(refusal))}})
        .Add();
    return status;
  }
  if (written != nullptr)
    *written = {batch->raw.samples.size(), batch->raw.histograms.size(),
                batch->raw.exemplars.size()};
  for (const auto& [metric, metadata] : batch->metadata) appender_.SetMetadata(metric, metadata);
  telemetry_.Counter("hinomi_remote_write_samples_total").Add(static_cast<double>(batch->samples));
  const auto count_skipped = [&](const char* kind, size_t count) {
    if (count == 0) return;
    telemetry_.Counter("hinomi_remote_write_skipped_total", {{"kind", kind}})
        .Add(static_cast<double>(count));
  };
  count_skipped("histogram", batch->refused_histograms);
  if (batch->refused_histograms == 0) return {};
  return InvalidArgument(std::to_string(batch->refused_histograms) +
                         " native histograms were left out, everything else is stored; the first "
                         "of them is of " +
                         batch->refused_why);
}

}  // namespace hinomi::metrics
