#ifndef HINOMI_METRICS_TSDB_CODEC_SUMMARY_H_
#define HINOMI_METRICS_TSDB_CODEC_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/codec/choice.h"
#include "metrics/tsdb/codec/column.h"

namespace hinomi::metrics::codec {

/// What the head of a chunk says of its values already: most of a summary is
/// written as its distance from that.
struct ValueHead {
  uint32_t samples = 0;
  Scaling scaling;
  int64_t step = 1;
  int64_t offset = 0;
  ColumnHead column;
};

/// What a number of the column of values stands for.
double ValueOf(const ValueHead& head, int64_t number);

/// Writes all but the count of the samples and the times.
void WriteSummary(const ChunkSummary& summary, const ValueHead& head, const ScaledValues& scaled,
                  ByteWriter& writer);

/// The summary that was written, bit for bit, save for the times. Damage makes `reader` fail, or
/// gives another summary.
ChunkSummary ReadSummary(const ValueHead& head, ByteReader& reader);

/// Goes over a summary. Returns the last number of the column of values where the summary
/// tells it; `exceptions`: the chunk has some.
std::optional<int64_t> ReadLastNumber(const ValueHead& head, bool exceptions, ByteReader& reader);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_SUMMARY_H_
