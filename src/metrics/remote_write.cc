#include "metrics/remote_write.h"

#include <snappy.h>

#include <protozero/pbf_reader.hpp>

#include "base/strings.h"

namespace hinomi::metrics {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

std::string_view ToView(const protozero::data_view& view) {
  return {view.data(), view.size()};
}

MetricType TypeFromWire(int32_t type) {
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

/// Field numbers are those of prompb/remote.proto and types.proto. Fields that
/// are unknown, or of another wire type, are skipped as protobuf asks.
class RequestDecoder {
 public:
  explicit RequestDecoder(const RemoteWriteLimits& limits) : limits_(limits) {}

  Result<RemoteWriteBatch> Decode(std::string_view bytes) {
    pbf_reader message(bytes.data(), bytes.size());
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          HN_TRY_VOID(Series(message.get_message()));
          break;
        case tag_and_type(3, pbf_wire_type::length_delimited):
          ReadMetadata(message.get_message());
          break;
        default:
          message.skip();
      }
    }
    return std::move(batch_);
  }

  RemoteWriteRefusal refusal() const { return refusal_; }

 private:
  Status Series(pbf_reader message) {
    std::vector<Labels::Pair> pairs;
    WriteSeries series;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          pairs.push_back(ReadLabel(message.get_message()));
          break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
          series.samples.push_back(ReadSample(message.get_message()));
          break;
        case tag_and_type(3, pbf_wire_type::length_delimited):
          ++batch_.skipped_exemplars;
          message.skip();
          break;
        case tag_and_type(4, pbf_wire_type::length_delimited):
          ++batch_.skipped_histograms;
          message.skip();
          break;
        default:
          message.skip();
      }
    }
    HN_TRY_VOID(CheckLabels(pairs));
    series.labels = Labels(std::move(pairs));
    batch_.samples += series.samples.size();
    if (batch_.samples > limits_.max_samples)
      return Refuse(RemoteWriteRefusal::kTooLarge,
                    Exhausted("more than " + std::to_string(limits_.max_samples) +
                              " samples in one request; send smaller ones"));
    if (!series.samples.empty()) batch_.series.push_back(std::move(series));
    return {};
  }

  static Labels::Pair ReadLabel(pbf_reader message) {
    Labels::Pair pair;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::length_delimited):
          pair.first = ToView(message.get_view());
          break;
        case tag_and_type(2, pbf_wire_type::length_delimited):
          pair.second = ToView(message.get_view());
          break;
        default:
          message.skip();
      }
    }
    return pair;
  }

  static Sample ReadSample(pbf_reader message) {
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

  void ReadMetadata(pbf_reader message) {
    std::string name;
    Metadata metadata;
    while (message.next()) {
      switch (message.tag_and_type()) {
        case tag_and_type(1, pbf_wire_type::varint):
          metadata.type = TypeFromWire(message.get_int32());
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

  Status CheckLabels(const std::vector<Labels::Pair>& pairs) {
    const auto refuse = [&](std::string_view why) {
      const std::string series = Labels(pairs).ToString();
      std::string message = "the series ";
      message += IsValidUtf8(series) ? series.substr(0, 400) : "(not UTF-8)";
      message += ' ';
      message += why;
      return Refuse(RemoteWriteRefusal::kLabels, InvalidArgument(std::move(message)));
    };
    if (pairs.size() > limits_.max_labels_per_series)
      return refuse("has more than " + std::to_string(limits_.max_labels_per_series) + " labels");
    bool named = false;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const auto& [name, value] = pairs[i];
      if (name.empty()) return refuse("has a label without a name");
      if (name.size() > limits_.max_label_bytes || value.size() > limits_.max_label_bytes)
        return refuse("has a label of more than " + std::to_string(limits_.max_label_bytes) +
                      " bytes");
      if (!IsValidUtf8(name) || !IsValidUtf8(value)) return refuse("has a label that is not UTF-8");
      if (i > 0 && pairs[i - 1].first == name) return refuse("has the label " + name + " twice");
      if (i > 0 && pairs[i - 1].first > name)
        return refuse("has unsorted labels: " + name + " comes after " + pairs[i - 1].first);
      named |= name == "__name__" && !value.empty();
    }
    return named ? Status() : Status(refuse("has no name (label __name__)"));
  }

  Error Refuse(RemoteWriteRefusal refusal, Error error) {
    refusal_ = refusal;
    return error;
  }

  const RemoteWriteLimits& limits_;
  RemoteWriteBatch batch_;
  RemoteWriteRefusal refusal_ = RemoteWriteRefusal::kNone;
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

Result<RemoteWriteBatch> DecodeWriteRequest(std::string_view message,
                                            const RemoteWriteLimits& limits,
                                            RemoteWriteRefusal* refusal) {
  RequestDecoder decoder(limits);
  try {
    auto batch = decoder.Decode(message);
    Tell(refusal, decoder.refusal());
    return batch;
  } catch (const protozero::exception& broken) {
    Tell(refusal, RemoteWriteRefusal::kProtobuf);
    return InvalidArgument(std::string("the remote write message is malformed: ") + broken.what());
  }
}

Result<RemoteWriteBatch> DecodeRemoteWrite(std::string_view body, const RemoteWriteLimits& limits,
                                           RemoteWriteRefusal* refusal) {
  Tell(refusal, RemoteWriteRefusal::kTooLarge);
  if (body.size() > limits.max_compressed_bytes)
    return Exhausted("the remote write body has " + std::to_string(body.size()) +
                     " bytes, the limit is " + std::to_string(limits.max_compressed_bytes));
  size_t length = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &length)) {
    Tell(refusal, RemoteWriteRefusal::kSnappy);
    return InvalidArgument("the remote write body is not snappy (block format)");
  }
  if (length > limits.max_decompressed_bytes)
    return Exhausted("the remote write body says that it unpacks to " + std::to_string(length) +
                     " bytes, the limit is " + std::to_string(limits.max_decompressed_bytes));
  // No honest snappy block is smaller than a 24th of its content (a copy of 64
  // bytes takes three): do not allocate for less.
  if (length / 24 > body.size()) {
    Tell(refusal, RemoteWriteRefusal::kSnappy);
    return InvalidArgument("the remote write body is cut, or lies about its length");
  }
  std::string message(length, '\0');
  if (!snappy::RawUncompress(body.data(), body.size(), message.data())) {
    Tell(refusal, RemoteWriteRefusal::kSnappy);
    return InvalidArgument("the remote write body is cut or damaged: snappy cannot unpack it");
  }
  return DecodeWriteRequest(message, limits, refusal);
}

RemoteWriteReceiver::RemoteWriteReceiver(Appender& appender, Telemetry& telemetry,
                                         RemoteWriteLimits limits)
    : appender_(appender), telemetry_(telemetry), limits_(limits) {}

Status RemoteWriteReceiver::Write(std::string_view body) {
  RemoteWriteRefusal refusal = RemoteWriteRefusal::kNone;
  const auto batch = DecodeRemoteWrite(body, limits_, &refusal);
  Status status = batch ? appender_.Append(batch->series) : Status(batch.error());
  if (batch && !status) refusal = RemoteWriteRefusal::kStorage;
  if (!status) {
    telemetry_
        .Counter("hinomi_remote_write_rejected_total", "Remote write requests refused.",
                 {{"reason", std::string(RemoteWriteRefusalName(refusal))}})
        .Add();
    return status;
  }
  for (const auto& [metric, metadata] : batch->metadata) appender_.SetMetadata(metric, metadata);
  telemetry_.Counter("hinomi_remote_write_samples_total", "Samples taken by remote write.")
      .Add(static_cast<double>(batch->samples));
  const auto count_skipped = [&](const char* kind, size_t count) {
    if (count == 0) return;
    telemetry_
        .Counter("hinomi_remote_write_skipped_total", "Parts of requests that are not stored.",
                 {{"kind", kind}})
        .Add(static_cast<double>(count));
  };
  count_skipped("exemplar", batch->skipped_exemplars);
  count_skipped("histogram", batch->skipped_histograms);
  return {};
}

}  // namespace hinomi::metrics
