#ifndef HINOMI_METRICS_TSDB_CODEC_TRANSFORM_H_
#define HINOMI_METRICS_TSDB_CODEC_TRANSFORM_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace hinomi::metrics::codec {

/// What of a column is written: the residuals that it leaves of the numbers
/// x0, x1 … Kept on disk. All arithmetic wraps around.
enum class Transform : uint8_t {
  kPlain = 0,       ///< x(i) - x0, from i = 1
  kDelta = 1,       ///< x(i) - x(i-1), from i = 1
  kDeltaDelta = 2,  ///< what x(i) - x(i-1) differs from the same before, from i = 2
  kLine = 3,        ///< x(i) - x0 - i * slope, from i = 1
};
inline constexpr uint8_t kTransforms = 4;

/// x0 and, for kDeltaDelta (x1 - x0) and kLine, the slope.
struct Start {
  int64_t origin = 0;
  int64_t slope = 0;
};

inline bool HasSlope(Transform transform) {
  return transform == Transform::kDeltaDelta || transform == Transform::kLine;
}

/// How many residuals a column of `numbers` leaves.
inline size_t ResidualCount(Transform transform, size_t numbers) {
  const size_t said = transform == Transform::kDeltaDelta ? 2 : 1;
  return numbers > said ? numbers - said : 0;
}

/// The start of a column; a line goes through `x` at about the slope of most steps.
Start StartOf(Transform transform, std::span<const int64_t> x);

/// Writes ResidualCount() residuals to `residuals`.
void TakeResiduals(Transform transform, Start start, std::span<const int64_t> x,
                   int64_t* residuals);

/// The reverse, in place: `x` holds the residuals in its last places.
void AddResiduals(Transform transform, Start start, std::span<int64_t> x);

/// The same for the end of a column, from number `first` (at least 1) on: `x` holds the residual
/// of each number. For all but kDeltaDelta; kDelta needs the `last` number, no other does.
void AddResidualsOfEnd(Transform transform, Start start, size_t first, int64_t last,
                       std::span<int64_t> x);

}  // namespace hinomi::metrics::codec

#endif  // HINOMI_METRICS_TSDB_CODEC_TRANSFORM_H_
