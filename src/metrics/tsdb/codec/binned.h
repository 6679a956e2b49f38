#ifndef HINOMI_METRICS_TSDB_CODEC_BINNED_H_
#define HINOMI_METRICS_TSDB_CODEC_BINNED_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

/// Entropy coding of numbers of any size: each is named by its bin (bins.h), in
/// as many bits as the bin's frequency is worth, and by its place in the bin.
/// Such names can be read from one end only: the last number stands first, since
/// what is read in part is mostly the newest. Appends; false, and nothing appended,
/// where that cannot be done or makes no sense (a single bin).
bool EncodeBinned(std::span<const int64_t> numbers, std::string& out);

/// Fills `numbers` with the last of `count` numbers (at most 4096), without
/// reading those before; false if `bytes` are damaged.
bool DecodeBinned(std::string_view bytes, size_t count, std::span<int64_t> numbers);

/// Fills `numbers` from bytes where the first one stands first, as format 2 of the
/// store has them.
bool DecodeBinnedForward(std::string_view bytes, std::span<int64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_BINNED_H_
