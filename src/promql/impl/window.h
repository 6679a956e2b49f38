#ifndef HINOMI_PROMQL_IMPL_WINDOW_H_
#define HINOMI_PROMQL_IMPL_WINDOW_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "metrics/native_histogram.h"
#include "promql/ast.h"

namespace hinomi::promql {

/// The points of one series in one window (start, end].
struct Window {
  std::span<const int64_t> at_ms;
  std::span<const double> values;  ///< Empty if all are histograms.
  /// Empty if all are numbers; else one of each point, null where it is a number.
  std::span<const metrics::NativeHistogramPtr> histograms;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t eval_ms = 0;  ///< The step, without `@` and offset.
  /// All points that were read and where the window lies in them: anchored and
  /// smoothed windows look at their neighbours.
  std::span<const int64_t> all_at_ms;
  std::span<const double> all_values;
  std::span<const metrics::NativeHistogramPtr> all_histograms;
  size_t first = 0;
  size_t last = 0;  ///< One past.
  int64_t lookback_ms = 0;

  size_t size() const { return at_ms.size(); }
  double range_seconds() const { return static_cast<double>(end_ms - start_ms) / 1000; }
};

/// A function of a window; `parameters` are its scalar arguments at the step.
/// Nothing where the window has too few points.
using WindowFunction = std::optional<double> (*)(const Window& window,
                                                 std::span<const double> parameters);

/// How a function over a range vector is computed.
struct RangeFunction {
  WindowFunction apply = nullptr;
  bool keeps_name = false;
  bool needs_eval_time = false;
};

/// Null if `name` is no such function.
const RangeFunction* FindRangeFunction(std::string_view name);
/// The part of it that extrapolates: rate and its kin.
const RangeFunction* FindRateFunction(std::string_view name);
/// rate, increase, delta, changes, resets over an anchored or smoothed window;
/// null where the mode does not go with the function.
WindowFunction FindExtendedFunction(std::string_view name, RangeMode mode);

/// The part of a window that its points cover; two points at least.
struct SampledPart {
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  double points = 0;
  int64_t start_ms = 0;  ///< Of the window.
  int64_t end_ms = 0;
};

/// By what an increase over the window's points is multiplied to stand for the whole
/// window, which ends near enough to them (within 1.1 average intervals) or half an
/// interval behind. Counters are never stretched below the point where one that
/// began at `first` and grew by `increase` would have been zero.
double ExtrapolationFactor(const SampledPart& part, bool counter, double first, double increase);
/// The same of a window with two points at least.
double ExtrapolationFactor(const Window& window, bool counter, double first, double increase);

// Shared by the plain and the extended functions.
double CountChanges(std::span<const double> values);
double CountResets(std::span<const double> values);
double SumOfValues(std::span<const double> values);
/// By a running mean once the sum overflows.
double AverageOfValues(std::span<const double> values);

}  // namespace hinomi::promql

#endif  // HINOMI_PROMQL_IMPL_WINDOW_H_
