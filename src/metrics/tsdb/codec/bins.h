#ifndef HINOMI_METRICS_TSDB_CODEC_BINS_H_
#define HINOMI_METRICS_TSDB_CODEC_BINS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace hinomi::metrics::codec {

inline constexpr size_t kMaxBins = 64;

/// A range of numbers, [lower, lower + 2^width), and how many lie in it.
struct Bin {
  uint64_t lower = 0;
  uint8_t width = 0;  ///< Below 64.
  uint32_t count = 0;
};

/// Cuts the range of `numbers` (at most 4096) into bins so that naming the bin
/// of each number, and then its place in it, takes few bits in all. A number
/// belongs to the last bin that begins at or before it. No more than kMaxBins;
/// less than two if that does not do.
std::vector<Bin> PlanBins(std::span<const uint64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_BINS_H_
