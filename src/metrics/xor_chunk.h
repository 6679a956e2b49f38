#ifndef HINOMI_METRICS_XOR_CHUNK_H_
#define HINOMI_METRICS_XOR_CHUNK_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace hinomi::metrics {

/// The most samples that a chunk can count.
inline constexpr size_t kMostSamplesInXorChunk = 65'535;

/// A chunk in Prometheus' XOR encoding (its tsdb/docs/format/chunks.md, encoding 1):
/// the number of samples, then times as differences of differences and values as the
/// bits in which they differ from the one before, after Facebook's Gorilla paper. It is
/// what remote read streams; Hinomi's own blocks have another form. `at_ms` is
/// ascending, both are of one length, at most `kMostSamplesInXorChunk`. All bits of
/// values are kept, those of NaN too.
std::string EncodeXorChunk(std::span<const int64_t> at_ms, std::span<const double> values);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_XOR_CHUNK_H_
