#ifndef HINOMI_METRICS_TSDB_CODEC_SPARSE_H_
#define HINOMI_METRICS_TSDB_CODEC_SPARSE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

/// Numbers of which most are the same: two columns (column.h) say how far apart
/// the others stand and what they are. With the differences of a series this is
/// run-length coding. Appends; false, and nothing appended, where most are not
/// the same.
bool EncodeSparse(std::span<const int64_t> numbers, std::string& out);

/// Fills `numbers` with the last of `count` numbers (at most kMaxChunkSamples); false if
/// `bytes` are damaged.
bool DecodeSparse(std::string_view bytes, size_t count, std::span<int64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_SPARSE_H_
