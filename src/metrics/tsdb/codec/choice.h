#ifndef HINOMI_METRICS_TSDB_CODEC_CHOICE_H_
#define HINOMI_METRICS_TSDB_CODEC_CHOICE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "metrics/tsdb/chunk.h"
#include "metrics/tsdb/codec/scaling.h"

namespace hinomi::metrics::codec {

/// Doubles as integers: value(i) = scaling of (number(i) * step + offset). What
/// does not fit stands in `exceptions` (ascending places); there the number
/// goes on as the one before, so that it spoils nothing.
struct ScaledValues {
  Scaling scaling;
  int64_t step = 1;    ///< At least 1.
  int64_t offset = 0;  ///< In [0, step).
  std::vector<int64_t> numbers;
  std::vector<uint16_t> exceptions;

  /// True, and `number`, if the value could stand among the numbers.
  bool ToNumber(double value, int64_t& number) const;
};

/// Finds what the values are: decimals of some digits, fractions of a power of
/// two, or true doubles of which only the bits are left. Lossless by trial on
/// every value. At least one value, at most kMaxChunkSamples.
ScaledValues ScaleValues(std::span<const double> values, Effort effort);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_CHOICE_H_
