#ifndef HINOMI_METRICS_TSDB_CHUNK_H_
#define HINOMI_METRICS_TSDB_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hinomi::metrics {

/// No chunk holds more samples.
inline constexpr size_t kMaxChunkSamples = 4096;

/// What can be said of a chunk's samples without decoding them. Staleness
/// marks count in `samples`, first_ms and last_ms only; everything else is over
/// the other values, in order.
struct ChunkSummary {
  uint32_t samples = 0;
  uint32_t values = 0;  ///< Without staleness marks.
  uint32_t resets = 0;  ///< Values smaller than the one before.
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  double first = 0;  ///< The first and the last value; 0 without any.
  double last = 0;
  double min = 0;  ///< As min_over_time would say; NaN only if all are.
  double max = 0;
  double sum = 0;  ///< Added up in order, so NaN if any is.
};

ChunkSummary Summarise(std::span<const int64_t> at_ms, std::span<const double> values);

/// What an encoding may cost: kFull tries everything, for what is to be kept;
/// kFast is for what will be written again before long.
enum class Effort { kFast, kFull };

/// Appends the samples (1 to kMaxChunkSamples, strictly ascending in time, one
/// time a value) with their summary to `out`. Every value comes back bit for
/// bit. Pure. The format: docs/formats/metrics-chunk.md.
void EncodeChunk(std::span<const int64_t> at_ms, std::span<const double> values, std::string& out,
                 Effort effort = Effort::kFull);

/// What is to be known of a chunk before it is decoded.
struct ChunkShape {
  uint32_t samples = 0;
  bool times_apart = false;  ///< It has values only.
};
/// Of the chunk that begins at `bytes`. kCorrupt.
Result<ChunkShape> ReadChunkShape(std::string_view bytes);

/// The summary of a chunk that begins at `bytes`; what is behind it does not
/// matter. Looks at the first 100 bytes or so only, save for chunks of a few
/// samples, which are decoded. kCorrupt.
Result<ChunkSummary> ReadChunkSummary(std::string_view bytes);

/// Writes the samples of the chunk that begins at `bytes` behind each other;
/// `at_ms` and `values` must have room for all of them (ReadChunkSummary).
/// kCorrupt, in which case anything may stand in them.
Status DecodeChunk(std::string_view bytes, int64_t* at_ms, double* values);

// The series of one target are sampled at the same moments. Whoever keeps them
// together can write the times once: a column of times, and chunks without.

/// Appends a column of 1 to kMaxChunkSamples times, strictly ascending.
void EncodeTimes(std::span<const int64_t> at_ms, std::string& out, Effort effort = Effort::kFull);

/// Fills `at_ms` with the column that begins at `bytes`. kCorrupt, also if it
/// is not as long.
Status DecodeTimes(std::string_view bytes, std::span<int64_t> at_ms);

/// As EncodeChunk, without the times: whoever reads must know where they are.
void EncodeChunkApart(std::span<const int64_t> at_ms, std::span<const double> values,
                      std::string& out, Effort effort = Effort::kFull);

/// As ReadChunkSummary, for a chunk without its times, which begin at `times`.
Result<ChunkSummary> ReadChunkSummary(std::string_view bytes, std::string_view times);

/// The last values of any chunk, with or without its times, as many as there is room
/// for; up to all of them. The fewer, the quicker. kCorrupt, also if there are not as many.
Status DecodeChunkValues(std::string_view bytes, std::span<double> values);

/// The times of a chunk that has them in itself. kCorrupt, also if there are not as many.
Status DecodeChunkTimes(std::string_view bytes, std::span<int64_t> at_ms);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_CHUNK_H_
