#ifndef HINOMI_PROMQL_IMPL_RANGE_HISTOGRAMS_H_
#define HINOMI_PROMQL_IMPL_RANGE_HISTOGRAMS_H_

#include <optional>
#include <string_view>

#include "promql/impl/remarks.h"
#include "promql/impl/window.h"

namespace hinomi::promql {

/// One window over a series that holds histograms: all its points, and those of
/// each kind by themselves.
struct MixedWindow {
  Window all;
  Window numbers;
  Window histograms;
  RangeMode mode = RangeMode::kPlain;
};

/// A range function of both kinds of points. Nothing where there are too few, or
/// where they do not go together.
using MixedFunction = std::optional<Cell> (*)(const MixedWindow& window, SeriesRemarks& remarks);

/// Null for functions that know numbers only, and the names of none.
MixedFunction FindMixedFunction(std::string_view name);

/// Whether a window sees a point: an anchored one also before its start, a smoothed
/// one on both sides, within the lookback.
bool SeesAny(const Window& window, RangeMode mode);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_RANGE_HISTOGRAMS_H_
