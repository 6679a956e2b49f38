#include <algorithm>
#include <cmath>

#include "metric_math/impl/values.h"

namespace hinomi::metric_math {
namespace {

using MaybeNumber = std::optional<double>;

MaybeNumber IfFinite(double value) {
  return std::isfinite(value) ? MaybeNumber(value) : std::nullopt;
}

double Truth(bool value) {
  return value ? 1 : 0;
}

MaybeNumber Applied(Op op, double a, double b) {
  switch (op) {
    case Op::kOr:
      return Truth(a != 0 || b != 0);
    case Op::kAnd:
      return Truth(a != 0 && b != 0);
    case Op::kEqual:
      return Truth(a == b);
    case Op::kNotEqual:
      return Truth(a != b);
    case Op::kLessEqual:
      return Truth(a <= b);
    case Op::kGreaterEqual:
      return Truth(a >= b);
    case Op::kLess:
      return Truth(a < b);
    case Op::kGreater:
      return Truth(a > b);
    case Op::kAdd:
      return IfFinite(a + b);
    case Op::kSubtract:
      return IfFinite(a - b);
    case Op::kMultiply:
      return IfFinite(a * b);
    case Op::kDivide:
      return b == 0 ? std::nullopt : IfFinite(a / b);
    case Op::kPower:
      return IfFinite(std::pow(a, b));
  }
  return std::nullopt;
}

/// Only between two series does a missing point count as 0, where the other has one. A scalar
/// has no times: with it a gap stays a gap.
MaybeNumber Paired(Op op, MaybeNumber a, MaybeNumber b, bool both_series) {
  if (both_series) {
    if (!a && !b) return std::nullopt;
    return Applied(op, a.value_or(0), b.value_or(0));
  }
  if (!a || !b) return std::nullopt;
  return Applied(op, *a, *b);
}

/// A series that two made belongs to neither.
std::string LabelOf(const Value& left, const Value& right, size_t s) {
  if (left.is_scalar()) return right.series[s].label;
  if (right.is_scalar()) return left.series[s].label;
  if (left.type == kArray) return left.series[s].label;
  if (right.type == kArray) return right.series[s].label;
  return left.series[0].label == right.series[0].label ? left.series[0].label : "";
}

MaybeNumber Chosen(const Value& condition, const Value& then, const Value* otherwise, size_t i) {
  const MaybeNumber which = condition.At(0, i);
  if (!which) return std::nullopt;
  if (*which == 0) return otherwise == nullptr ? std::nullopt : otherwise->At(0, i);
  const MaybeNumber value = then.At(0, i);
  // The guide's table: where a series of conditions holds, a missing value counts as 0.
  if (!value && !condition.is_scalar() && !then.is_scalar()) return 0;
  return value;
}

}  // namespace

Value Combine(Op op, const Value& left, const Value& right) {
  if (left.is_scalar() && right.is_scalar())
    return Value::Scalar(Paired(op, left.scalar, right.scalar, false));
  const bool both_series = !left.is_scalar() && !right.is_scalar();
  Value result;
  result.type = std::max(left.type, right.type);
  const Value& shape = left.type == result.type ? left : right;
  for (size_t s = 0; s < shape.series.size(); ++s) {
    const size_t in_left = left.type == kArray ? s : 0;
    const size_t in_right = right.type == kArray ? s : 0;
    TimeSeries made{LabelOf(left, right, s), Points(shape.series[s].points.size())};
    for (size_t i = 0; i < made.points.size(); ++i)
      made.points[i] = Paired(op, left.At(in_left, i), right.At(in_right, i), both_series);
    result.series.push_back(std::move(made));
  }
  return result;
}

Value Negative(const Value& value) {
  Value negative = value;
  if (negative.scalar) negative.scalar = -*negative.scalar;
  for (TimeSeries& series : negative.series) {
    for (MaybeNumber& point : series.points) {
      if (point) point = -*point;
    }
  }
  return negative;
}

Value If(const Value& condition, const Value& then, const Value* otherwise, const Grid& grid) {
  const bool scalars =
      condition.is_scalar() && then.is_scalar() && (otherwise == nullptr || otherwise->is_scalar());
  if (scalars) return Value::Scalar(Chosen(condition, then, otherwise, 0));
  TimeSeries made{"", Points(grid.count)};
  for (size_t i = 0; i < grid.count; ++i) made.points[i] = Chosen(condition, then, otherwise, i);
  return Value::Series(std::move(made));
}

}  // namespace hinomi::metric_math
