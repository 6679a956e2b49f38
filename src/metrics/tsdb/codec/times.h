#ifndef HINOMI_METRICS_TSDB_CODEC_TIMES_H_
#define HINOMI_METRICS_TSDB_CODEC_TIMES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "metrics/impl/byte_codec.h"
#include "metrics/tsdb/codec/column.h"

namespace hinomi::metrics::codec {

/// A column of times as its head tells it: the last time is known without the
/// body, in most columns since every step is the same.
struct TimesHead {
  ColumnHead column;
  int64_t last_ms = 0;

  int64_t first_ms() const { return column.start.origin; }
};

void WriteTimesHead(const ColumnHead& column, std::span<const int64_t> at_ms, ByteWriter& writer);

/// Of a column of `count` times. Damage makes `reader` fail.
TimesHead ReadTimesHead(ByteReader& reader, size_t count);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_TIMES_H_
