#ifndef HINOMI_METRICS_TSDB_CODEC_BINNED_H_
#define HINOMI_METRICS_TSDB_CODEC_BINNED_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

/// Entropy coding of numbers of any size: each is named by its bin (bins.h), in
/// as many bits as the bin's frequency is worth, and by its place in the bin.
/// Appends; false, and nothing appended, where that cannot be done or makes no
/// sense (a single bin).
bool EncodeBinned(std::span<const int64_t> numbers, std::string& out);

/// Fills `numbers` (at most 4096); false if `bytes` are damaged.
bool DecodeBinned(std::string_view bytes, std::span<int64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_BINNED_H_
