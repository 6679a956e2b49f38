// What goes back: prometheus.ReadResponse and prometheus.ChunkedReadResponse.
#include <snappy.h>

#include <algorithm>
#include <bit>
#include <protozero/pbf_writer.hpp>
#include <span>

#include "base/digest.h"
#include "metrics/remote_read.h"
#include "metrics/xor_chunk.h"

namespace hinomi::metrics {
namespace {

using PbfWriter = protozero::pbf_writer;

constexpr int32_t kXorEncoding = 1;  // prompb.Chunk.Encoding

void AddLabels(PbfWriter& series, const Labels& labels) {
  for (const auto& [name, value] : labels.pairs()) {
    PbfWriter label(series, 1);
    label.add_string(1, name);
    label.add_string(2, value);
  }
}

bool IsFloat(const SeriesColumns& series, size_t i) {
  return series.histograms.empty() || series.histograms[i] == nullptr;
}

/// The floats of a series, without a copy where there is nothing else.
class Floats {
 public:
  explicit Floats(const SeriesColumns& series) : at_ms_(series.at_ms), values_(series.values) {
    if (series.histograms.empty()) return;
    for (size_t i = 0; i < series.at_ms.size(); ++i) {
      if (!IsFloat(series, i)) continue;
      own_at_ms_.push_back(series.at_ms[i]);
      own_values_.push_back(series.values[i]);
    }
    at_ms_ = own_at_ms_;
    values_ = own_values_;
  }
  std::span<const int64_t> at_ms() const { return at_ms_; }
  std::span<const double> values() const { return values_; }

 private:
  std::vector<int64_t> own_at_ms_;
  std::vector<double> own_values_;
  std::span<const int64_t> at_ms_;
  std::span<const double> values_;
};

std::string ChunkMessage(std::span<const int64_t> at_ms, std::span<const double> values) {
  std::string out;
  PbfWriter chunk(out);
  chunk.add_int64(1, at_ms.front());
  chunk.add_int64(2, at_ms.back());
  chunk.add_enum(3, kXorEncoding);
  chunk.add_bytes(4, EncodeXorChunk(at_ms, values));
  return out;
}

void AppendFrame(std::string& out, size_t query, const Labels& labels,
                 std::span<const std::string> chunks) {
  std::string message;
  PbfWriter response(message);
  {
    PbfWriter series(response, 1);
    AddLabels(series, labels);
    for (const std::string& chunk : chunks) series.add_message(2, chunk);
  }
  response.add_int64(2, static_cast<int64_t>(query));
  protozero::write_varint(std::back_inserter(out), message.size());
  const uint32_t crc = Crc32c(message);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(crc >> shift & 0xFF);
  out += message;
}

}  // namespace

void AppendReadResult(std::string& response, const std::vector<SeriesColumns>& series) {
  PbfWriter out(response);
  // Results are told apart by their order; a writer leaves out a message without content.
  if (series.empty()) return out.add_message(1, std::string());
  PbfWriter result(out, 1);
  for (const SeriesColumns& one : series) {
    PbfWriter message(result, 1);
    AddLabels(message, one.labels);
    for (size_t i = 0; i < one.at_ms.size(); ++i) {
      if (!IsFloat(one, i)) continue;
      PbfWriter sample(message, 2);
      sample.add_double(1, one.values[i]);
      sample.add_int64(2, one.at_ms[i]);
    }
  }
}

std::string PackReadResponse(std::string_view response) {
  std::string packed;
  snappy::Compress(response.data(), response.size(), &packed);
  return packed;
}

void AppendReadFrames(std::string& out, size_t query, const SeriesColumns& series,
                      size_t frame_bytes) {
  const Floats floats(series);
  std::vector<std::string> chunks;
  size_t bytes = 0;
  for (size_t first = 0; first < floats.at_ms().size(); first += kSamplesInReadChunk) {
    const size_t count = std::min(kSamplesInReadChunk, floats.at_ms().size() - first);
    chunks.push_back(
        ChunkMessage(floats.at_ms().subspan(first, count), floats.values().subspan(first, count)));
    bytes += chunks.back().size();
    if (bytes < frame_bytes) continue;
    AppendFrame(out, query, series.labels, chunks);
    chunks.clear();
    bytes = 0;
  }
  if (!chunks.empty()) AppendFrame(out, query, series.labels, chunks);
}

}  // namespace hinomi::metrics
