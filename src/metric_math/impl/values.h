#ifndef HINOMI_METRIC_MATH_IMPL_VALUES_H_
#define HINOMI_METRIC_MATH_IMPL_VALUES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "metric_math/impl/expr.h"
#include "metric_math/impl/functions.h"
#include "metric_math/metric_math.h"

/// What the operators and functions do to values. Total: a result that is no finite
/// number is no point.
namespace hinomi::metric_math {

/// A scalar, one series or an array of them.
struct Value {
  Type type = kScalar;
  std::optional<double> scalar;    ///< Nothing: a scalar without a value.
  std::vector<TimeSeries> series;  ///< One for kSeries.

  static Value Scalar(std::optional<double> scalar) { return {kScalar, scalar, {}}; }
  static Value Series(TimeSeries one) { return {kSeries, std::nullopt, {std::move(one)}}; }
  static Value Array(std::vector<TimeSeries> all) { return {kArray, std::nullopt, std::move(all)}; }

  bool is_scalar() const { return type == kScalar; }
  /// The point of series `s` at `i`; of a scalar its value everywhere.
  std::optional<double> At(size_t s, size_t i) const {
    return is_scalar() ? scalar : series[s].points[i];
  }
};

/// At most one of both is an array.
Value Combine(Op op, const Value& left, const Value& right);
Value Negative(const Value& value);
/// `otherwise` may be null.
Value If(const Value& condition, const Value& then, const Value* otherwise, const Grid& grid);

/// AVG, DATAPOINT_COUNT, MAX, MIN, STDDEV, SUM of one series' points, or of what an array has at
/// one time.
std::optional<double> Reduce(FunctionId id, const Points& points);
/// ABS, CEIL, DIFF, … , DAY, EPOCH, …: functions of one series that yield one.
Points Transform(FunctionId id, const Points& points, const Grid& grid);

/// FILL: with a value, with the points of another series, with the point before (REPEAT), with the
/// line between the points before and after (LINEAR).
Points FillWith(Points points, const Value& value);
Points FillRepeat(Points points);
Points FillLinear(Points points);

/// SORT by what `Reduce` gives of each; series that have no value come last.
void SortBy(FunctionId by, bool descending, std::vector<TimeSeries>& series);
/// SLICE: those of index `begin` to before `end`, as far as there are any.
std::vector<TimeSeries> SliceOf(std::vector<TimeSeries> series, double begin, double end);

}  // namespace hinomi::metric_math

#endif  // HINOMI_METRIC_MATH_IMPL_VALUES_H_
