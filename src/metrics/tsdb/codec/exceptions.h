#ifndef HINOMI_METRICS_TSDB_CODEC_EXCEPTIONS_H_
#define HINOMI_METRICS_TSDB_CODEC_EXCEPTIONS_H_

#include <cstdint>
#include <span>
#include <string>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/codec/column.h"

namespace hinomi::metrics::codec {

/// Appends the bits of `values` at `places` (ascending, at least one): staleness
/// marks take no more than their places.
void WriteExceptions(std::span<const uint16_t> places, std::span<const double> values, Forms forms,
                     std::string& out);

/// Puts them into `values` again, the last of `count`; damage makes `reader` fail.
void ReadExceptions(ByteReader& reader, size_t count, std::span<double> values);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_EXCEPTIONS_H_
