#ifndef HINOMI_PROMQL_IMPL_HISTOGRAM_RATES_H_
#define HINOMI_PROMQL_IMPL_HISTOGRAM_RATES_H_

#include <optional>

#include "promql/impl/remarks.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

/// Whose difference is taken: counters are corrected for resets.
enum class RateKind { kRate, kIncrease, kDelta };

constexpr bool IsCounterRate(RateKind kind) {
  return kind != RateKind::kDelta;
}

struct TimedHistogram {
  const NativeHistogram& histogram;
  int64_t at_ms;
};
/// The histogram on the line between two neighbours; a counter that was reset
/// between them starts from zero. Nothing if they do not go together.
std::optional<NativeHistogram> InterpolateHistograms(const TimedHistogram& left,
                                                     const TimedHistogram& right, int64_t when_ms,
                                                     bool counter, SeriesRemarks& remarks);

/// rate, increase and delta over the histograms of a window, extrapolated to its
/// edges as the count of observations is. Nothing below two histograms.
std::optional<Cell> HistogramRate(const Window& window, RateKind kind, SeriesRemarks& remarks);
/// The same over an anchored or smoothed window, which looks at neighbours instead.
std::optional<Cell> ExtendedHistogramRate(const Window& window, RangeMode mode, RateKind kind,
                                          SeriesRemarks& remarks);

/// The difference of two histograms as a gauge; nothing if they do not go together.
std::optional<NativeHistogram> Difference(const NativeHistogram& later,
                                          const NativeHistogram& earlier, SeriesRemarks& remarks);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_HISTOGRAM_RATES_H_
