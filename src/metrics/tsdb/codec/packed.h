#ifndef HINOMI_METRICS_TSDB_CODEC_PACKED_H_
#define HINOMI_METRICS_TSDB_CODEC_PACKED_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hinomi::metrics::codec {

/// Patched bit packing: each number as its distance from a common base in the
/// same few bits; those that do not fit stand apart, by place. Quick both ways.
void EncodePacked(std::span<const int64_t> numbers, std::string& out);

/// About how many bytes that takes, rather too few than too many.
size_t PackedBytes(std::span<const int64_t> numbers);

/// Fills `numbers` with the last of `count` numbers, without reading those before; false if
/// `bytes` are damaged.
bool DecodePacked(std::string_view bytes, size_t count, std::span<int64_t> numbers);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_PACKED_H_
